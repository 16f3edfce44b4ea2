"""Bounds on the likelihood of images under a variational autoencoder."""

from typing import NamedTuple

import numpy as np
from keras import ops

from aelib import checks

_BATCH = 1000  # images that a model sees at once: more would only cost memory
_CLIP = 1e-7  # how near to 0 and 1 a probability may come, as in Keras' own loss


class Elbo(NamedTuple):
    """The evidence lower bound and its two parts, in nats per image.

    Attributes:
        reconstruction: mean of log p(x | z), with z drawn from q(z | x).
        kl: mean of KL(q(z | x) || p(z)), 0 or more.
        elbo: `reconstruction - kl`, at most log p(x) on average.

    Example:
        >>> Elbo(reconstruction=-80.0, kl=20.0, elbo=-100.0).kl
        20.0

    Introduced in lesson 07.
    """

    reconstruction: float
    kl: float
    elbo: float


def elbo(model, x, condition=None, samples=1, seed=0):
    """Return the evidence lower bound of a variational autoencoder on binary images.

    log p(x) >= E_q[log p(x | z)] - KL(q(z | x) || p(z)), with p(z) = N(0, I),
    q(z | x) = N(mean, diag(exp(log_variance))) and independent pixels p(x | z).

    Args:
        model: an `aelib.Autoencoder` whose encoder maps x to [mean, log_variance] and
            whose decoder maps z to the probabilities of white pixels. With a condition
            they map [x, condition] and [z, condition].
        x: images, shape (n, ...), every pixel 0 or 1. For grey pixels the formula
            gives a number, but not the logarithm of a probability.
        condition: what the model is told about each image, such as classes as one-hot
            rows, shape (n, classes); only for a conditional model.
        samples: how many z are drawn for each image.
        seed: of the draws.

    Returns:
        An `Elbo` of three floats, means over the images in nats. The KL is exact; the
        rest varies with the seed, less so for more samples and images.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a model without these parts, arrays that do not fit it, pixels other
            than 0 and 1, or a decoder whose output is no probability.

    Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", equation 3.

    Example:
        >>> model = aelib.models.variational_autoencoder(784, latent_size=2)
        >>> bound = elbo(model, np.round(x_test))

    Introduced in lesson 07.
    """
    samples = checks.whole_number("samples", samples, low=1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, low=0))
    decoder, x, condition, mean, log_variance = _posterior(model, x, condition)
    deviation = np.exp(log_variance / 2)
    kl = _sum(mean**2 + deviation**2 - 1 - log_variance) / 2
    total = 0.0
    for _ in range(samples):
        z = mean + deviation * rng.standard_normal(mean.shape)
        total += _log_likelihood(decoder, x, z, condition).mean()
    reconstruction, kl = float(total / samples), float(kl.mean())
    return Elbo(reconstruction, kl, reconstruction - kl)


def importance_weighted_bound(model, x, samples=50, condition=None, seed=0):
    """Return a tighter lower bound on log p(x) than the ELBO, on binary images.

    The mean over the images of log 1/k Σ_i p(x | z_i) p(z_i) / q(z_i | x), with k
    samples z_i from q(z | x). Its expectation is the ELBO for k = 1, rises with k, and
    tends to log p(x).

    Args:
        model: see `elbo`.
        x: images, shape (n, ...), every pixel 0 or 1.
        samples: k, how many z are drawn for each image.
        condition: see `elbo`; the bound is then on log p(x | condition).
        seed: of the draws.

    Returns:
        A float, in nats per image.

    Raises:
        TypeError: see `elbo`.
        ValueError: see `elbo`.

    Source: Burda, Grosse and Salakhutdinov (2016), "Importance Weighted Autoencoders",
    equation 8.

    Example:
        >>> model = aelib.models.variational_autoencoder(784, latent_size=2)
        >>> bound = importance_weighted_bound(model, np.round(x_test), samples=5)

    Introduced in lesson 13.
    """
    samples = checks.whole_number("samples", samples, low=1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, low=0))
    decoder, x, condition, mean, log_variance = _posterior(model, x, condition)
    log_sum = np.full(len(x), -np.inf)
    for _ in range(samples):
        noise = rng.standard_normal(mean.shape)
        z = mean + np.exp(log_variance / 2) * noise
        # log p(z) - log q(z | x); the constants with 2π cancel.
        log_ratio = _sum(noise**2 + log_variance - z**2) / 2
        log_weight = _log_likelihood(decoder, x, z, condition) + log_ratio
        # Added as logarithms: a weight itself, such as exp(-1000), is 0 in any float.
        log_sum = np.logaddexp(log_sum, log_weight)
    return float(np.mean(log_sum - np.log(samples)))


def _posterior(model, x, condition):
    """Return the decoder, checked images and conditions, and q's mean, log-variance."""
    encoder, decoder = (getattr(model, part, None) for part in ("encoder", "decoder"))
    if encoder is None or decoder is None:
        raise TypeError(f"model takes an aelib.Autoencoder, and got {model!r}")
    if len(encoder.outputs) != 2:
        raise ValueError(
            "model takes an encoder with two outputs, mean and log-variance, and got "
            f"{len(encoder.outputs)}"
        )
    if len(encoder.inputs) != (1 if condition is None else 2):
        given = "none" if condition is None else "one"
        raise ValueError(
            f"condition: {given} is given, and the encoder of the model takes "
            f"{len(encoder.inputs) - 1}"
        )
    x = _fitting("x", x, encoder.inputs[0])
    if not np.all((x == 0) | (x == 1)):
        raise ValueError(
            f"x takes pixels of 0 or 1, such as np.round(x), and got "
            f"{x[(x != 0) & (x != 1)][0]:g}: log p(x) of other pixels is not defined"
        )
    if condition is not None:
        condition = _fitting("condition", condition, encoder.inputs[1])
        checks.same_length("condition", condition, "x", x)
    parts = [_call(encoder, rows, x, condition) for rows in _batches(x)]
    mean, log_variance = (
        np.concatenate([ops.convert_to_numpy(tensor) for tensor in part])
        for part in zip(*parts, strict=True)
    )
    mean = checks.array("model: the encoder's mean", mean)
    log_variance = checks.array(
        "model: the encoder's log-variance", log_variance, high=checks.LOG_LIMIT
    )
    return decoder, x, condition, mean.astype("float64"), log_variance.astype("float64")


def _fitting(name, value, tensor):
    """Return an array if its items have the shape of an input's, or raise."""
    array = checks.array(name, value)
    if array.shape[1:] != tuple(tensor.shape[1:]):
        wanted = ("n", *tensor.shape[1:])
        raise ValueError(f"{name} takes shape {wanted}, and got {array.shape}")
    return array


def _batches(x):
    """Return slices that cut the images into batches."""
    return [slice(start, start + _BATCH) for start in range(0, len(x), _BATCH)]


def _call(part, rows, first, condition):
    """Return what a part gives for some rows of its inputs, as for inference."""
    inputs = [first] if condition is None else [first, condition]
    inputs = [array[rows].astype("float32") for array in inputs]
    return part(inputs if len(inputs) > 1 else inputs[0], training=False)


def _log_likelihood(decoder, x, z, condition):
    """Return log p(x | z) of each image, summed over its pixels, in nats."""
    found = []
    for rows in _batches(x):
        p = ops.convert_to_numpy(_call(decoder, rows, z, condition))
        p = checks.array("model: the decoder's output", p).astype("float64")
        checks.same_shape("model: the decoder's output", p, "x", x[rows])
        if p.min() < 0 or p.max() > 1:
            raise ValueError(
                "model: the decoder's output takes probabilities from 0 to 1, and got "
                f"{p.min():g} to {p.max():g}"
            )
        p = np.clip(p, _CLIP, 1 - _CLIP)
        found.append(_sum(np.log(np.where(x[rows] == 1, p, 1 - p))))
    return np.concatenate(found)


def _sum(array):
    """Return the sum over all axes but the first, shape (n,)."""
    return array.reshape(len(array), -1).sum(axis=1)
