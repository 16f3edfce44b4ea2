"""Time to quality: keras.io's variational autoencoder against a dense one.

The recipe is the example "Variational AutoEncoder" of keras.io, written anew: its
layers, two latent numbers, Adam at 0.001, batches of 128, 30 epochs, and Keras' own
defaults for the rest. It trains on all 70,000 images there; here it is trained on the
60,000 of the training part, so that there is something held out.

What is measured is the negative ELBO of grey pixels in nats per image, with the same
draws for every model and epoch. (Of grey pixels it is no log-probability. It is what
the recipe minimises.)
"""

import functools
import time

import keras
import numpy as np
from keras import layers

import aelib
from aelib import losses, models
from aelib.layers import GaussianSampling
from benchmarks import curve

EPOCHS = 30  # of the recipe
# Fifteen epochs, fixed before the recipe was timed: about a tenth of its time.
BASE = {"hidden": (512, 256), "epochs": 15, "batch_size": 128, "rate": 0.003}
OURS = {**BASE, "hidden": (512, 256, 128)}  # the best of `TRIED`
SEEDS = 3
_BATCH = 1000


def recipe():
    """Return the convolutional network of the recipe, with flat images at both ends."""
    x = keras.Input((784,))
    h = layers.Reshape((28, 28, 1))(x)
    h = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(h)
    h = layers.Conv2D(64, 3, strides=2, padding="same", activation="relu")(h)
    h = layers.Dense(16, activation="relu")(layers.Flatten()(h))
    encoder = keras.Model(x, [layers.Dense(2)(h), layers.Dense(2)(h)], name="encoder")

    z = keras.Input((2,))
    h = layers.Dense(7 * 7 * 64, activation="relu")(z)
    h = layers.Reshape((7, 7, 64))(h)
    for width in (64, 32):
        h = layers.Conv2DTranspose(
            width, 3, strides=2, padding="same", activation="relu"
        )(h)
    h = layers.Flatten()(layers.Conv2DTranspose(1, 3, padding="same")(h))
    # The sigmoid comes last, so that the loss is computed from its logits, as there.
    decoder = keras.Model(z, layers.Activation("sigmoid")(h), name="decoder")

    return aelib.Autoencoder(encoder, decoder, GaussianSampling(), name="recipe")


def ours(hidden):
    """Return a dense network with as many latent numbers."""
    return models.variational_autoencoder(784, hidden, 2, activation="silu")


def negative_elbo(model, x):
    """Return the negative ELBO of images, in nats per image, with one fixed draw."""
    noise = np.random.default_rng(0).standard_normal((len(x), 2)).astype("float32")
    encode, decode = model.encoder, model.decoder
    total = 0.0
    for start in range(0, len(x), _BATCH):
        rows = slice(start, start + _BATCH)
        mean, log_variance = encode(x[rows], training=False)
        z = mean + keras.ops.exp(log_variance / 2) * noise[rows]
        x_hat = decode(z, training=False)
        nats = losses.cross_entropy(x[rows], x_hat)
        nats += losses.gaussian_kl(mean, log_variance)
        total += float(keras.ops.sum(nats))
    return total / len(x)


def train_recipe(split, epochs=EPOCHS, **options):
    """Train the recipe as it is published; return the curve."""
    keras.utils.set_random_seed(0)
    model = recipe()
    start = time.perf_counter()
    model.compile(keras.optimizers.Adam(), loss=losses.cross_entropy, **options)
    found = curve.Curve(
        lambda model: negative_elbo(model, split.x_test), "recipe", start=start
    )
    x = split.x_train
    model.fit(x, x, batch_size=128, epochs=epochs, verbose=0, callbacks=[found])
    return found


def train_ours(split, seed, **changed):
    """Train our network; return the curve."""
    options = {**OURS, **changed}
    hidden = options.pop("hidden")
    keras.utils.set_random_seed(seed)
    return curve.fit(
        ours(hidden),
        split.x_train,
        lambda model: negative_elbo(model, split.x_test),
        f"ours, seed {seed}",
        loss=losses.cross_entropy,
        **options,
    )


def pair(load):
    """Train the recipe and ours; return both curves."""
    return curve.compare(train_recipe, train_ours, load(), SEEDS)


def attempt(load, **settings):
    """Train ours with these settings; return its curve and the settings."""
    found = train_ours(load(), seed=0, **settings)
    return {"settings": settings, "curve": found.as_dict()}


RUNS = {"pair": pair}
CHANGES = {
    "nothing": {},
    "rate 0.0015": {"rate": 0.0015},
    "batches of 64": {"batch_size": 64},
    "a third hidden layer": {"hidden": (512, 256, 128)},
    "wider": {"hidden": (1000, 500)},
}
TRIED = {
    label: functools.partial(attempt, **{**BASE, **changed})
    for label, changed in CHANGES.items()
}


def table(runs):
    """Return the table of the README."""
    return curve.pair_table(runs["pair"], digits=2)
