"""Raschka's comparison: 32 numbers a digit, named by a random forest.

Protocol: all of MNIST; a random forest learns from 32 numbers an image, of PCA or of an
autoencoder that was trained without labels, or from the 784 pixels. What is measured is
the percentage of the 10,000 test images that it names right. Sebastian Raschka reports
97.09 for the pixels, 95.70 for PCA, and 95.23 for an autoencoder (`ae-basic-with-rf`
among his notebooks *Deep learning models*). His forest is ours: 500 trees, the rest as
scikit-learn has it. His autoencoder has one layer of 32 units each way and was trained
for five epochs; ours is larger.
"""

import functools
import time

import keras
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from aelib import baselines, losses, models
from benchmarks import curve, record

CODE_SIZE = 32
PUBLISHED = {"raw pixels": 97.09, "PCA": 95.70, "autoencoder": 95.23}
BASE = {"hidden": (512, 256), "epochs": 20, "batch_size": 128, "rate": 0.002}
OURS = BASE
SEEDS = 3
TREES = 500


def right(codes, labels, new_codes, new_labels, seed):
    """Return the percentage of new codes that a random forest names right."""
    forest = RandomForestClassifier(TREES, n_jobs=-1, random_state=seed)
    forest.fit(codes, labels)
    return float(100 * np.mean(forest.predict(new_codes) == new_labels))


def held_out(model, x):
    """Return the cross-entropy of images, in nats an image."""
    x_hat = model.predict(x, batch_size=1000, verbose=0)
    return float(keras.ops.mean(losses.cross_entropy(x, x_hat)))


def encode(split, seed, **changed):
    """Return codes of training and test images, and the curve of their autoencoder."""
    options = {**OURS, **changed}
    hidden = options.pop("hidden")
    keras.utils.set_random_seed(seed)
    model = models.dense_autoencoder(784, hidden, CODE_SIZE)
    found = curve.fit(
        model,
        split.x_train,
        lambda model: held_out(model, split.x_test),
        f"autoencoder for the forest, seed {seed}",
        loss=losses.cross_entropy,
        every=5,
        **options,
    )
    codes = [
        model.encoder.predict(x, batch_size=1000, verbose=0)
        for x in (split.x_train, split.x_test)
    ]
    return *codes, found


def compare(load, seed, **changed):
    """Measure pixels, PCA and an autoencoder with forests of one seed."""
    split = load()
    pca = baselines.fit_pca(split.x_train, CODE_SIZE)
    *codes, found = encode(split, seed, **changed)
    parts = {
        "raw pixels": (split.x_train, split.x_test),
        "PCA": (pca.transform(split.x_train), pca.transform(split.x_test)),
        "autoencoder": codes,
    }
    result = {"settings": {**OURS, **changed}, "curve": found.as_dict()}
    for name, (codes, new_codes) in parts.items():
        started = time.perf_counter()
        score = right(codes, split.y_train, new_codes, split.y_test, seed)
        seconds = round(time.perf_counter() - started, 1)
        result[name] = {"percent right": score, "seconds of the forest": seconds}
        print(f"{name}, seed {seed}: {score} % right, {seconds} s", flush=True)
    return result


RUNS = {f"seed {seed}": functools.partial(compare, seed=seed) for seed in range(SEEDS)}
CHANGES = {
    "nothing": {},
    "wider": {"hidden": (1000, 500)},
    "one hidden layer": {"hidden": (256,)},
}
TRIED = {
    label: functools.partial(compare, seed=0, **{**BASE, **changed})
    for label, changed in CHANGES.items()
}


def table(runs):
    """Return the table of the README."""
    rows = []
    for name, published in PUBLISHED.items():
        ours = [f"{found[name]['percent right']:.2f}" for found in runs.values()]
        rows.append([name, f"{published:.2f}", *ours])
    header = ["what the forest sees", "published: % right"]
    return record.table(header + [f"ours: {label}" for label in runs], rows)
