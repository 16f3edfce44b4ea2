"""Train lesson 14's network in one of several processes that share each batch.

    python -m benchmarks.scale_worker --processes 2 --process 0 --coordinator HOST:PORT
    python -m benchmarks.scale_worker --processes 2 --process 1 --coordinator HOST:PORT

HOST is the machine of process 0, and --backup a folder that all of them can read. Keras
must compute with JAX. After each epoch process 0 prints a line of JSON.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

import keras
import numpy as np
import psutil

from aelib import data, losses, models

IMAGES = 3200  # of the training digits, so that every batch is whole
NETWORKS = {
    "convolutional": lambda: models.conv_autoencoder((28, 28, 1), (16, 32), 2, False),
    "deep": lambda: models.dense_autoencoder(784, (1000, 500, 250), 30),
}


class Share(keras.utils.PyDataset):
    """The part of every batch that belongs to one process."""

    def __init__(self, x, batch_size, process, processes):
        super().__init__()
        order = np.random.default_rng(0).permutation(len(x))
        batches = x[order].reshape(-1, processes, batch_size // processes, *x.shape[1:])
        self.parts = batches[:, process]

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, step):
        return self.parts[step], self.parts[step]


class Report(keras.callbacks.Callback):
    """Print an epoch's loss, seconds a step and bytes a step over the loopback."""

    def on_epoch_begin(self, epoch, logs=None):
        """Begin to count."""
        self.bytes, self.started = _loopback(), time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Print what was counted."""
        steps = self.params["steps"]
        seconds = (time.perf_counter() - self.started) / steps
        moved = (_loopback() - self.bytes) / steps
        found = {"epoch": epoch, "loss": logs["loss"], "seconds": seconds}
        weights = self.model.count_params()
        print(json.dumps({**found, "bytes": moved, "weights": weights}), flush=True)


def _loopback():
    """Return the bytes that this machine has sent to itself."""
    counters = psutil.net_io_counters(pernic=True)
    return next(c.bytes_sent for name, c in counters.items() if name.startswith("lo"))


class Backup(keras.callbacks.BackupAndRestore):
    """Go on after the epoch that the stored weights have reached.

    Keras stores the weights first, and the number of the epoch after them. Who dies in
    between leaves weights that are an epoch ahead of that number.
    """

    def on_train_begin(self, logs=None):  # noqa: D102
        super().on_train_begin(logs)
        steps = int(self.model.optimizer.iterations)  # it is stored with the weights
        self.model._initial_epoch = steps // self.params["steps"]


def backup(folder, process):
    """Return a callback that stores each epoch, and begins where process 0 ended.

    Every process stores, for Keras brings its variables up to date as it does so, and
    all must do that at the same time. One that was killed may be an epoch behind.
    """
    own, first = (Path(folder) / str(number) for number in (process, 0))
    if process and first.exists():
        shutil.copytree(first, own, dirs_exist_ok=True)
    # An epoch may be half written as another process dies: the one before counts then.
    options = {"double_checkpoint": True, "delete_checkpoint": False}
    return Backup(str(own), **options)


def train(chosen):
    """Train this process' part."""
    callbacks = [Report()] if chosen.process == 0 else []
    if chosen.backup:  # before the others can go on
        callbacks.append(backup(chosen.backup, chosen.process))
    if chosen.processes > 1:
        keras.distribution.initialize(
            chosen.coordinator, chosen.processes, chosen.process
        )
        # Each process brings its own part of a batch (`Share`).
        parallel = keras.distribution.DataParallel(auto_shard_dataset=False)
        keras.distribution.set_distribution(parallel)
    keras.utils.set_random_seed(0)  # the same first weights everywhere
    model = NETWORKS[chosen.network]()
    x = data.load_mnist().x_train[:IMAGES].reshape(-1, *model.input_shape[1:])
    model.compile(keras.optimizers.Adam(0.003), losses.cross_entropy, jit_compile=True)
    share = Share(x, chosen.batch_size, chosen.process, chosen.processes)
    model.fit(
        share, epochs=chosen.epochs, shuffle=False, verbose=0, callbacks=callbacks
    )


def main():
    """Train as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--process", type=int, default=0, help="the number of this one")
    parser.add_argument("--coordinator", help="HOST:PORT of process 0")
    parser.add_argument("--network", choices=NETWORKS, default="convolutional")
    parser.add_argument("--batch-size", type=int, default=64, help="of all processes")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--backup", help="folder where each epoch is stored")
    chosen = parser.parse_args()
    if keras.backend.backend() != "jax":
        parser.error("Keras computes with JAX here: set KERAS_BACKEND=jax")
    if IMAGES % chosen.batch_size or chosen.batch_size % chosen.processes:
        parser.error(
            f"--batch-size takes a divisor of {IMAGES} that --processes divides"
        )
    if not 0 <= chosen.process < chosen.processes:
        parser.error("--process takes a number from 0 to --processes - 1")
    if chosen.processes > 1 and not chosen.coordinator:
        parser.error("--coordinator is missing: HOST:PORT of process 0")
    try:
        train(chosen)
    except Exception as error:
        if "Gloo" not in str(error):
            raise
        print(
            f"process {chosen.process} of {chosen.processes} stopped: another one is "
            f"gone ({str(error).splitlines()[0]}). Start all of them again; training "
            "goes on after the last epoch in --backup.",
            file=sys.stderr,
            flush=True,
        )
        os._exit(1)  # an ordinary end would wait for the process that is gone


if __name__ == "__main__":
    main()
