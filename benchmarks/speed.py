"""Speed of training: Keras on two backends, PyTorch, scikit-learn, the bare products.

The same dense autoencoder, 784-128-32-128-784 with ReLU units, a linear output, the
squared error and Adam at 0.001, on the 60,000 training images of MNIST, at three batch
sizes. (A linear output and the squared error are what scikit-learn's MLPRegressor
has.) The contenders take turns, so that what else the machine does meets all of them.
What is reported is the median of the seconds an epoch, without the first epoch of each
turn, in which Keras compiles; the first epochs are reported apart.

A process has one backend, so JAX computes in a process of its own, which waits while
the others have their turn.

The floor is the matrix products of an epoch, forward and back, in NumPy, without
activations, losses and steps.
"""

import functools
import itertools
import multiprocessing
import os
import statistics
import time
import warnings
from concurrent.futures import ProcessPoolExecutor

import aelib

# isort: split
import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from benchmarks import record

WIDTHS = (784, 128, 32, 128, 784)
RATE = 0.001
ROUNDS = 4
EPOCHS = 4  # of a turn; the first is not counted
BATCH_SIZES = (64, 256, 1024)
PEERS = ("torch", "jax")  # packages whose version is recorded, too
FLOOR = "NumPy, the products alone"
PEER = "PyTorch, a plain loop"


class Clock(keras.callbacks.Callback):
    """Keeps the seconds of each epoch."""

    def on_train_begin(self, logs=None):
        """Begin with no epoch."""
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Stop the clock."""
        self.seconds.append(time.perf_counter() - self.started)


def _network():
    """Return the autoencoder in Keras."""
    inputs = hidden = keras.Input((WIDTHS[0],))
    for width in WIDTHS[1:-1]:
        hidden = keras.layers.Dense(width, "relu")(hidden)
    return keras.Model(inputs, keras.layers.Dense(WIDTHS[-1])(hidden))


# Each of the following takes the images and a batch size, makes ready what one would
# make ready once, and returns a function that trains for some epochs and returns the
# seconds of each.


def products(x, batch_size):
    """The matrix products of training, with NumPy."""
    rng = np.random.default_rng(0)
    weights = [
        rng.normal(0, 0.05, pair).astype("float32")
        for pair in itertools.pairwise(WIDTHS)
    ]

    def epoch():
        for start in range(0, len(x), batch_size):
            activations = [x[start : start + batch_size]]
            for w in weights:
                activations.append(activations[-1] @ w)
            error = activations[-1]
            for i, w in reversed(list(enumerate(weights))):
                _ = activations[i].T @ error  # the gradient of the weights
                if i:  # the error of the images is not needed
                    error = error @ w.T

    return lambda epochs: [_seconds(epoch) for _ in range(epochs)]


def pytorch(x, batch_size):
    """A plain loop in PyTorch: shuffle, forward, backward, step."""
    import torch

    torch.set_num_threads(record.threads()["cores"])
    parts = []
    for pair in itertools.pairwise(WIDTHS):
        parts += [torch.nn.Linear(*pair), torch.nn.ReLU()]
    model = torch.nn.Sequential(*parts[:-1])
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    images = torch.from_numpy(x)

    def epoch():
        for rows in torch.randperm(len(images)).split(batch_size):
            batch = images[rows]
            loss = torch.nn.functional.mse_loss(model(batch), batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    return lambda epochs: [_seconds(epoch) for _ in range(epochs)]


def scikit_learn(x, batch_size):
    """scikit-learn's MLPRegressor, one pass at a time."""
    model = MLPRegressor(
        hidden_layer_sizes=WIDTHS[1:-1],
        batch_size=batch_size,
        learning_rate_init=RATE,
        alpha=0,
    )

    def epoch():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.partial_fit(x, x)

    return lambda epochs: [_seconds(epoch) for _ in range(epochs)]


def keras_as_usual(x, batch_size):
    """Keras with its defaults: compile("adam", "mse"), fit."""
    model = _network()
    model.compile("adam", "mse")
    return _fits(model, x, batch_size)


def keras_without_xla(x, batch_size):
    """The same without XLA, Keras' choice on TensorFlow."""
    model = _network()
    model.compile("adam", "mse", jit_compile=False)
    return _fits(model, x, batch_size)


def course(x, batch_size):
    """`aelib.train`: one call into TensorFlow an epoch."""
    model = _network()

    def turn(epochs):
        clock = Clock()
        options = {"rate": RATE, "batch_size": batch_size, "callbacks": [clock]}
        aelib.train(model, x, epochs=epochs, loss="mse", **options)
        return clock.seconds

    return turn


def own_loop(x, batch_size):
    """An epoch written out as one `tf.function`, without `fit`."""
    import tensorflow as tf

    model, images = _network(), tf.constant(x)
    optimiser = keras.optimizers.Adam(RATE)
    optimiser.build(model.trainable_variables)

    @tf.function
    def epoch():
        order = tf.random.shuffle(tf.range(len(x)))
        for start in tf.range(0, len(x), batch_size):
            batch = tf.gather(images, order[start : start + batch_size])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(batch - model(batch, training=True)))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimiser.apply(gradients, model.trainable_variables)

    return lambda epochs: [_seconds(epoch) for _ in range(epochs)]


def on_jax(x, batch_size, contender):
    """One of the contenders in a process of its own, whose Keras computes on JAX."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, context, _prepare, (contender, x, batch_size))
    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = "jax"  # the process begins with the first task
    try:
        pool.submit(_check_backend).result()
    finally:
        os.environ.pop("KERAS_BACKEND")
        if before is not None:
            os.environ["KERAS_BACKEND"] = before
    return lambda epochs: pool.submit(_take_turn, epochs).result()


def _prepare(contender, x, batch_size):
    """Make ready, in the process of JAX, what has its turns later."""
    global _turn  # the process has no other place that lasts from task to task
    _turn = contender(x, batch_size)


def _check_backend():
    """Raise where a process does not compute on JAX."""
    if keras.backend.backend() != "jax":
        raise RuntimeError(f"JAX was asked for, and got {keras.backend.backend()}")


def _take_turn(epochs):
    """Train in the process of JAX; return the seconds of each epoch."""
    return _turn(epochs)


CONTENDERS = {
    FLOOR: products,
    PEER: pytorch,
    "scikit-learn, MLPRegressor": scikit_learn,
    "Keras, as usual": keras_as_usual,
    "Keras, without XLA": keras_without_xla,
    "aelib.train": course,
    "Keras' layers, own loop": own_loop,
    "Keras on JAX, as usual": functools.partial(on_jax, contender=keras_as_usual),
    "aelib.train on JAX": functools.partial(on_jax, contender=course),
}


def _fits(model, x, batch_size):
    """Return a function that fits a compiled model for some epochs."""

    def turn(epochs):
        clock = Clock()
        options = {"batch_size": batch_size, "verbose": 0, "callbacks": [clock]}
        model.fit(x, x, epochs=epochs, **options)
        return clock.seconds

    return turn


def _seconds(function):
    """Return how many seconds a call takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def measure(load, batch_size, rounds=ROUNDS, contenders=CONTENDERS):
    """Let the contenders train in turns; return the seconds of their epochs."""
    x = load().x_train
    turns = {name: make(x, batch_size) for name, make in contenders.items()}
    found, firsts = {name: [] for name in turns}, {name: [] for name in turns}
    for number in range(1, rounds + 1):
        # Every second round in reverse: nobody always comes after the same one.
        for name, turn in list(turns.items())[:: 1 if number % 2 else -1]:
            first, *others = turn(EPOCHS)
            firsts[name].append(round(first, 4))
            found[name] += [round(seconds, 4) for seconds in others]
            print(
                f"batches of {batch_size}, round {number}, {name}: first epoch "
                f"{first:.2f} s, then {statistics.median(others):.2f} s",
                flush=True,
            )
    return {"seconds an epoch": found, "first epochs": firsts}


RUNS = {
    f"batches of {size}": functools.partial(measure, batch_size=size)
    for size in BATCH_SIZES
}


def _rounds(seconds):
    """Return the seconds of each round."""
    size = EPOCHS - 1
    return [seconds[i : i + size] for i in range(0, len(seconds), size)]


def ratios(found, name, rival):
    """Return the ratio of two contenders in each round: its median, least and most."""
    seconds = found["seconds an epoch"]
    rounds = [
        statistics.median(mine) / statistics.median(theirs)
        for mine, theirs in zip(
            *(_rounds(seconds[key]) for key in (name, rival)),
            strict=True,
        )
    ]
    return statistics.median(rounds), min(rounds), max(rounds)


def table(runs):
    """Return the table of the README."""
    rows = []
    for name in CONTENDERS:
        row = [name]
        for found in runs.values():
            seconds = statistics.median(found["seconds an epoch"][name])
            middle, low, high = ratios(found, name, PEER)
            first = statistics.median(found["first epochs"][name])
            times = f"{middle:.2f} ({low:.2f} to {high:.2f})"
            row.append(f"{seconds:.2f} s; {times}; {first:.1f} s")
        rows.append(row)
    head = "seconds an epoch; times PyTorch's; the first epoch"
    return record.table([head, *runs], rows)
