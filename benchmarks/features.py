"""Measure what each code is worth when labels are few: the table of lesson 08.

    python -m benchmarks.features                  (seeds 0 to 4, some minutes)
    python -m benchmarks.features --seeds 0 --epochs 1 --draws 1 --out table.json

For each seed the networks are trained on the images without their labels. Then, for
each number of labels, labelled images are drawn, a linear probe and the nearest
neighbour learn from the codes of these, and both name the test digits.

`balanced` is the lesson's own, word for word.
"""

import argparse
import sys

import aelib

# isort: split
import keras
import numpy as np

from aelib import baselines, data, layers, metrics, models
from benchmarks import command, record
from benchmarks.command import whole_number

RESULT = record.RESULTS / "features.json"
# Labelled images, and how often they are drawn for each seed: few vary much, many are
# slow.
DRAWS = {10: 10, 30: 10, 100: 10, 300: 5, 1000: 2}
RATE = 0.006  # learning rate of each network at the start
CLASSIFIERS = ("linear probe", "nearest neighbour")


def wide(**options):
    """Return an autoencoder with one layer of 1,000 units each way."""
    return models.dense_autoencoder(784, (), 1000, **options)


def contractive():
    """Return lesson 04's contractive autoencoder."""
    x = keras.Input((784,))
    encoder = keras.Model(x, layers.ContractiveDense(1000, 1.0)(x), name="encoder")
    return aelib.Autoencoder(encoder, models.dense_decoder(1000, (), 784))


def sparse():
    """Return lesson 06's sparse autoencoder: standardised units, the k largest kept."""
    standardise = keras.layers.BatchNormalization(
        momentum=0.9, center=False, scale=False
    )
    return wide(constraint=keras.Sequential([standardise, layers.KeepLargest(100)]))


# Rate, noise, k, contraction and beta were chosen on validation images.
NETWORKS = {
    "bottleneck": lambda: models.dense_autoencoder(784, (256,), 32),
    "overcomplete": lambda: wide(code_activation="sigmoid"),
    "contractive": contractive,
    "denoising": lambda: wide(
        code_activation="relu", corruption=keras.layers.GaussianNoise(0.8)
    ),
    "sparse": sparse,
    "variational": lambda: models.variational_autoencoder(784, (256,), 32, beta=0.3),
}


def balanced(labels, count, rng):
    """Return the places of `count` images, equally many of each digit."""
    places = [np.flatnonzero(labels == digit) for digit in range(10)]
    return np.concatenate([rng.choice(p, count // 10, replace=False) for p in places])


def scores(codes, labels, new_codes, new_labels, count, rng):
    """Return the accuracies of probe and nearest neighbour with `count` labels."""
    few = balanced(labels, count, rng)
    parts = codes[few], labels[few], new_codes, new_labels
    return metrics.linear_probe(*parts), metrics.neighbour_accuracy(
        *parts, neighbours=1
    )


def encode(model, x):
    """Return the codes of images: of a variational autoencoder their means."""
    codes = model.encoder(x)
    constraint = model.constraint
    if isinstance(constraint, layers.GaussianSampling):
        codes = codes[0]
    elif constraint is not None:
        codes = constraint(codes)
    return keras.ops.convert_to_numpy(codes)


def represent(digits, seed, epochs):
    """Yield each representation: its name, training codes and test codes."""
    x_train, x_test = digits.x_train, digits.x_test
    yield "raw pixels", x_train, x_test
    pca = baselines.fit_pca(x_train, 32)
    yield "PCA", pca.transform(x_train), pca.transform(x_test)
    for name, build in {"untrained": NETWORKS["denoising"], **NETWORKS}.items():
        keras.utils.set_random_seed(seed)  # the order of the networks does not matter
        model = build()
        if name != "untrained":
            aelib.train(model, x_train, epochs=epochs, rate=RATE)
        yield name, encode(model, x_train), encode(model, x_test)


def measure(seeds, epochs, most_draws):
    """Return the table as a dict that JSON can hold."""
    digits, found, sizes = data.load_mnist(), {}, {}
    draws = {count: min(most_draws, n) for count, n in DRAWS.items()}
    for seed in seeds:
        for name, codes, new_codes in represent(digits, seed, epochs):
            sizes[name] = codes.shape[1]
            parts = codes, digits.y_train, new_codes, digits.y_test
            for count, n in draws.items():
                rngs = [np.random.default_rng([seed, count, i]) for i in range(n)]
                found.setdefault((name, count), []).extend(
                    scores(*parts, count, rng) for rng in rngs
                )
    # shape (2, representations, label counts)
    mean, deviation = (
        [
            [[float(f(found[name, n], axis=0)[i]) for n in draws] for name in sizes]
            for i in range(2)
        ]
        for f in (np.mean, np.std)
    )
    return {
        "classifiers": list(CLASSIFIERS),
        "representations": list(sizes),
        "sizes": list(sizes.values()),
        "labels": list(draws),
        "draws per seed": list(draws.values()),
        "seeds": list(seeds),
        "epochs": epochs,
        "rate": RATE,
        "mean": mean,
        "deviation": deviation,
    }


def digest():
    """Return a text that changes with what the table depends on."""
    return record.digest([__file__])


def main(arguments=None):
    """Run the benchmark that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", nargs="+", type=whole_number(0), default=list(range(5))
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), default=6, help="of each network"
    )
    parser.add_argument(
        "--draws", type=whole_number(1), default=10, help="at most, a seed"
    )

    def measured(chosen):
        return measure(chosen.seeds, chosen.epochs, chosen.draws)

    return command.run(parser, arguments, RESULT, measured, digest())


if __name__ == "__main__":
    sys.exit(main())
