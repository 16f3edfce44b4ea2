"""Train one network in one, two and four processes: equal losses, bytes, seconds.

    KERAS_BACKEND=jax .venv-jax/bin/python -m benchmarks.scale      (about five minutes)

The processes run on this machine and speak over the loopback as machines would. One is
killed on the way: the others must end, and training must go on from the last epoch.
The exit code is 1 where losses differ or the killed training does not recover.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import record

PACKAGES = ("jax", "keras", "numpy")
PROCESSES = (1, 2, 4)
KILLED_AFTER = 3  # epochs
CLOSE = 1e-5  # largest relative difference of losses that still counts as none
MACHINES = 4  # of the calculation
NETWORKS = {"1 Gbit/s": 1e9 / 8, "10 Gbit/s": 1e10 / 8, "100 Gbit/s": 1e11 / 8}
LATENCY = 1e-4  # seconds a message needs in a wired local network, an assumption
ALONE = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


@contextlib.contextmanager
def started(processes, *options):
    """Yield so many processes that train together; end those that are left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        sys.executable,
        "-m",
        "benchmarks.scale_worker",
        "--coordinator",
        address,
    ]
    command += ["--processes", str(processes), *map(str, options)]
    extra = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ALONE}
    workers = [
        subprocess.Popen(
            [*command, "--process", str(process)],
            cwd=record.ROOT,
            env=record.environment(**extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for process in range(processes)
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def epochs_of(worker):
    """Yield what process 0 reports of each epoch."""
    for line in worker.stdout:
        if line.startswith("{"):
            yield json.loads(line)


def trained(processes, *options):
    """Return what was reported of each epoch of a whole training."""
    with started(processes, *options) as workers:
        epochs = list(epochs_of(workers[0]))
        for worker in workers:
            errors = worker.communicate(timeout=60)[1]
            if worker.returncode:
                raise RuntimeError(f"training in {processes} processes: {errors}")
    return epochs


def killed(*options, processes=2):
    """Return the epochs before and after a process is killed, and the other's error."""
    with tempfile.TemporaryDirectory() as folder:
        options = *options, "--backup", folder
        with started(processes, *options) as workers:
            before = []
            for epoch in epochs_of(workers[0]):
                before.append(epoch)
                if len(before) == KILLED_AFTER:
                    workers[-1].kill()
            error = workers[0].communicate(timeout=120)[1]
            if not workers[0].returncode:
                raise RuntimeError("a training ended well though a process was killed")
        return before, trained(processes, *options), error.splitlines()[-1]


def difference(epochs, reference):
    """Return the largest relative difference of the losses of two trainings."""
    pairs = zip(epochs, reference, strict=True)
    return max(abs(a["loss"] / b["loss"] - 1) for a, b in pairs)


def seconds(epochs):
    """Return the median, least and largest seconds a step, without the first epoch."""
    found = [epoch["seconds"] for epoch in epochs[1:]]  # the first compiles
    return statistics.median(found), min(found), max(found)


def ring(weights, machines):
    """Return the bytes that each machine sends a step: float32, a ring's all-reduce."""
    return 2 * (machines - 1) / machines * 4 * weights


def speedup(alone, weights, machines, bytes_a_second, overhead=0):
    """Return how many times faster machines are that share each batch.

    Args:
        alone: seconds a step of one machine.
        weights: of the network; each needs four bytes.
        machines: how many.
        bytes_a_second: that a machine can send.
        overhead: seconds a step that sharing costs without any network.
    """
    talk = ring(weights, machines) / bytes_a_second + 2 * (machines - 1) * LATENCY
    return alone / (alone / machines + overhead + talk)


def calculation(name, epochs, overhead):
    """Return a row of the table: a training alone, and what more machines would do."""
    alone, weights = seconds(epochs)[0], epochs[0]["weights"]
    speeds = NETWORKS.values()
    times = [speedup(alone, weights, MACHINES, speed, overhead) for speed in speeds]
    return [name, weights, f"{1e3 * alone:.1f}", *(f"{x:.2f}" for x in times)]


def whole(killed):
    """Return each epoch of a killed training once; the last may have run twice."""
    epochs = killed["before"] + killed["after"]
    return list({epoch["epoch"]: epoch for epoch in epochs}.values())


def measure(epochs):
    """Return all measurements; `epochs` of each training."""
    shared = {n: trained(n, "--epochs", epochs) for n in PROCESSES}
    before, after, error = killed("--epochs", epochs)
    alone = {
        f"{network}, batches of {batch}": trained(
            1, "--network", network, "--batch-size", batch, "--epochs", 3
        )
        for network in ("convolutional", "deep")
        for batch in (64, 640)
    }
    return {
        "shared": shared,
        "killed": {"before": before, "after": after, "error": error},
        "alone": alone,
    }


def summary(found):
    """Return the results as Markdown."""
    reference = found["shared"][1]
    weights = reference[0]["weights"]
    rows = [
        [
            n,
            f"{epochs[-1]['loss']:.6f}",
            f"{difference(epochs, reference):.0e}",
            round(statistics.median(epoch["bytes"] for epoch in epochs)),
            round(n * ring(weights, n)),
            "{:.1f} ({:.1f} to {:.1f})".format(*(1e3 * s for s in seconds(epochs))),
        ]
        for n, epochs in found["shared"].items()
    ]
    again = whole(found["killed"])
    # Two processes have a core each here, and next to no way between them.
    halved = seconds(reference)[0] / 2
    overhead = max(0, seconds(found["shared"][2])[0] - halved)
    gone_on = found["killed"]["after"][0]["epoch"] + 1
    apart = difference(again, found["shared"][2])
    calculated = [
        calculation(name, epochs, overhead) for name, epochs in found["alone"].items()
    ]
    header = ["processes", "last loss", "largest difference", "bytes a step"]
    header += ["of these a ring needs", "ms a step"]
    return "\n".join(
        [
            "# Training in several processes\n",
            f"{weights:,} weights, batches of 64 images. Each process has one thread; "
            f"this machine has {os.cpu_count()} cores, so more processes than that "
            "share them.\n",
            record.table(header, rows),
            f"One of two processes was killed after epoch {KILLED_AFTER}. The other "
            f"ended with:\n\n    {found['killed']['error']}\n\n"
            f"Started again, the training went on with epoch {gone_on}; its losses "
            f"differ from an undisturbed training's by {apart:.0e} at most.\n",
            f"## Where {MACHINES} machines would pay: times faster than one\n",
            "Calculated: a machine's part of the seconds a step, "
            f"{1e3 * overhead:.0f} ms that sharing costs (what two processes take here "
            "beyond half of one's time), the bytes of a ring "
            f"at the network's speed, and {1e3 * LATENCY} ms for each of its messages. "
            "Below 1, one machine is faster.\n",
            record.table(
                ["network", "weights", "ms a step alone", *NETWORKS], calculated
            ),
        ]
    )


def digest():
    """Return a text that changes with what the result depends on."""
    return record.digest([__file__, "benchmarks/scale_worker.py"], packages=PACKAGES)


def main(arguments=None):
    """Measure, store, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=8, help="of each training")
    parser.add_argument("--out", type=Path, default=record.RESULTS / "scale.json")
    chosen = parser.parse_args(arguments)
    if chosen.epochs <= KILLED_AFTER:
        parser.error(f"--epochs takes a whole number above {KILLED_AFTER}")
    found = measure(chosen.epochs)
    made_by = record.made_by(PACKAGES) | {"digest": digest()}
    record.write(chosen.out, found | made_by)
    text = summary(found)
    record.write(chosen.out.with_suffix(".md"), text)
    print(text)
    again = whole(found["killed"])
    apart = [
        difference(epochs, found["shared"][1]) for epochs in found["shared"].values()
    ]
    apart.append(difference(again, found["shared"][2]))
    return int(max(apart) > CLOSE)


if __name__ == "__main__":
    sys.exit(main())
