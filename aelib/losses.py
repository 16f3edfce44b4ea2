"""What training minimises, summed over an image and averaged over the batch.

Keras' own "mse" and "binary_crossentropy" average over the pixels; these sum, so that
a loss reads as "per image" and a second term can be added at its true size.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="aelib")
def squared_error(x, x_hat):
    """Return the squared error of each image, summed over its pixels.

    Args:
        x: the target, shape (batch_size, 784) or any (batch_size, features).
        x_hat: the reconstruction, same shape.

    Returns:
        Tensor of shape (batch_size,), in squared pixel units (pixels from 0 to 1).
        `compile(loss=squared_error)` averages it over the batch.

    Example:
        >>> model.compile("adam", loss=aelib.losses.squared_error)

    Introduced in lesson 02.
    """
    return ops.sum(ops.square(x - x_hat), axis=-1)


@keras.saving.register_keras_serializable(package="aelib")
def cross_entropy(x, x_hat):
    """Return the binary cross-entropy of each image, summed over its pixels.

    Args:
        x: the target, values from 0 to 1, shape (batch_size, features).
        x_hat: the reconstruction, values from 0 to 1 (a sigmoid's), same shape.

    Returns:
        Tensor of shape (batch_size,), in nats per image. For grey pixels its floor is
        the entropy of the image itself, not zero.

    Example:
        >>> model.compile("adam", loss=aelib.losses.cross_entropy)

    Introduced in lesson 02.
    """
    # Keras' version knows the sigmoid's logits where it can and clips where it can't;
    # it averages over the last axis, so the sum is features times that.
    features = ops.cast(ops.shape(x)[-1], x_hat.dtype)
    return keras.losses.binary_crossentropy(x, x_hat) * features


def gaussian_kl(mean, log_variance):
    """Return how far each image's normal distribution is from the standard normal.

    KL(N(mean, diag(exp(log_variance))) || N(0, I))
    = 1/2 Σ_j (mean_j² + exp(log_variance_j) - 1 - log_variance_j), summed over the
    code's numbers j: 0 where mean and log-variance are 0, above 0 elsewhere.

    Args:
        mean: shape (batch_size, code_size).
        log_variance: logarithm of the variance (not of the standard deviation), same
            shape.

    Returns:
        Tensor of shape (batch_size,), in nats per image.

    Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", appendix B.

    Example:
        >>> kl = gaussian_kl(keras.ops.zeros((8, 2)), keras.ops.zeros((8, 2)))

    Introduced in lesson 07.
    """
    terms = ops.square(mean) + ops.exp(log_variance) - 1 - log_variance
    return ops.sum(terms, axis=-1) / 2
