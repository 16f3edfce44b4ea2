"""The layers: what they change, what they cost, how they are set and saved."""

import contextlib

import keras
import numpy as np
import pytest
from gradients import gradient

from aelib import layers, losses

RNG = np.random.default_rng(0)
SIDE = 10
# Neither 0 nor 1 is in it, so what a corruption wrote is told from what it left.
X = RNG.uniform(0.1, 0.9, (2000, SIDE * SIDE)).astype("float32")
H = RNG.normal(size=(8, 5)).astype("float32")
ON = RNG.uniform(0.02, 0.9, (8, 5)).astype("float32")  # activations of a sigmoid
MEAN = RNG.normal(size=(8, 3)).astype("float32")
LOG_VARIANCE = RNG.uniform(-3, 1, (8, 3)).astype("float32")

# Each layer with an input that fits, and what its penalty is called.
CORRUPTIONS = {
    "masking": lambda **options: layers.MaskingNoise(0.3, **options),
    "salt and pepper": lambda **options: layers.SaltAndPepper(0.4, **options),
    "block": lambda **options: layers.BlockOcclusion(4, **options),
}
PENALTIES = {
    "l1": (lambda weight=1, **o: layers.L1Penalty(weight, **o), H),
    "kl_rate": (lambda weight=1, **o: layers.KLRatePenalty(weight, 0.1, **o), ON),
    "contraction": (lambda weight=1, **o: layers.ContractiveDense(4, weight, **o), H),
    "kl": (
        lambda weight=1, **o: layers.GaussianSampling(weight, **o),
        [MEAN, LOG_VARIANCE],
    ),
}
LAYERS = {
    **{name: (make, X[:8]) for name, make in CORRUPTIONS.items()},
    **PENALTIES,
    "largest": (lambda **options: layers.KeepLargest(2, **options), H),
    "words": (lambda **options: layers.VectorQuantizer(7, **options), H),
}

every_corruption = pytest.mark.parametrize("name", CORRUPTIONS)
every_penalty = pytest.mark.parametrize("name", PENALTIES)
every_layer = pytest.mark.parametrize("name", LAYERS)
every_random_layer = pytest.mark.parametrize("name", [*CORRUPTIONS, "kl"])


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def output(layer, x, training=True):
    """Return what a layer makes of `x`, as an array."""
    noisy = isinstance(layer, (*map(type, (make() for make in CORRUPTIONS.values())),))
    return array(layer(x, training=training) if noisy else layer(x))


def rows(x, chosen):
    """Return some rows of an input, which may be a list of arrays."""
    return [a[chosen] for a in x] if isinstance(x, list) else x[chosen]


def price(layer, x):
    """Return what a layer adds to the loss for `x`."""
    layer(x)
    (loss,) = layer.losses
    assert loss.shape == ()
    return float(loss)


def within_chance(share, expected, draws):
    """Return whether a share of `draws` is within five standard deviations."""
    return abs(share - expected) < 5 * (expected * (1 - expected) / draws) ** 0.5


# --- corruptions ------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.9])
def test_masking_sets_that_share_to_zero_and_leaves_the_rest(rate):
    noisy = output(layers.MaskingNoise(rate), X)
    masked = noisy == 0
    assert within_chance(masked.mean(), rate, X.size)
    np.testing.assert_array_equal(noisy[~masked], X[~masked])  # to the last bit
    for axis in (0, 1):  # neither whole images nor whole pixels
        by_chance = (rate * (1 - rate) / masked.shape[axis]) ** 0.5
        assert 0.7 * by_chance < masked.mean(axis=axis).std() < 1.3 * by_chance


@pytest.mark.parametrize("rate", [0.1, 0.9])
def test_salt_and_pepper_are_equally_frequent(rate):
    noisy = output(layers.SaltAndPepper(rate), X)
    salt, pepper = noisy == 1, noisy == 0
    changed = salt | pepper
    assert within_chance(changed.mean(), rate, X.size)
    assert within_chance(salt.sum() / changed.sum(), 0.5, changed.sum())
    np.testing.assert_array_equal(noisy[~changed], X[~changed])
    for axis in (0, 1):
        by_chance = (rate / 2 * (1 - rate / 2) / X.shape[axis]) ** 0.5
        assert 0.7 * by_chance < salt.mean(axis=axis).std() < 1.3 * by_chance


@pytest.mark.parametrize("size", [1, 4, 10])
@pytest.mark.parametrize("shape", [(SIDE * SIDE,), (10, 10), (10, 10, 1), (20, 5, 1)])
def test_block_is_a_whole_square_at_any_place(size, shape):
    height, width = shape[:2] if len(shape) > 1 else (SIDE, SIDE)
    if size > min(height, width):
        pytest.skip("a block this large does not fit")
    x = X.reshape(-1, *shape)
    noisy = output(layers.BlockOcclusion(size), x)
    np.testing.assert_array_equal(noisy[noisy != 0], x[noisy != 0])
    covered = (noisy == 0).reshape(-1, height, width)
    assert (covered.sum(axis=(1, 2)) == size**2).all()
    first_row = covered.any(axis=2).argmax(axis=1)
    first_column = covered.any(axis=1).argmax(axis=1)
    for image, row, column in zip(covered, first_row, first_column, strict=True):
        assert image[row : row + size, column : column + size].all()
    # Every place is as likely as any other, the four corners included.
    free = (height - size + 1) * (width - size + 1)
    places = first_row * (width - size + 1) + first_column
    counts = np.bincount(places, minlength=free)
    expected = len(x) / free
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert counts.min() > 0
    assert chi_squared <= free - 1 + 5 * (2 * (free - 1)) ** 0.5


def test_noise_at_its_limits():
    x = X[:50]
    for make in (layers.MaskingNoise, layers.SaltAndPepper):
        np.testing.assert_array_equal(output(make(0), x), x)
    np.testing.assert_array_equal(output(layers.MaskingNoise(1), x), np.zeros_like(x))
    assert set(np.unique(output(layers.SaltAndPepper(1), x))) == {0, 1}


@every_corruption
def test_without_training_nothing_changes(name):
    layer = CORRUPTIONS[name]()
    np.testing.assert_array_equal(array(layer(X)), X)
    assert (output(layer, X) != X).any()
    np.testing.assert_array_equal(output(layer, X, training=False), X)


# --- random numbers, configuration, precision -------------------------------------


@every_random_layer
def test_every_call_draws_anew_and_the_seed_says_what(name):
    make, x = LAYERS[name]
    drawn = []
    for options in ({}, {}, {"seed": 3}, {"seed": 3}, {"seed": np.int64(4)}):
        keras.utils.set_random_seed(1)
        layer = make(**options)
        drawn.append([output(layer, x), output(layer, x)])
        assert (drawn[-1][0] != drawn[-1][1]).any()
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[2], drawn[3])
    assert (drawn[2][0] != drawn[4][0]).any()


@every_layer
def test_configuration_comes_back(name):
    layer = LAYERS[name][0](name="chosen")
    written = keras.saving.serialize_keras_object(layer)
    assert written["registered_name"] == f"aelib>{type(layer).__name__}"
    again = keras.saving.deserialize_keras_object(written, safe_mode=True)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    settings = {"rate", "size", "k", "weight", "units", "beta", "codebook_size"}
    for setting in settings & set(layer.get_config()):
        assert getattr(again, setting) == layer.get_config()[setting] != 0


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ((None, 16), True),
        ((4, None), False),
        ((None, 8, 8, None), True),
        ((None, None, 8, 1), False),
        ((None, 8, None, 1), False),
    ],
)
def test_of_images_only_height_and_width_must_be_known(shape, fits):
    refused = pytest.raises(ValueError, match="BlockOcclusion takes images")
    with contextlib.nullcontext() if fits else refused:
        layers.BlockOcclusion(2).build(shape)


def test_a_layer_with_weights_that_is_used_twice_keeps_the_sum():
    layer, first = layers.ContractiveDense(4, 1.0), keras.Input((5,))
    second = keras.Input((5,))
    model = keras.Model([first, second], [layer(first), layer(second)])
    model([H, 3 * H])
    assert float(layer.latest) == pytest.approx(float(sum(model.losses)), rel=1e-5)


def test_a_call_keeps_nothing_of_the_call_before():
    both = {"kernel_regularizer": "l2", "bias_regularizer": "l2"}
    for regularizers in ({}, {"kernel_regularizer": "l2"}, both):
        layer = layers.ContractiveDense(4, 1.0, **regularizers)
        layer(H)
        once = float(layer.latest)
        layer(H)
        assert float(layer.latest) == once


def test_what_comes_in_is_not_rounded():
    layer = layers.L1Penalty(1.0, dtype="mixed_float16")
    layer(np.full((2, 3), 1e-9, "float32"))  # 0 in float16
    assert float(layer.latest) == pytest.approx(3e-9)


@every_layer
@pytest.mark.parametrize("policy", ["float16", "mixed_float16", "bfloat16"])
def test_precision(name, policy):
    make, x = LAYERS[name]
    keras.config.set_dtype_policy("float32")
    exact = make()
    expected = output(exact, x)
    keras.utils.set_random_seed(0)
    layer = make(dtype=policy)
    found = layer(x, training=True) if name in CORRUPTIONS else layer(x)
    assert keras.backend.standardize_dtype(found.dtype) == layer.compute_dtype
    assert tuple(found.shape) == expected.shape
    if name in PENALTIES:
        layer.set_weights(exact.get_weights())
        tolerance = 0.05 if "float16" in policy else 1e-5
        assert price(layer, x) == pytest.approx(price(exact, x), rel=tolerance)
        assert keras.backend.standardize_dtype(layer.latest.dtype) == "float32"


def test_half_precision_adds_up_what_is_paid_twice():
    layer, inputs = layers.L1Penalty(1.0, dtype="mixed_float16"), keras.Input((70_000,))
    model = keras.Model(inputs, layer(layer(inputs)))
    model(np.ones((2, 70_000), "float32"))  # more than the largest float16
    assert float(layer.latest) == pytest.approx(140_000)


def test_half_precision_does_not_overflow():
    code = keras.ops.ones((1000, 1000), "float16")
    layer = layers.L1Penalty(1000.0, dtype="mixed_float16")
    assert price(layer, code) == pytest.approx(1e6)  # beyond the largest float16
    assert float(layer.latest) == pytest.approx(1000)
    assert np.isfinite(float(layers.KLRatePenalty(1.0).penalty(code[:8, :4])))
    wide = layers.GaussianSampling(dtype="mixed_float16")
    wide([1000 * np.ones((4, 2)), np.zeros((4, 2))])
    assert float(wide.latest) == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("layer", "setting", "values"),
    [
        (layers.MaskingNoise(0.3), "rate", (0.5, 0.1)),
        (layers.L1Penalty(0.3), "weight", (0.5, 1e-7)),
        (layers.KLRatePenalty(0.3), "rate", (0.5, 0.1)),
        (layers.ContractiveDense(2, 0.3), "weight", (0.5, 2.0)),
        (layers.GaussianSampling(), "beta", (0.0, 4.0)),
        (layers.VectorQuantizer(3), "beta", (0.0, 1.0)),
    ],
)
def test_a_setting_may_be_set(layer, setting, values):
    for value in values:
        setattr(layer, setting, value)
        assert getattr(layer, setting) == layer.get_config()[setting] == value
    for wrong, kind in (
        ("nonsense", TypeError),
        (-1, ValueError),
        (np.nan, ValueError),
    ):
        with pytest.raises(kind, match=f"^{setting} takes"):
            setattr(layer, setting, wrong)
    assert getattr(layer, setting) == values[-1]


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
@pytest.mark.parametrize("name", ["mask", "l1", "kl"])
def test_a_setting_acts_within_a_step_that_is_traced_already(name):
    layer, x = {
        "mask": (layers.MaskingNoise(0.0), X[:64]),
        "l1": (layers.L1Penalty(0.0), X[:64]),
        "kl": (layers.GaussianSampling(0.0), [X[:64], X[:64]]),
    }[name]
    inputs = [keras.Input(a.shape[1:]) for a in (x if name == "kl" else [x])]
    inputs = inputs if name == "kl" else inputs[0]
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    target = x[0] if name == "kl" else x
    setting = {"mask": "rate", "l1": "weight", "kl": "beta"}[name]
    found = []
    for value in (0.0, 0.5, 1.0):
        setattr(layer, setting, value)
        found.append(model.train_on_batch(x, target, return_dict=True))
    # The loss rises with the setting: more is masked, or more is paid.
    first, second, third = (logs["loss"] for logs in found)
    assert third - second > 1e-3
    assert second - first > 1e-3


@pytest.mark.parametrize(
    ("layer", "setting"),
    [
        (layers.KeepLargest(2), "k"),
        (layers.BlockOcclusion(2), "size"),
        (layers.VectorQuantizer(2), "codebook_size"),
    ],
)
def test_what_shapes_the_computation_is_fixed(layer, setting):
    with pytest.raises(AttributeError, match=f"{setting} of .* cannot be changed"):
        setattr(layer, setting, 3)
    assert getattr(layer, setting) == 2


# --- KeepLargest and VectorQuantizer ----------------------------------------------


def keep_largest(h, k):
    kept = np.zeros_like(h)
    for row, code in zip(kept, h, strict=True):
        largest = np.argsort(-code, kind="stable")[:k]
        row[largest] = code[largest]
    return kept


@pytest.mark.parametrize("k", [1, 7, 20])
def test_largest_against_numpy(k):
    h = RNG.normal(size=(50, 20)).astype("float32")
    for code in (h, -np.abs(h), h * 1e6, np.round(h)):
        found = output(layers.KeepLargest(k), code)
        np.testing.assert_array_equal(found, keep_largest(code, k))
    image = h.reshape(50, 2, 5, 2)
    found = output(layers.KeepLargest(k), image)
    np.testing.assert_array_equal(found.reshape(h.shape), keep_largest(h, k))


def test_error_flows_back_to_the_largest_only():
    back, layer = RNG.normal(size=H.shape).astype("float32"), layers.KeepLargest(2)
    layer.build(H.shape)
    found = gradient(lambda h: keras.ops.sum(layer(h) * back), H)
    np.testing.assert_array_equal(found, back * (keep_largest(H, 2) != 0))


def test_the_nearest_word_stands_in_and_the_gradient_passes():
    layer = layers.VectorQuantizer(4, beta=0.25)
    layer.build((None, 3, 2))
    words = np.array([[0, 0], [1, 0], [0, 1], [5, 5]], "float32")
    layer.codebook.assign(words)
    z = RNG.uniform(-1, 2, (6, 3, 2)).astype("float32")
    squares = ((z[..., None, :] - words) ** 2).sum(axis=-1)
    nearest = squares.argmin(axis=-1)
    np.testing.assert_array_equal(array(layer.indices(z)), nearest)
    np.testing.assert_allclose(output(layer, z), words[nearest], atol=1e-6)
    distance = squares.min(axis=-1).sum(axis=1).mean()  # summed over the places
    assert price(layer, z) == pytest.approx(1.25 * distance, rel=1e-5)
    assert float(layer.latest) == pytest.approx(distance, rel=1e-5)
    back = RNG.normal(size=z.shape).astype("float32")
    np.testing.assert_allclose(
        gradient(lambda h: keras.ops.sum(layer(h) * back), z), back, rtol=1e-6
    )


def test_the_first_words_are_spread_around_zero():
    layer = layers.VectorQuantizer(10, seed=0)
    layer.build((None, 40))
    words = array(layer.codebook)
    assert 0.09 < words.max() < 0.1
    assert -0.1 < words.min() < -0.09
    assert len(np.unique(words)) > 390  # of 400


def test_the_seed_of_words_is_one_that_keras_takes():
    assert layers.VectorQuantizer(4).beta == 0.25  # as published
    assert layers.VectorQuantizer(4, seed=2**32 - 1).seed == 2**32 - 1
    for seed in (-1, 2**32):
        with pytest.raises(ValueError, match=r"^seed takes a number from 0 to"):
            layers.VectorQuantizer(4, seed=seed)


def test_words_need_a_known_length_and_no_known_places():
    assert layers.VectorQuantizer(4)(keras.Input((None, 8))).shape == (None, None, 8)
    with pytest.raises(ValueError, match=r"^VectorQuantizer takes vectors of a"):
        layers.VectorQuantizer(4)(keras.Input((7, None)))


def test_beta_weighs_what_moves_the_code():
    pytest.importorskip("tensorflow")  # JAX gives no gradient of what a layer adds
    layer = layers.VectorQuantizer(4, beta=0.25)
    layer.build((None, 2))
    z = RNG.uniform(-1, 2, (6, 2)).astype("float32")
    words = output(layer, z)

    def paid(h):
        layer(h)
        return layer.losses[0]

    expected = 2 * 0.25 * (z - words) / len(z)
    np.testing.assert_allclose(gradient(paid, z), expected, atol=1e-6)


# --- penalties: their size --------------------------------------------------------


def kl_rate(h, rate):
    mean = h.astype("float64").mean(axis=0)
    on = rate * np.log(rate / mean)
    return (on + (1 - rate) * np.log((1 - rate) / (1 - mean))).sum()


def test_l1_against_numpy():
    assert price(layers.L1Penalty(2), H) == pytest.approx(
        2 * np.abs(H).sum(axis=1).mean(), rel=1e-5
    )
    image = np.array([[[1.0], [-2.0]], [[0.0], [5.0]]])
    assert price(layers.L1Penalty(1), image) == 4


@pytest.mark.parametrize("rate", [0.01, 0.5, 0.9])
def test_kl_rate_against_numpy(rate):
    found = price(layers.KLRatePenalty(1, rate), ON)
    assert found == pytest.approx(kl_rate(ON, rate), rel=1e-4)
    image = ON.reshape(8, 5, 1)
    assert price(layers.KLRatePenalty(1, rate), image) == pytest.approx(found)
    # Half a batch has other means, so two halves cost more than the whole.
    halves = [price(layers.KLRatePenalty(1, rate), half) for half in (ON[:4], ON[4:])]
    assert np.mean(halves) > found * 1.01


def test_kl_rate_is_zero_at_the_rate_and_finite_at_the_limits():
    at_rate = np.array([[0.0, 0.2, 0.1], [0.2, 0.0, 0.1]])
    assert price(layers.KLRatePenalty(1, 0.1), at_rate) == pytest.approx(0, abs=1e-6)
    for always in (0, 1):
        assert 1 < price(layers.KLRatePenalty(1, 0.1), np.full((4, 3), always)) < 100


def test_contraction_is_the_squared_norm_of_the_jacobian():
    layer = layers.ContractiveDense(4, weight=1)
    layer.build(H.shape)
    layer.kernel.assign(RNG.normal(size=(5, 4)))
    layer.bias.assign(RNG.normal(size=4))
    kernel, bias = array(layer.kernel), array(layer.bias)
    np.testing.assert_allclose(
        output(layer, H), 1 / (1 + np.exp(-H @ kernel - bias)), rtol=1e-5
    )
    squares = 0
    plain = keras.activations.sigmoid
    for unit in range(4):
        rows_ = gradient(
            lambda x, j=unit: keras.ops.sum(plain(x @ kernel + bias)[:, j]), H
        )
        squares += (rows_**2).sum(axis=1)
    assert price(layer, H) == pytest.approx(squares.mean(), rel=1e-5)


def test_contraction_needs_to_know_the_features_and_not_the_batch():
    layer = layers.ContractiveDense(4, 1)
    assert layer(keras.Input((5,))).shape == (None, 4)
    with pytest.raises(ValueError, match=r"got shape \(8, None\)"):
        layers.ContractiveDense(4, 1)(keras.Input(batch_shape=(8, None)))


def test_twice_the_latent_numbers_cost_twice():
    once = price(layers.GaussianSampling(), [MEAN, LOG_VARIANCE])
    expected = array(losses.gaussian_kl(MEAN, LOG_VARIANCE)).mean()
    assert once == pytest.approx(expected, rel=1e-5)
    twice = [np.tile(a, 2).reshape(8, 2, 3) for a in (MEAN, LOG_VARIANCE)]
    assert price(layers.GaussianSampling(), twice) == pytest.approx(2 * once, rel=1e-5)


@every_penalty
def test_the_price_scales_with_the_weight_and_not_with_the_batch(name):
    make, x = PENALTIES[name]
    layer = make(weight=2.5)
    found = price(layer, x)
    assert layer.reported_as == name
    assert float(layer.latest) > 0.01
    assert found == pytest.approx(2.5 * float(layer.latest), rel=1e-5)
    assert price(layer, rows(x, [*range(8)] * 2)) == pytest.approx(found, rel=1e-5)


# --- GaussianSampling -------------------------------------------------------------


def test_draws_have_mean_and_deviation_and_are_independent():
    mean, deviation = np.array([-2, 0, 5, 0]), np.array([0.1, 1, 3, 20])
    inputs = [np.tile(np.float32(a), (4000, 1)) for a in (mean, 2 * np.log(deviation))]
    z = array(layers.GaussianSampling()(inputs))
    assert (np.abs(z.mean(axis=0) - mean) < 5 * deviation / 4000**0.5).all()
    np.testing.assert_allclose(z.std(axis=0), deviation, rtol=0.06)
    normal = (z - mean) / deviation
    assert within_chance((np.abs(normal) < 1).mean(), 0.6827, normal.size)
    np.testing.assert_allclose(
        np.corrcoef(normal, rowvar=False), np.eye(4), atol=5 / 4000**0.5
    )
    assert abs(np.corrcoef(z[:-1, 1], z[1:, 1])[0, 1]) < 5 / 4000**0.5


def test_error_flows_through_the_draw():
    layer = layers.GaussianSampling(seed=1)
    layer.build([MEAN.shape] * 2)
    drawn = array(layers.GaussianSampling(seed=1)([MEAN, LOG_VARIANCE]))
    by_log_variance = gradient(lambda v: keras.ops.sum(layer([MEAN, v])), LOG_VARIANCE)
    np.testing.assert_allclose(by_log_variance, (drawn - MEAN) / 2, atol=1e-5)


# --- what is refused --------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: layers.MaskingNoise("0.5"), TypeError, "rate takes a number"),
        (lambda: layers.SaltAndPepper(1.5), ValueError, "rate takes a number from 0"),
        (lambda: layers.MaskingNoise(0.5, seed=-1), ValueError, "seed takes a number"),
        (lambda: layers.BlockOcclusion(3.0), TypeError, "size takes a whole number"),
        (lambda: layers.KeepLargest(0), ValueError, "k takes a number of 1 or more"),
        (lambda: layers.L1Penalty(-1), ValueError, "weight takes a number of 0 or"),
        (lambda: layers.KLRatePenalty(1, 1.0), ValueError, "rate takes a number betw"),
        (lambda: layers.ContractiveDense(4, None), TypeError, "weight takes a number"),
        (
            lambda: layers.ContractiveDense(4, 1, activation="relu"),
            TypeError,
            ".*activ",
        ),
        (lambda: layers.GaussianSampling(np.inf), ValueError, "beta takes a finite"),
        (lambda: layers.VectorQuantizer(0), ValueError, "codebook_size takes a number"),
        (lambda: layers.BlockOcclusion(4)(H[:, :4]), ValueError, "size takes a number"),
        (lambda: layers.BlockOcclusion(1)(H), ValueError, "BlockOcclusion takes image"),
        (lambda: layers.KeepLargest(6)(H), ValueError, "k takes a number from 1 to 5"),
        (lambda: layers.L1Penalty(1)(H[0]), ValueError, "L1Penalty takes codes of sh"),
        (
            lambda: layers.ContractiveDense(4, 1)(H[None]),
            ValueError,
            "ContractiveDense takes arrays",
        ),
        (
            lambda: layers.GaussianSampling()(H),
            ValueError,
            "GaussianSampling takes a l",
        ),
        (
            lambda: layers.GaussianSampling()([H, MEAN]),
            ValueError,
            "GaussianSampling takes a list of two",
        ),
    ],
)
def test_refusals(make, kind, message):
    with pytest.raises(kind, match=f"^{message}"):
        make()
