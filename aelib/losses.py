"""What training minimises: summed over an image, averaged over the batch.

Keras' own "mse" and "binary_crossentropy" average over the pixels; these sum over all
axes but the first, so that a loss reads as "per image" and a second term can be added
at its true size.

An array is checked in full, a tensor for its type and shape alone, because in training
its values are not known yet (`aelib.train` looks at the first batch). The first
argument is cast to the type of the second, as in Keras' own losses.
"""

import keras
import numpy as np
from keras import ops

from aelib import checks

_register = keras.saving.register_keras_serializable(package="aelib")


@_register
def squared_error(x, x_hat):
    """Return the squared error of each image, summed over its pixels.

    Args:
        x: the target, shape (batch_size, 784) or any (batch_size, ...).
        x_hat: the reconstruction, same shape.

    Returns:
        Tensor of shape (batch_size,), in squared pixel units (pixels from 0 to 1).
        `compile(loss=squared_error)` averages it over the batch.

    Raises:
        TypeError: an argument is no array or tensor of numbers.
        ValueError: shapes that differ, or an array that is empty or holds NaN.

    Example:
        >>> model.compile("adam", loss=aelib.losses.squared_error)

    Introduced in lesson 02.
    """
    x_hat = _tensor("x_hat", x_hat)
    x = _tensor_like(x_hat, "x_hat", "x", x)
    return _summed(ops.square(x - x_hat))


@_register
def cross_entropy(x, x_hat):
    """Return the binary cross-entropy of each image, summed over its pixels.

    Args:
        x: the target, values from 0 to 1, shape (batch_size, ...).
        x_hat: the reconstruction, values from 0 to 1 (a sigmoid's), same shape.

    Returns:
        Tensor of shape (batch_size,), in nats per image. For grey pixels its floor is
        the entropy of the image itself, not zero.

    Raises:
        TypeError: an argument is no array or tensor of numbers.
        ValueError: shapes that differ, or an array that is empty, holds NaN or values
            out of range.

    Example:
        >>> model.compile("adam", loss=aelib.losses.cross_entropy)

    Introduced in lesson 02.
    """
    x_hat = _tensor("x_hat", x_hat, low=0, high=1)
    x = _tensor_like(x_hat, "x_hat", "x", x, low=0, high=1)
    # Keras' version knows a sigmoid's logits (on TensorFlow) and clips elsewhere; it
    # averages over the last axis, so the sum is features times that.
    features = ops.cast(ops.shape(x)[-1], x_hat.dtype)
    return _summed(keras.losses.binary_crossentropy(x, x_hat) * features)


def gaussian_kl(mean, log_variance):
    """Return how far each image's normal distribution is from the standard normal.

    KL(N(mean, diag(exp(log_variance))) || N(0, I))
    = 1/2 Σ_j (mean_j² + exp(log_variance_j) - 1 - log_variance_j), summed over the
    code's numbers j: 0 where mean and log-variance are 0, above 0 elsewhere.

    Args:
        mean: shape (batch_size, code_size) or any (batch_size, ...).
        log_variance: logarithm of the variance (not of the standard deviation), same
            shape; at most 80 in an array, lest the variance be infinite.

    Returns:
        Tensor of shape (batch_size,), in nats per image.

    Raises:
        TypeError: an argument is no array or tensor of numbers.
        ValueError: shapes that differ, or an array that is empty, holds NaN or values
            out of range.

    Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", appendix B.

    Example:
        >>> kl = gaussian_kl(keras.ops.zeros((8, 2)), keras.ops.zeros((8, 2)))

    Introduced in lesson 07.
    """
    log_variance = _tensor("log_variance", log_variance, high=checks.LOG_LIMIT)
    mean = _tensor_like(log_variance, "log_variance", "mean", mean)
    terms = ops.square(mean) + ops.exp(log_variance) - 1 - log_variance
    return _summed(terms) / 2


@_register
def masked_squared_error(target, x_hat):
    """Return the squared error of each row, summed over what is known of it.

    What stands at unknown places, NaN too, changes neither the loss nor its gradient.

    Args:
        target: shape (batch_size, 2, features). `target[:, 0]` holds the values,
            `target[:, 1]` is 1 where a value is known and 0 where it is not.
        x_hat: the reconstruction, shape (batch_size, features).

    Returns:
        Tensor of shape (batch_size,), in squared units of the values: 0 for a row of
        which nothing is known.

    Raises:
        TypeError: an argument is no array or tensor of numbers.
        ValueError: shapes that do not fit, an array that is empty or holds NaN where a
            value is known, or one with anything but 0 and 1 for what is known.

    Source: Sedhain, Menon, Sanner and Xie (2015), "AutoRec: Autoencoders Meet
    Collaborative Filtering".

    Example:
        >>> model.compile("adam", loss=aelib.losses.masked_squared_error)

    Introduced in lesson 09.
    """
    x_hat = _tensor("x_hat", x_hat, ndim=2)
    if not _is_tensor(target):
        target = check_target("target", target, masked_squared_error)
    target = _tensor("target", target, ndim=3, dtype=_kind(x_hat))
    if target.shape[1] not in {2, None}:
        raise ValueError(
            f"target takes shape (n, 2, features), and got {tuple(target.shape)}"
        )
    values, known = target[:, 0], target[:, 1]
    _refuse_other_shape(x_hat, "x_hat", "target[:, 0]", values)
    # Selected before it is squared: 0 times NaN would be NaN.
    return _summed(ops.square(ops.where(known > 0, values - x_hat, 0.0)))


@_register
def multinomial_nll(x, p):
    """Return the negative log-likelihood of each row's draws, -Σ_i x_i log p_i.

    Keras' categorical cross-entropy expects rows that add up to 1; here they need not.

    Args:
        x: how often each item was drawn, 0 or more, such as a person's likes, shape
            (batch_size, items).
        p: probabilities that add up to 1 over the items (a softmax's), same shape; one
            below 1e-30 counts as 1e-30 (and gives no gradient).

    Returns:
        Tensor of shape (batch_size,), in nats per row, without the multinomial's
        coefficient, which does not depend on `p`.

    Raises:
        TypeError: an argument is no array or tensor of numbers.
        ValueError: shapes that differ, or an array that is empty, holds NaN or values
            out of range, or rows of `p` that do not add up to 1.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering".

    Example:
        >>> model.compile("adam", loss=aelib.losses.multinomial_nll)

    Introduced in lesson 09.
    """
    if not _is_tensor(p):
        p = checks.array("p", p, low=0, high=1)
        sums = np.atleast_1d(p.sum(axis=-1, dtype="float64"))
        if np.abs(sums - 1).max() > 0.01:
            worst = sums[np.abs(sums - 1).argmax()]
            raise ValueError(f"p takes rows that add up to 1, and got {worst:g}")
    p = _tensor("p", p)
    x = _tensor_like(p, "p", "x", x, low=0)
    return _summed(-x * ops.log(ops.maximum(p, 1e-30)))


def check_target(name, target, loss):
    """Return a target as an array if a loss of this module is defined for it.

    Args:
        name: what an error calls the target.
        target: an array with rows.
        loss: any loss; of one that is not of this module only numbers are asked.

    Returns:
        The array; what is unknown to `masked_squared_error` is 0 in it.

    Raises:
        TypeError: no numbers.
        ValueError: numbers out of range, or NaN.
    """
    if loss is masked_squared_error:
        target = np.array(target)  # a copy: unknown places are overwritten
        if target.ndim != 3 or target.shape[1] != 2:
            raise ValueError(
                f"{name} takes shape (n, 2, features), and got {target.shape}"
            )
        known = checks.zeros_and_ones(f"{name}[:, 1]", target[:, 1])
        target[:, 0][~known] = 0
    low = 0 if loss in (cross_entropy, multinomial_nll) else -checks.LIMIT
    high = 1 if loss is cross_entropy else checks.LIMIT
    return checks.array(name, target, low=low, high=high)


def _summed(terms):
    """Return the sum over all axes but the first."""
    return ops.sum(terms, axis=tuple(range(1, len(terms.shape))))


def _is_tensor(value):
    """Return whether a value is a tensor or a variable, of Keras or its backend."""
    of_keras = isinstance(value, (keras.KerasTensor, keras.Variable))
    return of_keras or ops.is_tensor(value)


def _kind(tensor):
    """Return the type of a tensor's numbers, such as "float32"."""
    return keras.backend.standardize_dtype(tensor.dtype)


def _wide(kind):
    """Return a type that a loss can be summed in: `kind`, if it is wide enough."""
    return kind if kind in {"float32", "float64"} else "float32"


def _tensor(name, value, ndim=None, low=-checks.LIMIT, high=checks.LIMIT, dtype=None):
    """Return `value` as a tensor of floats with one axis or more, or raise.

    Args:
        name: of the argument.
        value: an array, a list or a tensor.
        ndim: the number of axes where it matters.
        low: the smallest number of an array.
        high: the largest number of an array.
        dtype: of the tensor; None keeps that of `value` where it is wide enough.
    """
    if not _is_tensor(value):
        array = checks.array(name, value, low=low, high=high)
        _refuse_other_axes(name, array.shape, ndim)
        # Keras, too, turns a list into float32, where NumPy would take float64.
        kind = array.dtype.name if isinstance(value, np.ndarray) else None
        return ops.convert_to_tensor(array, dtype or _wide(kind))
    kind = _kind(value)
    if "float" not in kind and "int" not in kind:
        raise TypeError(f"{name} takes numbers, and got a tensor of dtype {kind}")
    _refuse_other_axes(name, value.shape, ndim)
    wanted = dtype or _wide(kind)
    # Left as it is where it can be: Keras remembers the logits of a sigmoid's output,
    # which a cast forgets.
    return value if kind == wanted else ops.cast(value, wanted)


def _refuse_other_axes(name, shape, ndim):
    """Raise a ValueError where a shape has no axis, or not `ndim` of them."""
    unknown = getattr(shape, "rank", 0) is None
    if unknown or len(shape) == 0 or ndim not in {None, len(shape)}:
        wanted = "one axis or more" if ndim is None else f"{ndim} axes"
        raise ValueError(f"{name} takes {wanted}, and got shape {shape}")


def _tensor_like(other, other_name, name, value, **limits):
    """Return `value` as a tensor of the type and the shape of `other`, or raise."""
    value = _tensor(name, value, dtype=_kind(other), **limits)
    _refuse_other_shape(other, other_name, name, value)
    return value


def _refuse_other_shape(other, other_name, name, value):
    """Raise a ValueError where two tensors are known to differ in shape."""
    pairs = zip(value.shape, other.shape, strict=False)
    differs = any(None not in pair and pair[0] != pair[1] for pair in pairs)
    if differs or len(value.shape) != len(other.shape):
        checks.same_shape(name, value, other_name, other)
