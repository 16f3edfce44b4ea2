"""Hinton and Salakhutdinov (2006): a deep autoencoder with 30 numbers a digit.

Protocol: all of MNIST, layers of 784-1000-500-250-30 units and back, a linear code.
What is measured is the squared error summed over the pixels (0 to 1) of an image, mean
over the 10,000 test images. They report 3.00 (their network, pretrained by Boltzmann
machines), and 13.87 for PCA; Martens (2010) reports 2.46 after pretraining and 2.78
from random weights, with a Hessian-free optimiser.

The widths and the linear code are theirs, the rest is not: SiLU units, Adam, a rate
that falls along half a cosine, no pretraining, and either a little noise on the
training images or images that are moved by up to a pixel. The second is knowledge that
they did not use. So both versions are reported.
"""

import functools

import keras

from aelib import baselines, losses, metrics, models
from benchmarks import curve, record

WIDTHS = (1000, 500, 250)
CODE_SIZE = 30
PUBLISHED = {
    "Hinton and Salakhutdinov 2006": 3.00,
    "Martens 2010, from random weights": 2.78,
    "Martens 2010, pretrained": 2.46,
}
# What each option does is in `train`. `TRIED` changes one of them at a time.
BASE = {
    "activation": "silu",
    "batch_size": 256,
    "rate": 0.002,
    "noise": 0.0,
    "shift": 0,
    "unit_variance": False,
    "loss": losses.cross_entropy,
}
# The best of `TRIED`, with moved images and without.
OURS = {**BASE, "shift": 1}
UNMOVED = {**BASE, "noise": 0.1}
SHORT, MIDDLE, LONG = 45, 90, 180  # epochs
SEEDS = 3


def error(model, x):
    """Return the squared error of images, summed over an image, mean over images."""
    x_hat = model.predict(x, batch_size=1000, verbose=0)
    return metrics.squared_error_per_image(x, x_hat)


def shifted(pixels):
    """Return layers that move flat images by up to some whole pixels in training."""
    share = pixels / 28
    # The nearest pixel is taken, because a mean of neighbours would blur the images.
    move = keras.layers.RandomTranslation(
        share, share, fill_mode="constant", interpolation="nearest"
    )
    reshape = keras.layers.Reshape((28, 28, 1))
    return keras.Sequential([reshape, move, keras.layers.Flatten()])


def scale_to_unit_variance(model, x):
    """Scale the weights so that the sums in each layer vary by 1 over some images.

    Mishkin and Matas (2016), here without their orthogonal matrices. With Keras' own
    first weights, images differ less and less from layer to layer.
    """
    for part in (model.encoder, model.decoder):
        for layer in part.layers[1:]:
            sums = keras.ops.matmul(x, layer.kernel)
            layer.kernel.assign(layer.kernel / keras.ops.std(sums))
            x = layer(x)


def train(load, seed, epochs, **changed):
    """Train the deep autoencoder; return its error on the test images, and its curve.

    Args:
        load: function that returns the images.
        seed: of the weights, the order of the images and the shifts.
        epochs: passes over the images.
        changed: `activation` of the hidden layers, `batch_size`, `rate` at the start,
            `loss`; `noise`, the deviation of a Gaussian that comes to the training
            images, from which the images without it are to be made; `shift`, by how
            many pixels at most they are moved at random, anew in every epoch; and
            whether the first weights are scaled (`unit_variance`).
    """
    settings = {**OURS, **changed}
    options = dict(settings)
    activation, noise, shift, scaled, loss = map(
        options.pop, ("activation", "noise", "shift", "unit_variance", "loss")
    )
    split = load()
    keras.utils.set_random_seed(seed)
    noisy = keras.layers.GaussianNoise(noise) if noise else None
    model = models.dense_autoencoder(
        784, WIDTHS, CODE_SIZE, activation, corruption=noisy
    )
    if scaled:
        scale_to_unit_variance(model, split.x_train[:1000])
    before = shifted(shift) if shift else keras.layers.Identity()
    found = curve.fit(
        curve.Changed(before, model, loss),
        split.x_train,
        lambda _: error(model, split.x_test),
        f"deep autoencoder, {epochs} epochs, seed {seed}",
        epochs=epochs,
        every=10,
        **options,
    )
    return {
        "settings": {**settings, "loss": loss.__name__, "epochs": epochs},
        "error": found.values[-1],
        "error on training images": error(model, split.x_train[:10_000]),
        "seconds": found.seconds[-1],
        "curve": found.as_dict(),
    }


def pca(load):
    """Return the error of PCA with as many numbers a digit."""
    split = load()
    x_hat = baselines.pca_reconstruction(split.x_train, split.x_test, CODE_SIZE)
    return {"error": metrics.squared_error_per_image(split.x_test, x_hat)}


RUNS = {
    "PCA": pca,
    **{
        f"images not moved, {MIDDLE} epochs, seed {seed}": functools.partial(
            train, seed=seed, epochs=MIDDLE, **UNMOVED
        )
        for seed in range(SEEDS)
    },
    **{
        f"{SHORT} epochs, seed {seed}": functools.partial(
            train, seed=seed, epochs=SHORT
        )
        for seed in range(SEEDS)
    },
    f"{LONG} epochs, seed 0": functools.partial(train, seed=0, epochs=LONG),
}
CHANGES = {
    "nothing": {},
    "sigmoid units": {"activation": "sigmoid"},
    "sigmoid units, unit variance": {"activation": "sigmoid", "unit_variance": True},
    "squared error": {"loss": losses.squared_error},
    "batches of 128": {"batch_size": 128, "epochs": 36},  # in as many minutes
    "unit variance": {"unit_variance": True},
    "shifts": {"shift": 1},
    "unit variance and shifts": {"unit_variance": True, "shift": 1},
    "noise 0.1": {"noise": 0.1},
    "noise 0.2": {"noise": 0.2},
    "noise 0.1, 90 epochs": {"noise": 0.1, "epochs": 90},
    "both, rate 0.004": {"unit_variance": True, "shift": 1, "rate": 0.004},
}
TRIED = {
    label: functools.partial(train, seed=0, **{**BASE, "epochs": SHORT, **changed})
    for label, changed in CHANGES.items()
}


def table(runs):
    """Return the table of the README."""
    goal = max(PUBLISHED.values())
    rows = [[name, f"{error:.2f}", "", ""] for name, error in PUBLISHED.items()]
    for label, found in runs.items():
        times = ["", ""]
        if "curve" in found:
            seen = found["curve"]
            pairs = zip(seen["seconds"], seen["values"], strict=True)
            until = next((time for time, value in pairs if value < goal), None)
            times = [_table_minutes(found["seconds"]), _table_minutes(until)]
        rows.append([f"ours: {label}", f"{found['error']:.2f}", *times])
    header = ["30 numbers a digit", "squared error an image", "minutes"]
    return record.table([*header, f"until below {goal:.2f}, every 10 epochs"], rows)


def _table_minutes(seconds):
    return "not reached" if seconds is None else f"{seconds / 60:.1f}"
