"""The constraints: what stops an autoencoder from copying, each a small Keras layer.

Corruptions change the input, and only in training:

    MaskingNoise, SaltAndPepper, BlockOcclusion; for Gaussian noise, which Keras has,
    `keras.layers.GaussianNoise`

Constraints act on the code:

    KeepLargest                  all but the k largest activations are set to zero
    L1Penalty, KLRatePenalty     a term of the loss that keeps activations small
    ContractiveDense             a term of the loss that keeps the code from moving
    GaussianSampling             the code is drawn at random, at a price

Every penalty is a sum over the units and a mean over the batch, so it has the scale of
the losses in `aelib.losses`. Besides joining the loss, it is reported by `fit` and
`evaluate` under a name of its own, without its weight.
"""

import math

import keras
from keras import ops

from aelib import checks, losses

_register = keras.saving.register_keras_serializable(package="aelib")


class _Random(keras.layers.Layer):
    """A layer that draws random numbers, and is saved with the state of its source.

    On several devices each draws the same numbers for its own share of the batch,
    because Keras keeps one state for all.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        if seed is not None:
            seed = checks.whole_number("seed", seed, low=0, high=2**32 - 1)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    # Keras saves no state of random numbers; a model that is loaded would draw its
    # noise from the beginning again.
    def save_own_variables(self, store):
        store["seed_state"] = self.seed_generator.state.numpy()

    def load_own_variables(self, store):
        self.seed_generator.state.assign(store["seed_state"])

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


class _Corruption(_Random):
    """A layer that changes its input in training and hands it on otherwise."""

    def call(self, x, training=False):
        # Every call draws anew: noise that is drawn once is learned by heart.
        return self.corrupt(x) if training else x

    def compute_output_shape(self, input_shape):
        return input_shape

    def _uniform(self, shape):
        """Return random numbers from 0 to 1."""
        return keras.random.uniform(shape, seed=self.seed_generator)


class _PixelCorruption(_Corruption):
    """A corruption that befalls each number by itself, with probability `rate`."""

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.rate = checks.number("rate", rate, low=0, high=1)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@_register
class MaskingNoise(_PixelCorruption):
    """Set each number to zero with a given probability; leave the others as they are.

    `keras.layers.Dropout` does almost this, but multiplies what is left by
    1 / (1 - rate). Here a white pixel stays exactly white.

    Args:
        rate: probability from 0 to 1 that a number is set to zero.
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
        kept = self._uniform(ops.shape(x)) >= self.rate
        return ops.where(kept, x, ops.zeros_like(x))


@_register
class SaltAndPepper(_PixelCorruption):
    """Set each number, with a given probability, to 0 or to 1, by the toss of a coin.

    Args:
        rate: probability from 0 to 1 that a number is replaced. Half of the replaced
            ones get the value 1 (salt), half the value 0 (pepper).
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
        grains = ops.cast(u < self.rate / 2, x.dtype)
        return ops.where(u < self.rate, grains, x)


@_register
class BlockOcclusion(_Corruption):
    """Cover a square block of each image with zeros, at a random place.

    Args:
        size: side of the block in pixels. The block lies wholly inside the image.
        seed: whole number, or None to follow `keras.utils.set_random_seed`.

    Input shape:
        `(batch_size, side * side)`, square images row by row

    Output shape:
        The input's.

    Raises:
        TypeError: `size` or `seed` is no whole number.
        ValueError: `size` or `seed` is out of range; when built, the images are not
            square or smaller than the block.

    Example:
        >>> noisy = BlockOcclusion(10)(digits.x_test, training=True)

    Introduced in lesson 05.
    """

    def __init__(self, size, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.size = checks.whole_number("size", size, low=1)

    def build(self, input_shape):
        side = round(input_shape[-1] ** 0.5) if _is_flat(input_shape) else None
        if side is None or side**2 != input_shape[-1]:
            raise ValueError(
                "BlockOcclusion takes square images of shape (batch_size, side * side)"
                f", and got shape {tuple(input_shape)}"
            )
        checks.whole_number("size", self.size, low=1, high=side)
        self.side = side
        super().build(input_shape)

    def corrupt(self, x):
        covered = ops.logical_and(
            ops.expand_dims(self._covered(x), 2), ops.expand_dims(self._covered(x), 1)
        )
        return ops.where(ops.reshape(covered, ops.shape(x)), ops.zeros_like(x), x)

    def _covered(self, x):
        """Return, for each image, which rows (or columns) the block covers."""
        first = keras.random.randint(
            (ops.shape(x)[0], 1),
            0,
            self.side - self.size + 1,
            seed=self.seed_generator,
        )
        places = ops.expand_dims(ops.arange(self.side, dtype="int32"), 0)
        return ops.logical_and(places >= first, places < first + self.size)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@_register
class KeepLargest(keras.layers.Layer):
    """Keep the k largest activations of each code, and set all others to zero.

    Exactly k are kept, also where activations are equal. Of a unit that is not kept,
    no error flows back. The layer does the same in training and afterwards.

    Args:
        k: how many activations are kept, from 1 to the number of units.

    Input shape:
        `(batch_size, units)`

    Output shape:
        The input's.

    Raises:
        TypeError: `k` is no whole number.
        ValueError: `k` is below 1; when built, the input has fewer than k units or not
            two axes.

    Example:
        >>> codes = KeepLargest(25)(encoder(digits.x_test))

    Source: Makhzani and Frey 2013. Introduced in lesson 06.
    """

    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        self.k = checks.whole_number("k", k, low=1)

    def build(self, input_shape):
        self.units = _units("KeepLargest", input_shape)
        checks.whole_number("k", self.k, low=1, high=self.units)
        super().build(input_shape)

    def call(self, h):
        values, places = ops.top_k(h, self.k)  # each of shape (batch_size, k)
        rows = ops.arange(ops.shape(h)[0], dtype=places.dtype)[:, None]
        indices = ops.stack([ops.broadcast_to(rows, ops.shape(places)), places], -1)
        # Only what is kept is written: no array of (batch_size, k, units) is needed.
        return ops.scatter(
            ops.reshape(indices, (-1, 2)), ops.reshape(values, (-1,)), ops.shape(h)
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "k": self.k}


def _is_flat(input_shape):
    """Tell whether a shape has two axes, the last of a known length."""
    # Of two inputs Keras hands over a list of two shapes, which has two items as well.
    return len(input_shape) == 2 and isinstance(input_shape[-1], int)


def _units(name, input_shape):
    """Return the second number of a shape (batch_size, units), or raise."""
    if not _is_flat(input_shape):
        raise ValueError(
            f"{name} takes arrays of shape (batch_size, units), and got shape "
            f"{tuple(input_shape)}"
        )
    return input_shape[-1]


class _Penalty(keras.layers.Layer):
    """A layer that hands its input on and adds `weight` times a penalty to the loss."""

    reported_as = None  # name of the penalty in the history

    def __init__(self, weight, **kwargs):
        super().__init__(**kwargs)
        self.weight = checks.number("weight", weight, low=0)
        self.tracker = keras.metrics.Mean(name=self.reported_as)

    def build(self, input_shape):
        _units(type(self).__name__, input_shape)
        super().build(input_shape)

    def call(self, h):
        penalty = self.penalty(h)
        self.add_loss(self.weight * penalty)
        # Weighted by images, as Keras does it for the loss: a last batch may be small.
        self.tracker.update_state(penalty, sample_weight=ops.shape(h)[0])
        return h

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


@_register
class L1Penalty(_Penalty):
    """Add weight · Σ|h| to the loss: summed over the units, averaged over the batch.

    Doubling the batch, or splitting it in two, leaves the (mean) penalty as it is.
    `fit` and `evaluate` report it as "l1", without the weight. Keras'
    `activity_regularizer` does much the same; its scale has changed between releases,
    so the sum is written out here.

    Args:
        weight: 0 or more; what one unit of activation costs, in units of the loss.

    Input shape:
        `(batch_size, units)`

    Output shape:
        The input's.

    Raises:
        TypeError: `weight` is no number.
        ValueError: `weight` is negative; when built, the input has not two axes.

    Example:
        >>> model = sparse_autoencoder(L1Penalty(0.1))

    Introduced in lesson 06.
    """

    reported_as = "l1"

    def penalty(self, h):
        """Return Σ|h| of the mean code, a number."""
        return ops.mean(ops.sum(ops.abs(h), axis=-1))


@_register
class KLRatePenalty(_Penalty):
    """Add weight · Σ KL(rate ‖ mean activation) to the loss, summed over the units.

    Each unit's mean activation over the batch is taken for the probability that it is
    on, and compared with the rate that is wanted:
    KL(ρ ‖ m) = ρ log(ρ / m) + (1 - ρ) log((1 - ρ) / (1 - m)), in nats.
    `fit` and `evaluate` report the sum as "kl_rate", without the weight.

    The penalty is no mean over images: doubling the batch leaves it as it is, but
    splitting the batch does not, because half a batch has other mean activations. So
    it depends on the batch size, and on several devices each compares its own share
    of the batch. Small batches make it larger than the rate of a unit deserves.

    Args:
        weight: 0 or more.
        rate: the wanted mean activation ρ, between 0 and 1.

    Input shape:
        `(batch_size, units)`, with values from 0 to 1 (a sigmoid's)

    Output shape:
        The input's.

    Raises:
        TypeError: `weight` or `rate` is no number.
        ValueError: `weight` is negative, or `rate` is not between 0 and 1; when built,
            the input has not two axes.

    Example:
        >>> model = sparse_autoencoder(
        ...     KLRatePenalty(1.0, rate=0.05), code_activation="sigmoid")

    Source: Ng 2011, lecture notes CS294A. Introduced in lesson 06.
    """

    reported_as = "kl_rate"

    def __init__(self, weight, rate=0.05, **kwargs):
        super().__init__(weight, **kwargs)
        self.rate = checks.number("rate", rate, low=0, high=1)
        if self.rate in (0, 1):
            raise ValueError(f"rate takes a number between 0 and 1, and got {rate!r}")

    def penalty(self, h):
        """Return the sum over the units of KL(rate ‖ mean activation), a number."""
        tiny = keras.config.epsilon()
        mean = ops.clip(ops.mean(h, axis=0), tiny, 1 - tiny)
        rate = self.rate
        off = (1 - rate) * (math.log(1 - rate) - ops.log(1 - mean))
        return ops.sum(rate * (math.log(rate) - ops.log(mean)) + off)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@_register
class ContractiveDense(keras.layers.Dense):
    """A sigmoid layer that pays for moving: it adds weight · ‖∂h/∂x‖² to the loss.

    For h = σ(xW + b) the squared norm of the Jacobian has a closed form,
    Σⱼ (hⱼ (1 - hⱼ))² Σᵢ Wᵢⱼ², one number an image, averaged here over the batch.
    `fit` and `evaluate` report it as "contraction", without the weight.

    Args:
        units: width of the layer.
        weight: 0 or more.
        **kwargs: passed on to `keras.layers.Dense`; the activation is the sigmoid.

    Input shape:
        `(batch_size, features)`

    Output shape:
        `(batch_size, units)`

    Raises:
        TypeError: `units` is no whole number, `weight` no number, or `activation` is
            given.
        ValueError: `units` is below 1, or `weight` is negative; when built, the input
            has not two axes.

    Example:
        >>> layer = ContractiveDense(1024, weight=0.1)

    Source: Rifai et al. 2011, equation 7. Introduced in lesson 04.
    """

    def __init__(self, units, weight, **kwargs):
        units = checks.whole_number("units", units, low=1)
        super().__init__(units, activation="sigmoid", **kwargs)
        self.input_spec = None  # `build` says more plainly what shape it takes
        self.weight = checks.number("weight", weight, low=0)
        self.tracker = keras.metrics.Mean(name="contraction")

    def build(self, input_shape):
        _units("ContractiveDense", input_shape)
        super().build(input_shape)

    def call(self, x):
        h = super().call(x)
        slopes = ops.square(h * (1 - h))  # shape (batch_size, units)
        lengths = ops.sum(ops.square(self.kernel), axis=0)  # shape (units,)
        penalty = ops.sum(slopes * lengths, axis=-1)  # shape (batch_size,)
        self.add_loss(self.weight * ops.mean(penalty))
        self.tracker.update_state(penalty)
        return h

    def get_config(self):
        config = {**super().get_config(), "weight": self.weight}
        del config["activation"]  # always the sigmoid
        return config


@_register
class GaussianSampling(_Random):
    """Draw a code from a Gaussian, and add its price, beta · KL, to the loss.

    z = mean + exp(log_variance / 2) · ε, with ε from N(0, I) drawn anew in every call.
    The layer draws in training *and* afterwards, so that `evaluate` reports an honest
    negative ELBO; for a prediction that does not change, decode the encoder's mean.
    The KL divergence from N(mean, diag exp(log_variance)) to N(0, I) is summed over
    the latent axis and averaged over the batch. `fit` and `evaluate` report it as
    "kl", in nats per image and without beta.

    Args:
        beta: 0 or more; 1 makes the loss a negative ELBO.
        seed: whole number, or None to follow `keras.utils.set_random_seed`.

    Input shape:
        A list of two: mean and log-variance, each `(batch_size, latent_size)`

    Output shape:
        `(batch_size, latent_size)`

    Raises:
        TypeError: `beta` is no number, or `seed` no whole number.
        ValueError: `beta` or `seed` is negative; when built, the inputs are not two of
            the same shape, or have not two axes.

    Example:
        >>> z = GaussianSampling()([mean, log_variance])

    Source: Kingma and Welling 2014; beta: Higgins et al. 2017. Introduced in lesson 07.
    """

    def __init__(self, beta=1.0, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.beta = checks.number("beta", beta, low=0)
        self.tracker = keras.metrics.Mean(name="kl")

    def build(self, input_shape):
        lists = (list, tuple)  # and no numbers, which the shape of one input holds
        shapes = [tuple(shape) for shape in input_shape if isinstance(shape, lists)]
        if len(shapes) != 2 or shapes[0] != shapes[1]:
            raise ValueError(
                "GaussianSampling takes a list of two, mean and log-variance, of the "
                f"same shape, and got shape {input_shape}"
            )
        _units("GaussianSampling", shapes[0])
        super().build(input_shape)

    def call(self, inputs):
        mean, log_variance = inputs
        noise = keras.random.normal(
            ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator
        )
        kl = losses.gaussian_kl(mean, log_variance)  # shape (batch_size,)
        self.add_loss(self.beta * ops.mean(kl))
        self.tracker.update_state(kl)
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}
