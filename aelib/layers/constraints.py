"""Constraints: layers that act on the code, so that copying does not pay.

    KeepLargest                  all but the k largest numbers are set to zero
    L1Penalty, KLRatePenalty     a term of the loss that keeps the code small
    ContractiveDense             a term of the loss that keeps the code from moving
    GaussianSampling             the code is drawn at random, at a price
    VectorQuantizer              the code is made of words out of a small codebook

Every penalty is a sum over the code and a mean over the batch, so it has the scale of
the losses in `aelib.losses`. It is added up in float32 whatever the dtype policy and
joins the loss; an `Autoencoder` also reports it in `fit` and `evaluate` under a name of
its own, without its weight. Two of a kind are reported as "l1" and "l1_2".
"""

import keras
from keras import ops

from aelib import checks, losses
from aelib.layers.parts import (
    Fixed,
    Layer,
    Paying,
    RandomLayer,
    Setting,
    code_axes,
    register,
)


@register
class KeepLargest(Layer):
    """Keep the k largest numbers of each code, and set all others to zero.

    Exactly k are kept, also where numbers are equal. Of a unit that is not kept, no
    error flows back. The layer does the same in training and afterwards.

    Args:
        k: how many numbers are kept, from 1 to all; fixed.

    Input shape:
        `(batch_size, units)`, or any `(batch_size, ...)`: of an image code the k
        largest of the whole image are kept.

    Output shape:
        The input's.

    Raises:
        TypeError: `k` is no whole number.
        ValueError: `k` is below 1; when built, a code of fewer than k numbers.

    Example:
        >>> codes = KeepLargest(25)(encoder(digits.x_test))

    Source: Makhzani and Frey 2013. Introduced in lesson 06.
    """

    k = Fixed()

    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        self.k = checks.whole_number("k", k, low=1)

    def build(self, input_shape):
        size = _code_size("KeepLargest", input_shape)
        checks.whole_number("k", self.k, low=1, high=size)
        super().build(input_shape)

    def call(self, inputs):
        h = ops.cast(inputs, self.compute_dtype)
        rows = ops.reshape(h, (ops.shape(h)[0], -1))
        values, places = ops.top_k(rows, self.k)  # each of shape (batch_size, k)
        numbers = ops.arange(ops.shape(rows)[0], dtype=places.dtype)[:, None]
        indices = ops.stack([ops.broadcast_to(numbers, ops.shape(places)), places], -1)
        # Only what is kept is written: no array of (batch_size, k, units) is needed.
        kept = ops.scatter(
            ops.reshape(indices, (-1, 2)), ops.reshape(values, (-1,)), ops.shape(rows)
        )
        return ops.reshape(kept, ops.shape(h))

    def get_config(self):
        return {**super().get_config(), "k": self.k}


def _code_size(name, input_shape):
    """Return how many numbers a code holds (None: not known yet), or raise."""
    shape = tuple(input_shape)
    if len(shape) < 2 or any(isinstance(axis, (list, tuple)) for axis in shape):
        raise ValueError(
            f"{name} takes codes of shape (batch_size, ...), and got shape {shape}"
        )
    size = 1
    for axis in shape[1:]:
        size = None if None in (size, axis) else size * axis
    return size


class _Penalty(Paying, Layer):
    """A layer that hands its input on and adds `weight` times a penalty to the loss."""

    weight = Setting(low=0)

    def __init__(self, weight, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def build(self, input_shape):
        _code_size(type(self).__name__, input_shape)
        super().build(input_shape)

    def call(self, inputs):
        penalty = self.penalty(inputs)
        self.charge(penalty, self._weight * penalty)
        return ops.cast(inputs, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


@register
class L1Penalty(_Penalty):
    """Add weight · Σ|h| to the loss: summed over the code, averaged over the batch.

    Doubling the batch, or splitting it in two, leaves the (mean) penalty as it is.
    An `Autoencoder` reports it as "l1", without the weight. Keras'
    `activity_regularizer` does much the same; its scale has changed between releases,
    so the sum is written out here.

    Args:
        weight: 0 or more; what one unit of activation costs, in units of the loss. It
            can be set anew.

    Input shape:
        Any `(batch_size, ...)`

    Output shape:
        The input's.

    Raises:
        TypeError: `weight` is no number.
        ValueError: `weight` is negative.

    Example:
        >>> model = dense_autoencoder(784, (), 1024, constraint=L1Penalty(0.1))

    Introduced in lesson 06.
    """

    reported_as = "l1"

    def penalty(self, h):
        """Return Σ|h| of the mean code, a number in float32."""
        h = ops.cast(h, "float32")
        return ops.mean(ops.sum(ops.abs(h), axis=code_axes(h)))


@register
class KLRatePenalty(_Penalty):
    """Add weight · Σ KL(rate ‖ mean activation) to the loss, summed over the code.

    Each unit's mean activation over the batch is taken for the probability that it is
    on, and compared with the rate that is wanted:
    KL(ρ ‖ m) = ρ log(ρ / m) + (1 - ρ) log((1 - ρ) / (1 - m)), in nats.
    An `Autoencoder` reports the sum as "kl_rate", without the weight.

    The penalty is no mean over images: doubling the batch leaves it as it is, but
    splitting the batch does not, because half a batch has other mean activations. So
    it depends on the batch size, and on several devices each compares its own share
    of the batch. Small batches make it larger than the rate of a unit deserves.

    Args:
        weight: 0 or more. It can be set anew, and so can the rate.
        rate: the wanted mean activation ρ, between 0 and 1.

    Input shape:
        Any `(batch_size, ...)`, with values from 0 to 1 (a sigmoid's): elsewhere the
        penalty is a constant without a gradient, so `Autoencoder` and `train` refuse
        other codes.

    Output shape:
        The input's.

    Raises:
        TypeError: `weight` or `rate` is no number.
        ValueError: `weight` is negative, or `rate` is not between 0 and 1.

    Example:
        >>> model = dense_autoencoder(784, (), 1024, code_activation="sigmoid",
        ...                           constraint=KLRatePenalty(1.0, rate=0.05))

    Source: Ng 2011, lecture notes CS294A. Introduced in lesson 06.
    """

    reported_as = "kl_rate"
    code_range = (0, 1)
    rate = Setting(low=0, high=1, between=True)

    def __init__(self, weight, rate=0.05, **kwargs):
        super().__init__(weight, **kwargs)
        self.rate = rate

    def penalty(self, h):
        """Return the sum of KL(rate ‖ mean activation), a number in float32."""
        tiny = keras.config.epsilon()
        mean = ops.mean(ops.cast(h, "float32"), axis=0)
        mean = ops.clip(mean, tiny, 1 - tiny)
        rate = ops.convert_to_tensor(self._rate)
        on = rate * (ops.log(rate) - ops.log(mean))
        return ops.sum(on + (1 - rate) * (ops.log(1 - rate) - ops.log(1 - mean)))

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@register
class ContractiveDense(Paying, keras.layers.Dense):
    """A sigmoid layer that pays for moving: it adds weight · ‖∂h/∂x‖² to the loss.

    For h = σ(xW + b) the squared norm of the Jacobian has a closed form,
    Σⱼ (hⱼ (1 - hⱼ))² Σᵢ Wᵢⱼ², one number an image, averaged here over the batch.
    An `Autoencoder` reports it as "contraction", without the weight. It needs the
    weights of the layer, so it is the encoder's last layer, not one behind it.

    Args:
        units: width of the layer.
        weight: 0 or more. It can be set anew.
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
        >>> x = keras.Input((784,))
        >>> encoder = keras.Model(x, ContractiveDense(1024, weight=0.1)(x))

    Source: Rifai et al. 2011, equation 7. Introduced in lesson 04.
    """

    reported_as = "contraction"
    weight = Setting(low=0)

    def __init__(self, units, weight, **kwargs):
        units = checks.whole_number("units", units, low=1)
        super().__init__(units, activation="sigmoid", **kwargs)
        self.input_spec = None  # `build` says more plainly what shape it takes
        self.weight = weight

    def build(self, input_shape):
        if len(input_shape) != 2 or not isinstance(input_shape[-1], int):
            raise ValueError(
                "ContractiveDense takes arrays of shape (batch_size, features), and "
                f"got shape {tuple(input_shape)}"
            )
        super().build(input_shape)

    def call(self, inputs, training=None):
        code = super().call(inputs, training=training)
        h, kernel = (ops.cast(part, "float32") for part in (code, self.kernel))
        slopes = ops.square(h * (1 - h))  # shape (batch_size, units)
        lengths = ops.sum(ops.square(kernel), axis=0)  # shape (units,)
        penalty = ops.mean(ops.sum(slopes * lengths, axis=-1))
        self.charge(penalty, self._weight * penalty)
        return code

    def get_config(self):
        config = {**super().get_config(), "weight": self.weight}
        del config["activation"]  # always the sigmoid
        return config


@register
class GaussianSampling(Paying, RandomLayer):
    """Draw a code from a Gaussian, and add its price, beta · KL, to the loss.

    z = mean + exp(log_variance / 2) · ε, with ε from N(0, I) drawn anew in every call.
    The layer draws in training *and* afterwards, so that `evaluate` reports an honest
    negative ELBO; for a prediction that does not change, decode the encoder's mean.
    The KL divergence from N(mean, diag exp(log_variance)) to N(0, I) is summed over
    the code and averaged over the batch. An `Autoencoder` reports it as "kl", in
    nats per image and without beta.

    Args:
        beta: 0 or more; 1 makes the loss a negative ELBO. It can be set anew.
        seed: whole number, or None to follow `keras.utils.set_random_seed`.

    Input shape:
        A list of two: mean and log-variance, each `(batch_size, latent_size)` or any
        `(batch_size, ...)`

    Output shape:
        That of the mean.

    Raises:
        TypeError: `beta` is no number, or `seed` no whole number.
        ValueError: `beta` or `seed` is negative; when built, the inputs are not two of
            the same shape.

    Example:
        >>> z = GaussianSampling()([mean, log_variance])

    Source: Kingma and Welling 2014; beta: Higgins et al. 2017. Introduced in lesson 07.
    """

    reported_as = "kl"
    beta = Setting(low=0)

    def __init__(self, beta=1.0, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.beta = beta

    def build(self, input_shape):
        lists = (list, tuple)  # and no numbers, which the shape of one input holds
        shapes = [tuple(shape) for shape in input_shape if isinstance(shape, lists)]
        if len(shapes) != 2 or shapes[0] != shapes[1]:
            raise ValueError(
                "GaussianSampling takes a list of two, mean and log-variance, of the "
                f"same shape, and got shape {input_shape}"
            )
        super().build(input_shape)

    def call(self, inputs):
        mean, log_variance = (ops.cast(part, "float32") for part in inputs)
        noise = keras.random.normal(
            ops.shape(mean), dtype="float32", seed=self.seed_generator
        )
        kl = ops.mean(losses.gaussian_kl(mean, log_variance))
        self.charge(kl, self._beta * kl)
        z = mean + ops.exp(log_variance / 2) * noise
        return ops.cast(z, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}


@register
class VectorQuantizer(Paying, Layer):
    """Replace each vector of the code by the nearest word of a codebook.

    A code z becomes the word e with the smallest ‖z - e‖². No gradient passes through
    such a choice, so the decoder's is handed to z as it is ("straight through"). Two
    terms of the loss pull word and code together: ‖sg(z) - e‖² moves the word, and
    beta · ‖z - sg(e)‖² the encoder (sg: its gradient is stopped). Both are summed over
    the places of the code and averaged over the batch. An
    `Autoencoder` reports ‖z - e‖² as "quantisation".

    Args:
        codebook_size: number of words, 1 or more; fixed.
        beta: weight of the encoder's term, 0 or more. It can be set anew.
        seed: whole number of the first words, or None to follow
            `keras.utils.set_random_seed`.

    Input shape:
        `(batch_size, ..., word_size)`, such as `(batch_size, 7, 7, 8)`

    Output shape:
        The input's.

    Raises:
        TypeError: `codebook_size` or `seed` is no whole number, or `beta` no number.
        ValueError: `codebook_size`, `beta` or `seed` is out of range; when built, the
            length of a vector is not known.

    Example:
        >>> words = VectorQuantizer(64)(encoder(images))

    Source: van den Oord, Vinyals and Kavukcuoglu 2017. Introduced in lesson 16.
    """

    reported_as = "quantisation"
    codebook_size = Fixed()
    beta = Setting(low=0)

    def __init__(self, codebook_size, beta=0.25, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.codebook_size = checks.whole_number("codebook_size", codebook_size, low=1)
        if seed is not None:
            seed = checks.whole_number("seed", seed, low=0, high=2**32 - 1)
        self.beta, self.seed = beta, seed

    def build(self, input_shape):
        _code_size("VectorQuantizer", input_shape)
        if input_shape[-1] is None:
            raise ValueError(
                "VectorQuantizer takes vectors of a known length, and got shape "
                f"{tuple(input_shape)}"
            )
        limit = 1 / self.codebook_size
        self.codebook = self.add_weight(
            (self.codebook_size, input_shape[-1]),
            keras.initializers.RandomUniform(-limit, limit, seed=self.seed),
            "float32",
            autocast=False,
            name="codebook",
        )
        super().build(input_shape)

    def indices(self, inputs):
        """Return which word stands at each place, whole numbers `(batch_size, ...)`."""
        z = ops.cast(inputs, "float32")
        # ‖z - e‖² without ‖z‖², which is the same for every word.
        lengths = ops.sum(ops.square(self.codebook), axis=1)
        distances = lengths - 2 * ops.matmul(z, ops.transpose(self.codebook))
        return ops.argmin(distances, axis=-1)

    def call(self, inputs):
        z = ops.cast(inputs, "float32")
        words = ops.take(self.codebook, self.indices(z), axis=0)
        to_words = ops.sum(ops.square(ops.stop_gradient(z) - words), axis=code_axes(z))
        to_codes = ops.sum(ops.square(z - ops.stop_gradient(words)), axis=code_axes(z))
        price = ops.mean(to_words + self._beta * to_codes)
        self.charge(ops.mean(to_words), price)
        return ops.cast(z + ops.stop_gradient(words - z), self.compute_dtype)

    def save_own_variables(self, store):
        store["codebook"] = ops.convert_to_numpy(self.codebook)

    def load_own_variables(self, store):
        self.codebook.assign(store["codebook"])

    def get_config(self):
        own = {"codebook_size": self.codebook_size, "beta": self.beta}
        return {**super().get_config(), **own, "seed": self.seed}
