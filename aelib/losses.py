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
