"""Measure what sparsity costs, and what sparse units draw: lesson 06's stored part.

    python -m benchmarks.sparsity                  (about an hour)
    python -m benchmarks.sparsity --epochs 1 --seeds 0 --out table.json

Each way to keep units asleep is trained with several settings and several seeds, for a
few epochs and for ten times as many. Of each network stand here how many of its 900
units are awake on a test digit, and its squared error.

Then four networks are trained until their units look like strokes, with the squared
error and without a sigmoid, as Makhzani and Frey trained theirs.

`standardise` and `sparse_autoencoder` are the lesson's own, word for word.
"""

import argparse
import sys

import aelib

# isort: split
import keras
import numpy as np

from aelib import data, layers, losses, metrics, models
from benchmarks import command, record
from benchmarks.command import whole_number

RESULT = record.RESULTS / "sparsity.json"
TRAINING = {"rate": 0.01, "batch_size": 50}
LONGER = 10  # times as many epochs
QUIET = 0.1  # a sigmoid unit below it is silenced: none is ever exactly zero
REPAIR = {"epochs": 6, "rate": 0.003, "batch_size": 50}  # of a decoder alone
# The strip of units. So many epochs that strokes can be seen.
STRIP = {"epochs": 80, "rate": 0.002, "batch_size": 64, "loss": losses.squared_error}
STRIP_SIZES = (70, 40, 25, 10)
SHOWN = 12  # units of each network


def standardise(shift=None, scale=None):
    """Return a layer that gives each unit the mean 0 and the deviation 1."""
    start = keras.initializers.Constant
    return keras.layers.BatchNormalization(
        momentum=0.9,
        center=shift is not None,  # then a shift is learnt, from this start
        beta_initializer=start(shift or 0),
        scale=scale is not None,  # and here a scale
        gamma_initializer=start(scale or 1),
    )


def sparse_autoencoder(*rule, output="sigmoid", name="sparse"):
    """Return 784 pixels → 900 units → the rule → 784 pixels."""
    x = keras.Input((784,))
    encoder = keras.Model(x, keras.layers.Dense(900)(x))
    h = keras.Input((900,))
    draw = keras.layers.Dense(784, output, kernel_initializer="zeros")
    decoder = keras.Model(h, draw(h))
    return aelib.Autoencoder(encoder, decoder, keras.Sequential(rule), name=name)


def relu(threshold=0.0):
    """Return the layer that lets through what is above a threshold."""
    return keras.layers.ReLU(threshold=threshold)


def sigmoid():
    """Return the layer that squeezes every number between 0 and 1."""
    return keras.layers.Activation("sigmoid")


# Each way's rules by their setting. Starts, weights and rates were chosen on validation
# images; the settings spread the networks over the numbers of units awake.
WAYS = {
    "no rule": {0: lambda: (standardise(), relu())},
    "k largest": {
        k: lambda k=k: (standardise(), layers.KeepLargest(k)) for k in (10, 25, 60, 150)
    },
    "threshold": {
        t: lambda t=t: (standardise(), relu(t)) for t in (1.0, 1.5, 2.0, 2.5)
    },
    "L1": {
        w: lambda w=w: (standardise(shift=-2), relu(), layers.L1Penalty(w))
        for w in (0.1, 0.5, 2.0, 5.0)
    },
    "KL": {
        r: lambda r=r: (
            standardise(shift=-5, scale=3),
            sigmoid(),
            layers.KLRatePenalty(3.0, rate=r),
        )
        for r in (0.01, 0.03, 0.1)
    },
}


def encode(network, x):
    """Return the codes of images."""
    return keras.ops.convert_to_numpy(network.constraint(network.encoder(x)))


def repaired(decoder, codes, x):
    """Return a copy of a decoder that is trained on for codes that have changed."""
    copy = models.dense_decoder(codes.shape[1], (), x.shape[1])
    copy.set_weights(decoder.get_weights())
    aelib.train(copy, codes, x, **REPAIR)
    return copy


def point(way, rule, digits, seed, epochs):
    """Train one network; return what is measured of it on the test images."""
    keras.utils.set_random_seed(seed)
    network = sparse_autoencoder(*rule)
    aelib.train(network, digits.x_train, epochs=epochs, **TRAINING)
    x, codes = digits.x_test, encode(network, digits.x_test)
    known = encode(network, digits.x_train)

    def error(decoder, codes):
        answers = keras.ops.convert_to_numpy(decoder(codes))
        return float(metrics.squared_error_per_image(x, answers))

    found = {"error": error(network.decoder, codes)}
    quiet = 0.0
    if way == "KL":
        quiet = QUIET
        codes, known = (np.where(h > quiet, h, 0) for h in (codes, known))
        found["silenced"] = error(network.decoder, codes)
        decoder = repaired(network.decoder, known, digits.x_train)
        found["repaired"] = error(decoder, codes)
    found["awake"] = metrics.active_fraction(codes, quiet) * codes.shape[1]
    return found


def points(digits, seeds, epochs):
    """Return {way: {setting: {measure: a number for each seed}}}."""
    found = {}
    for way, rules in WAYS.items():
        for setting, rule in rules.items():
            runs = [point(way, rule(), digits, seed, epochs) for seed in seeds]
            found.setdefault(way, {})[f"{setting:g}"] = {
                name: [round(run[name], 3) for run in runs] for name in runs[0]
            }
    return found


def standard(images):
    """Return images with mean 0 and length 1: their products are correlations."""
    centred = images - images.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return centred / np.maximum(lengths, 1e-12)


def strip(digits, k, epochs):
    """Return the first units of a network that keeps k, and how like digits all are."""
    keras.utils.set_random_seed(0)
    rule = (standardise(), layers.KeepLargest(k))
    network = sparse_autoencoder(*rule, output="linear")
    aelib.train(network, digits.x_train, **{**STRIP, "epochs": epochs})
    rows = network.decoder.get_weights()[0]  # (900, 784): what each unit draws
    first = rows[:SHOWN] / np.abs(rows[:SHOWN]).max(axis=1, keepdims=True)
    units = np.round(127 * first).astype("int8").tobytes()
    likeness = (standard(rows) @ standard(digits.x_train).T).max(axis=1).mean()
    answers = keras.ops.convert_to_numpy(network(digits.x_test))
    return {
        "units": units.hex(),  # int8, shape (SHOWN, 784), 127 the largest
        "likeness": float(likeness),
        "error": float(metrics.squared_error_per_image(digits.x_test, answers)),
    }


def measure(seeds, epochs, strip_epochs):
    """Return the result as a dict that JSON can hold."""
    digits = data.load_mnist()
    lengths = (epochs, LONGER * epochs)
    return {
        "training": TRAINING,
        "seeds": list(seeds),
        "epochs": list(lengths),
        "points": {f"{length}": points(digits, seeds, length) for length in lengths},
        "strip epochs": strip_epochs,
        "strip": {f"{k}": strip(digits, k, strip_epochs) for k in STRIP_SIZES},
    }


def digest():
    """Return a text that changes with what the result depends on."""
    return record.digest([__file__])


def main(arguments=None):
    """Run the benchmark that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=whole_number(0), default=[0, 1, 2])
    parser.add_argument(
        "--epochs", type=whole_number(1), default=6, help="of the short training"
    )
    parser.add_argument(
        "--strip", type=whole_number(1), default=STRIP["epochs"], help="its epochs"
    )

    def measured(chosen):
        return measure(chosen.seeds, chosen.epochs, chosen.strip)

    return command.run(parser, arguments, RESULT, measured, digest())


if __name__ == "__main__":
    sys.exit(main())
