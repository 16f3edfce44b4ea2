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


@keras.saving.register_keras_serializable(package="aelib")
def masked_squared_error(target, x_hat):
    """Return the squared error of each row, summed over what is known of it.

    What stands at unknown places, as long as it is finite, changes neither the loss
    nor its gradient.

    Args:
        target: shape (batch_size, 2, features). `target[:, 0]` holds the values,
            `target[:, 1]` is 1 where a value is known and 0 where it is not.
        x_hat: the reconstruction, shape (batch_size, features).

    Returns:
        Tensor of shape (batch_size,), in squared units of the values: 0 for a row of
        which nothing is known.

    Source: Sedhain, Menon, Sanner and Xie (2015), "AutoRec: Autoencoders Meet
    Collaborative Filtering".

    Example:
        >>> model.compile("adam", loss=aelib.losses.masked_squared_error)

    Introduced in lesson 09.
    """
    values, known = target[:, 0], target[:, 1]
    return ops.sum(known * ops.square(values - x_hat), axis=-1)


@keras.saving.register_keras_serializable(package="aelib")
def multinomial_nll(x, p):
    """Return the negative log-likelihood of each row's draws, -Σ_i x_i log p_i.

    Keras' categorical cross-entropy expects rows that add up to 1; here they need not.

    Args:
        x: how often each item was drawn, 0 or more, such as a person's likes, shape
            (batch_size, items).
        p: probabilities that add up to 1 (a softmax's), same shape; one below 1e-30
            counts as 1e-30 (and gives no gradient).

    Returns:
        Tensor of shape (batch_size,), in nats per row, without the multinomial's
        coefficient, which does not depend on `p`.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering".

    Example:
        >>> model.compile("adam", loss=aelib.losses.multinomial_nll)

    Introduced in lesson 09.
    """
    return -ops.sum(x * ops.log(ops.maximum(p, 1e-30)), axis=-1)
