"""Corruptions: layers that damage the input in training, and hand it on otherwise.

The network is asked for the clean input, so copying does not help it. For Gaussian
noise Keras has `keras.layers.GaussianNoise`.
"""

import keras
from keras import ops

from aelib import checks
from aelib.layers.parts import Fixed, RandomLayer, Setting, register


class _Corruption(RandomLayer):
    """A layer that changes its input in training only."""

    def call(self, inputs, training=False):
        # Every call draws anew: noise that is drawn once is learned by heart.
        x = ops.cast(inputs, self.compute_dtype)
        return self.corrupt(x) if training else x

    def _uniform(self, shape):
        """Return random numbers from 0 to 1."""
        return keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)


class _PixelCorruption(_Corruption):
    """A corruption that befalls each number by itself, with probability `rate`."""

    rate = Setting(low=0, high=1)

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.rate = rate

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@register
class MaskingNoise(_PixelCorruption):
    """Set each number to zero with a given probability; leave the others as they are.

    `keras.layers.Dropout` does almost this, but multiplies what is left by
    1 / (1 - rate). Here a white pixel stays exactly white.

    Args:
        rate: probability from 0 to 1 that a number is set to zero. It can be set anew.
        seed: whole number, or None to follow `keras.utils.set_random_seed`.

    Input shape:
        Any, such as `(batch_size, 784)`

    Output shape:
        The input's.

    Raises:
        TypeError: `rate` is no number, or `seed` no whole number.
        ValueError: `rate` or `seed` is out of range.

    Example:
        >>> noisy = MaskingNoise(0.5)(digits.x_test, training=True)

    Source: Vincent et al. 2010, section 3.3. Introduced in lesson 05.
    """

    def corrupt(self, x):
        kept = self._uniform(ops.shape(x)) >= self._rate
        return ops.where(kept, x, ops.zeros_like(x))


@register
class SaltAndPepper(_PixelCorruption):
    """Set each number, with a given probability, to 0 or to 1, by the toss of a coin.

    Args:
        rate: probability from 0 to 1 that a number is replaced. Half of the replaced
            ones get the value 1 (salt), half the value 0 (pepper). It can be set anew.
        seed: whole number, or None to follow `keras.utils.set_random_seed`.

    Input shape:
        Any, such as `(batch_size, 784)`, with values from 0 to 1.

    Output shape:
        The input's.

    Raises:
        TypeError: `rate` is no number, or `seed` no whole number.
        ValueError: `rate` or `seed` is out of range.

    Example:
        >>> noisy = SaltAndPepper(0.2)(digits.x_test, training=True)

    Source: Vincent et al. 2010, section 3.3. Introduced in lesson 05.
    """

    def corrupt(self, x):
        u = self._uniform(ops.shape(x))
        # u is uniform, so below `rate` it falls into either half equally often.
        grains = ops.cast(u < self._rate / 2, x.dtype)
        return ops.where(u < self._rate, grains, x)


@register
class BlockOcclusion(_Corruption):
    """Cover a square block of each image with zeros, at a random place.

    Args:
        size: side of the block in pixels. The block lies wholly inside the image.
        seed: whole number, or None to follow `keras.utils.set_random_seed`.

    Input shape:
        `(batch_size, side * side)`, square images row by row, or images of any shape
        `(batch_size, height, width)` or `(batch_size, height, width, channels)`

    Output shape:
        The input's.

    Raises:
        TypeError: `size` or `seed` is no whole number.
        ValueError: `size` or `seed` is out of range; when built, flat images that are
            not square, or images that are smaller than the block.

    Example:
        >>> noisy = BlockOcclusion(10)(digits.x_test, training=True)

    Introduced in lesson 05.
    """

    size = Fixed()

    def __init__(self, size, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.size = checks.whole_number("size", size, low=1)

    def build(self, input_shape):
        height, width = self._sides(tuple(input_shape))
        checks.whole_number("size", self.size, low=1, high=min(height, width))
        self.sides = height, width
        super().build(input_shape)

    def _sides(self, shape):
        """Return height and width of the images, or raise."""
        flat = len(shape) == 2 and isinstance(shape[1], int)
        if flat and round(shape[1] ** 0.5) ** 2 == shape[1]:
            return (round(shape[1] ** 0.5),) * 2
        if len(shape) in {3, 4} and None not in shape[1:3]:
            return shape[1:3]
        raise ValueError(
            "BlockOcclusion takes images of shape (batch_size, side * side) or "
            f"(batch_size, height, width, channels), and got shape {shape}"
        )

    def corrupt(self, x):
        rows, columns = (self._covered(x, side) for side in self.sides)
        covered = ops.logical_and(rows[:, :, None], columns[:, None, :])
        if len(x.shape) == 2:
            covered = ops.reshape(covered, ops.shape(x))
        elif len(x.shape) == 4:
            covered = covered[..., None]
        return ops.where(covered, ops.zeros_like(x), x)

    def _covered(self, x, side):
        """Return, for each image, which rows (or columns) the block covers."""
        first = keras.random.randint(
            (ops.shape(x)[0], 1), 0, side - self.size + 1, seed=self.seed_generator
        )
        places = ops.expand_dims(ops.arange(side, dtype="int32"), 0)
        return ops.logical_and(places >= first, places < first + self.size)

    def get_config(self):
        return {**super().get_config(), "size": self.size}
