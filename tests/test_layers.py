"""The layers: what they change, what they cost, what they refuse, and saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aelib import layers

RNG = np.random.default_rng(0)
SIDE = 10
# Neither 0 nor 1 is in it, so what a corruption wrote is told from what it left.
X = RNG.uniform(0.1, 0.9, (2000, SIDE * SIDE)).astype("float32")
H = RNG.normal(size=(8, 5)).astype("float32")
ON = RNG.uniform(0.02, 0.9, (8, 5)).astype("float32")  # activations of a sigmoid
MEAN = RNG.normal(size=(8, 3)).astype("float32")
LOG_VARIANCE = RNG.uniform(-3, 1, (8, 3)).astype("float32")

CORRUPTIONS = {
    "masking": lambda **options: layers.MaskingNoise(0.3, **options),
    "salt and pepper": lambda **options: layers.SaltAndPepper(0.4, **options),
    "block": lambda **options: layers.BlockOcclusion(4, **options),
}
# Each with an input that fits; the last four add a penalty to the loss.
LAYERS = {
    **{name: (make, X[:8]) for name, make in CORRUPTIONS.items()},
    "largest": (lambda **options: layers.KeepLargest(2, **options), H),
    "l1": (lambda weight=0.3, **o: layers.L1Penalty(weight, **o), H),
    "kl rate": (lambda weight=0.3, **o: layers.KLRatePenalty(weight, 0.1, **o), ON),
    "contraction": (lambda weight=0.3, **o: layers.ContractiveDense(4, weight, **o), H),
    "sampling": (
        lambda weight=0.3, **o: layers.GaussianSampling(weight, **o),
        [MEAN, LOG_VARIANCE],
    ),
}
PENALTIES = ["l1", "kl rate", "contraction", "sampling"]
RANDOM = [*CORRUPTIONS, "sampling"]

every_corruption = pytest.mark.parametrize(
    "make", CORRUPTIONS.values(), ids=CORRUPTIONS
)
every_layer = pytest.mark.parametrize("name", LAYERS)
every_penalty = pytest.mark.parametrize("name", PENALTIES)
every_random_layer = pytest.mark.parametrize("name", RANDOM)


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def rows(x, chosen):
    """Return some rows of an input, which may be a list of arrays."""
    return [a[chosen] for a in x] if isinstance(x, list) else x[chosen]


def output(layer, x, training=True):
    """Return what a layer makes of `x`, as an array."""
    if isinstance(
        layer, layers.KeepLargest | layers._Penalty | layers.ContractiveDense
    ):
        return np.asarray(layer(x))
    return np.asarray(layer(x, training=training))


def price(layer, x):
    """Return what a layer adds to the loss for `x`."""
    output(layer, x)
    (loss,) = layer.losses
    assert loss.shape == ()
    return float(loss)


def within_chance(share, expected, draws):
    """Return whether a share of `draws` is within five standard deviations."""
    return abs(share - expected) < 5 * (expected * (1 - expected) / draws) ** 0.5


# --- corruptions: what they change ------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_masking_sets_that_share_to_zero_and_leaves_the_rest(rate):
    noisy = output(layers.MaskingNoise(rate), X)
    masked = noisy == 0
    assert within_chance(masked.mean(), rate, X.size)
    np.testing.assert_array_equal(noisy[~masked], X[~masked])  # to the last bit
    for axis in (0, 1):  # neither whole images nor whole pixels
        shares = masked.mean(axis=axis)
        by_chance = (rate * (1 - rate) / masked.shape[axis]) ** 0.5
        assert 0.7 * by_chance < shares.std() < 1.3 * by_chance


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
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


@pytest.mark.parametrize("size", [1, 4, 9, 10])
def test_block_is_a_whole_square_at_any_place(size):
    noisy = output(layers.BlockOcclusion(size), X)
    covered = (noisy == 0).reshape(-1, SIDE, SIDE)
    np.testing.assert_array_equal(noisy[noisy != 0], X[noisy != 0])
    assert (covered.sum(axis=(1, 2)) == size**2).all()
    first_row = covered.any(axis=2).argmax(axis=1)
    first_column = covered.any(axis=1).argmax(axis=1)
    for image, row, column in zip(covered, first_row, first_column, strict=True):
        assert image[row : row + size, column : column + size].all()
    # Every place is as likely as any other, the four corners included.
    free = SIDE - size + 1
    counts = np.bincount(first_row * free + first_column, minlength=free**2)
    assert counts.shape == (free**2,)
    assert counts.min() > 0
    expected = len(X) / free**2
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert chi_squared <= free**2 - 1 + 5 * (2 * (free**2 - 1)) ** 0.5


def test_noise_at_its_limits():
    x = X[:50]
    for make in (layers.MaskingNoise, layers.SaltAndPepper):
        np.testing.assert_array_equal(output(make(0), x), x)
    np.testing.assert_array_equal(output(layers.MaskingNoise(1), x), np.zeros_like(x))
    noisy = output(layers.SaltAndPepper(1), x)
    assert set(np.unique(noisy)) == {0, 1}
    assert within_chance(noisy.mean(), 0.5, x.size)


def test_noise_takes_any_shape():
    x = X[:4].reshape(4, SIDE, SIDE, 1)
    for make in (layers.MaskingNoise, layers.SaltAndPepper):
        assert output(make(0.5), x).shape == x.shape


@every_corruption
def test_without_training_nothing_changes(make):
    layer = make()
    np.testing.assert_array_equal(layer(X), X)
    np.testing.assert_array_equal(output(layer, X, training=False), X)
    assert (output(layer, X) != X).any()
    np.testing.assert_array_equal(output(layer, X, training=False), X)


@every_corruption
@pytest.mark.parametrize("dtype", ["float16", "mixed_float16", "bfloat16", "float64"])
def test_corruption_in_another_precision(make, dtype):
    layer = make(dtype=dtype)
    noisy = layer(X, training=True)
    assert noisy.dtype == layer.compute_dtype
    x, noisy = np.asarray(tf.cast(X, noisy.dtype)), np.asarray(noisy)
    changed = noisy != x
    assert 0.1 < changed.mean() < 0.6
    assert np.isin(noisy[changed].astype(float), (0, 1)).all()


@every_layer
def test_what_comes_out_is_float32_and_of_the_shape_announced(name):
    make, x = LAYERS[name]
    found = output(layer := make(), x)
    shape = [a.shape for a in x] if isinstance(x, list) else x.shape
    assert found.dtype == np.float32
    assert found.shape == tuple(layer.compute_output_shape(shape))


# --- randomness -------------------------------------------------------------------


@every_random_layer
@pytest.mark.parametrize("compiled", [False, True])
def test_every_call_draws_anew(name, compiled):
    make, x = LAYERS[name]
    x = rows(x, [0] * 8)  # one image eight times
    layer = make()
    call = tf.function(layer) if compiled else layer
    drawn = [np.asarray(call(x, training=True)) for _ in range(4)]
    different = np.unique(np.concatenate(drawn), axis=0)
    # Two of 32 blocks may well stand at the same place.
    assert len(different) == 32 or (name == "block" and len(different) > 20)


@every_random_layer
def test_the_seed_of_keras_sets_the_noise(name):
    make, x = LAYERS[name]
    drawn = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        layer = make()
        drawn.append([output(layer, x), output(layer, x)])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0][0] != drawn[2][0]).any()
    assert (drawn[0][1] != drawn[2][1]).any()


@every_random_layer
def test_a_seed_of_its_own(name):
    make, x = LAYERS[name]
    drawn = []
    for seed in (3, 3, np.int64(4), 2**32 - 1):
        layer = make(seed=seed)
        drawn.append([output(layer, x), output(layer, x)])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0][0] != drawn[0][1]).any()
    assert (drawn[0][0] != drawn[2][0]).any()


# --- configuration and saving -----------------------------------------------------


@every_layer
def test_config_round_trip(name):
    layer = LAYERS[name][0](name="chosen")
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.name == "chosen"
    written = keras.saving.serialize_keras_object(layer)
    assert written["registered_name"] == f"aelib>{type(layer).__name__}"
    again = keras.saving.deserialize_keras_object(written, safe_mode=True)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.MaskingNoise(0.3, seed=5), {"rate": 0.3, "seed": 5}),
        (layers.SaltAndPepper(np.float32(0.5)), {"rate": 0.5, "seed": None}),
        (layers.BlockOcclusion(np.int8(4), seed=6), {"size": 4, "seed": 6}),
        (layers.KeepLargest(np.int64(2)), {"k": 2}),
        (layers.L1Penalty(2), {"weight": 2.0}),
        (layers.KLRatePenalty(0.5, rate=0.2), {"weight": 0.5, "rate": 0.2}),
        (layers.KLRatePenalty(0.5), {"weight": 0.5, "rate": 0.05}),
        (layers.ContractiveDense(3, 0.5), {"units": 3, "weight": 0.5}),
        (layers.GaussianSampling(4, seed=7), {"beta": 4.0, "seed": 7}),
        (layers.GaussianSampling(), {"beta": 1.0, "seed": None}),
    ],
)
def test_config_holds_the_settings(layer, expected):
    config = layer.get_config()
    assert {name: config[name] for name in expected} == expected
    again = type(layer).from_config(config)
    assert {name: getattr(again, name) for name in expected} == expected


@every_random_layer
@pytest.mark.parametrize("seed", [None, 3])
@pytest.mark.filterwarnings("error")
def test_saved_layer_goes_on_drawing_where_it_was(name, seed, tmp_path):
    make, x = LAYERS[name]
    arrays = x if isinstance(x, list) else [x]
    inputs = [keras.Input(a.shape[1:]) for a in arrays]
    one_or_all = inputs if isinstance(x, list) else inputs[0]
    model = keras.Model(one_or_all, make(seed=seed)(one_or_all))
    before = output(model, x)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    for _ in range(2):
        after = output(model, x)
        np.testing.assert_array_equal(output(loaded, x), after)
        assert (after != before).any()


# --- KeepLargest ------------------------------------------------------------------


def keep_largest(h, k):
    kept = np.zeros_like(h)
    for row, code in zip(kept, h, strict=True):
        largest = np.argsort(-code, kind="stable")[:k]
        row[largest] = code[largest]
    return kept


@pytest.mark.parametrize("k", [1, 2, 7, 19, 20])
def test_largest_against_numpy(k):
    h = RNG.normal(size=(50, 20)).astype("float32")
    for code in (h, -np.abs(h), h * 1e6):
        found = output(layers.KeepLargest(k), code)
        np.testing.assert_array_equal(found, keep_largest(code, k))
        assert ((found != 0).sum(axis=1) == k).all()
    if k == 20:
        np.testing.assert_array_equal(output(layers.KeepLargest(k), h), h)


def test_largest_of_equal_ones_are_as_many():
    h = np.array([[1, 1, 1, 1, 1], [3, 2, 2, 2, 1], [-1, -1, -1, -2, -2]], "float32")
    found = output(layers.KeepLargest(2), h)
    assert ((found != 0).sum(axis=1) == 2).all()
    np.testing.assert_array_equal(found.sum(axis=1), [2, 5, -2])


def test_error_flows_back_to_the_largest_only():
    h, back = tf.Variable(H), RNG.normal(size=H.shape).astype("float32")
    layer = layers.KeepLargest(2)
    with tf.GradientTape() as tape:
        error = tf.reduce_sum(layer(h) * back)
    kept = keep_largest(H, 2) != 0
    np.testing.assert_array_equal(tape.gradient(error, h), back * kept)


# --- penalties: their size --------------------------------------------------------


def kl_rate(h, rate):
    mean = h.astype("float64").mean(axis=0)
    on = rate * np.log(rate / mean)
    return (on + (1 - rate) * np.log((1 - rate) / (1 - mean))).sum()


def gaussian_kl(mean, log_variance):
    mean, log_variance = mean.astype("float64"), log_variance.astype("float64")
    return ((mean**2 + np.exp(log_variance) - 1 - log_variance) / 2).sum(axis=1)


def test_l1_against_numpy():
    assert price(layers.L1Penalty(1), H) == pytest.approx(
        np.abs(H).sum(axis=1).mean(), rel=1e-5
    )
    assert price(layers.L1Penalty(1), np.array([[1, -2], [0, 5]])) == 4
    h = tf.Variable(H)
    with tf.GradientTape() as tape:
        (loss,) = (layer := layers.L1Penalty(2), layer(h))[0].losses
    np.testing.assert_allclose(tape.gradient(loss, h), np.sign(H) * 2 / 8, rtol=1e-6)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9])
def test_kl_rate_against_numpy(rate):
    layer = layers.KLRatePenalty(1, rate)
    assert price(layer, ON) == pytest.approx(kl_rate(ON, rate), rel=1e-4)
    two = np.array([[0.2, 0.2], [0.6, 0.2]])  # KL(rate ‖ 0.4) + KL(rate ‖ 0.2)
    expected = sum(
        rate * np.log(rate / m) + (1 - rate) * np.log((1 - rate) / (1 - m))
        for m in (0.4, 0.2)
    )
    assert price(layer, two) == pytest.approx(expected, rel=1e-4)


def test_kl_rate_is_zero_at_the_rate_and_finite_at_the_limits():
    at_rate = np.array([[0.0, 0.2, 0.1], [0.2, 0.0, 0.1]])
    assert price(layers.KLRatePenalty(1, 0.1), at_rate) == pytest.approx(0, abs=1e-6)
    for always in (0, 1):
        found = price(layers.KLRatePenalty(1, 0.1), np.full((4, 3), always))
        assert 1 < found < 100


def test_contraction_is_the_squared_norm_of_the_jacobian():
    layer = layers.ContractiveDense(4, weight=1)
    layer.build(H.shape)
    layer.set_weights([RNG.normal(size=w.shape) for w in layer.get_weights()])
    x = tf.constant(H)
    with tf.GradientTape() as tape:
        tape.watch(x)
        h = layer(x)
    jacobian = tape.batch_jacobian(h, x).numpy()
    assert jacobian.shape == (8, 4, 5)
    expected = (jacobian**2).sum(axis=(1, 2)).mean()
    assert price(layer, x) == pytest.approx(expected, rel=1e-5)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(h, 1 / (1 + np.exp(-H @ kernel - bias)), rtol=1e-5)


@pytest.mark.parametrize("latent_size", [1, 8])
def test_kl_of_the_sampling_is_summed_over_the_latent_axis(latent_size):
    mean, log_variance = (np.repeat(a[:, :1], latent_size, 1) for a in (MEAN, H))
    expected = gaussian_kl(MEAN[:, :1], H[:, :1]).mean() * latent_size
    found = price(layers.GaussianSampling(), [mean, log_variance])
    assert found == pytest.approx(expected, rel=1e-5)


@every_penalty
def test_twice_the_batch_costs_the_same(name):
    make, x = LAYERS[name]
    layer = make()
    once = price(layer, x)
    assert once > 0.01
    assert price(layer, rows(x, [*range(8)] * 2)) == pytest.approx(once, rel=1e-5)


@pytest.mark.parametrize("name", ["l1", "contraction", "sampling"])
def test_two_half_batches_cost_the_mean(name):
    make, x = LAYERS[name]
    layer = make()
    halves = [price(layer, rows(x, half)) for half in (slice(4), slice(4, None))]
    assert price(layer, x) == pytest.approx(np.mean(halves), rel=1e-5)
    assert abs(halves[0] - halves[1]) > 1e-3


def test_two_half_batches_cost_more_of_the_kl_rate():
    layer = layers.KLRatePenalty(1, 0.1)
    halves = [price(layer, half) for half in (ON[:4], ON[4:])]
    expected = [kl_rate(ON[:4], 0.1), kl_rate(ON[4:], 0.1)]
    np.testing.assert_allclose(halves, expected, rtol=1e-4)
    assert np.mean(halves) > 1.02 * price(layer, ON)


@every_penalty
def test_weight_scales_what_is_added_and_not_what_is_reported(name):
    make, x = LAYERS[name]
    prices, reported, outputs = [], [], []
    for weight in (0, 1, 2.5):
        keras.utils.set_random_seed(0)  # the same weights, and the same draw
        layer = make(weight=weight)
        prices.append(price(layer, x))
        reported.append(float(layer.tracker.result()))
        outputs.append(output(layer, x))
    assert prices[0] == 0
    assert prices[1] > 0.01
    assert prices[2] == pytest.approx(2.5 * prices[1], rel=1e-6)
    np.testing.assert_allclose(reported, prices[1], rtol=1e-6)
    np.testing.assert_array_equal(outputs[0], outputs[2])


@every_penalty
def test_reported_is_the_mean_over_the_images_of_all_batches(name):
    make, x = LAYERS[name]
    layer = make(weight=1)
    prices = [price(layer, rows(x, part)) for part in (slice(6), slice(6, None))]
    expected = np.average(prices, weights=[6, 2])
    assert float(layer.tracker.result()) == pytest.approx(expected, rel=1e-5)
    names = {"kl rate": "kl_rate", "sampling": "kl"}
    assert layer.tracker.name == names.get(name, name)


@pytest.mark.parametrize("name", ["l1", "kl rate"])
def test_penalty_hands_the_code_on(name):
    make, x = LAYERS[name]
    np.testing.assert_array_equal(output(make(), x), x)


@every_penalty
@pytest.mark.parametrize("dtype", ["mixed_float16", "float64"])
def test_penalty_in_another_precision(name, dtype):
    make, x = LAYERS[name]
    prices, weights = [], None
    for precision in ("float32", dtype):
        layer = make(weight=1, dtype=precision)
        output(layer, x)  # builds it
        weights = weights or layer.get_weights()
        layer.set_weights(weights)
        prices.append(price(layer, x))
    assert prices[1] == pytest.approx(prices[0], rel=0.01)


# --- GaussianSampling -------------------------------------------------------------


def draw(mean, log_variance, draws=4000, training=True, **options):
    """Return many draws for one image, shape (draws, latent_size)."""
    inputs = [np.tile(np.float32(a), (draws, 1)) for a in (mean, log_variance)]
    return output(layers.GaussianSampling(**options), inputs, training)


@pytest.mark.parametrize("training", [True, False])
def test_draws_have_mean_and_deviation(training):
    mean, deviation = np.array([-2, 0, 5, 0]), np.array([0.1, 1, 3, 20])
    z = draw(mean, 2 * np.log(deviation), training=training)
    assert (np.abs(z.mean(axis=0) - mean) < 5 * deviation / 4000**0.5).all()
    np.testing.assert_allclose(z.std(axis=0), deviation, rtol=0.06)
    normal = (z - mean) / deviation
    assert within_chance((np.abs(normal) < 1).mean(), 0.6827, normal.size)
    assert within_chance((normal > 1.96).mean(), 0.025, normal.size)


def test_draws_differ_between_images_and_latent_axes():
    z = draw([0, 0, 0], [0, 0, 0])
    assert len(np.unique(z)) > 0.99 * z.size
    correlation = np.corrcoef(z, rowvar=False)
    np.testing.assert_allclose(correlation, np.eye(3), atol=5 / 4000**0.5)
    along = np.corrcoef(z[:-1, 0], z[1:, 0])[0, 1]  # one image and the next
    assert abs(along) < 5 / 4000**0.5


def test_kl_of_the_draws_is_the_kl_that_is_paid():
    # Both from one layer: log q(z) - log p(z) over its draws, and its closed form.
    mean, log_variance = np.array([1, -0.5, 0]), np.array([-2, 0.5, -1])
    z = draw(mean, log_variance, draws=20_000).astype("float64")
    log_q = -((z - mean) ** 2 / np.exp(log_variance) + log_variance) / 2
    log_ratio = (log_q + z**2 / 2).sum(axis=1)
    single = [np.float32([mean]), np.float32([log_variance])]
    paid = price(layers.GaussianSampling(), single)
    assert abs(paid - log_ratio.mean()) < 5 * log_ratio.std() / 20_000**0.5


@pytest.mark.parametrize("beta", [0, 1, 4])
def test_beta_weighs_the_kl(beta):
    layer = layers.GaussianSampling(beta)
    expected = gaussian_kl(MEAN, LOG_VARIANCE).mean()
    found = price(layer, [MEAN, LOG_VARIANCE])
    assert found == pytest.approx(beta * expected, rel=1e-5)
    assert float(layer.tracker.result()) == pytest.approx(expected, rel=1e-5)


def test_error_flows_through_the_draw():
    mean, log_variance = tf.Variable(MEAN), tf.Variable(LOG_VARIANCE)
    with tf.GradientTape() as tape:
        z = layers.GaussianSampling()([mean, log_variance])
    by_mean, by_log_variance = tape.gradient(z, [mean, log_variance])
    np.testing.assert_array_equal(by_mean, np.ones_like(MEAN))
    np.testing.assert_allclose(by_log_variance, (z - MEAN) / 2, atol=1e-5)


def test_error_flows_from_the_kl():
    mean, log_variance = tf.Variable(MEAN), tf.Variable(LOG_VARIANCE)
    layer = layers.GaussianSampling(beta=3)
    with tf.GradientTape() as tape:
        layer([mean, log_variance])
        (loss,) = layer.losses
    by_mean, by_log_variance = tape.gradient(loss, [mean, log_variance])
    np.testing.assert_allclose(by_mean, 3 * MEAN / 8, rtol=1e-5)
    expected = 3 * (np.exp(LOG_VARIANCE) - 1) / 16
    np.testing.assert_allclose(by_log_variance, expected, atol=1e-6)


# --- what is refused --------------------------------------------------------------

NO_NUMBER = [("0.5", "takes a number"), (None, "takes a number"), (True, "takes a nu")]
NO_WHOLE_NUMBER = [(v, "takes a whole number") for v in ("3", None, True, 3.0)]
NOT_FINITE = [(v, "takes a finite number") for v in (np.nan, np.inf)]
BELOW_0 = [(-0.1, "takes a number of 0 or more")]
OUTSIDE_0_TO_1 = [(v, "takes a number from 0 to 1") for v in (-0.1, 1.5)]
BELOW_1 = [(v, "takes a number of 1 or more") for v in (0, -3)]
BAD_SEEDS = [(v, "takes a number from 0 to 4294967295") for v in (-1, 2**32)]


def bad(make, argument, types, values):
    """Return cases of a bad argument: (maker, argument, value, kind, message)."""
    cases = [(make, argument, value, TypeError, text) for value, text in types]
    return cases + [(make, argument, value, ValueError, text) for value, text in values]


BAD_ARGUMENTS = [
    *bad(layers.MaskingNoise, "rate", NO_NUMBER, NOT_FINITE + OUTSIDE_0_TO_1),
    *bad(layers.SaltAndPepper, "rate", NO_NUMBER, NOT_FINITE + OUTSIDE_0_TO_1),
    *bad(layers.BlockOcclusion, "size", NO_WHOLE_NUMBER, BELOW_1),
    *bad(layers.KeepLargest, "k", NO_WHOLE_NUMBER, BELOW_1),
    *bad(layers.L1Penalty, "weight", NO_NUMBER, NOT_FINITE + BELOW_0),
    *bad(layers.KLRatePenalty, "weight", NO_NUMBER, NOT_FINITE + BELOW_0),
    *bad(layers.KLRatePenalty, "rate", NO_NUMBER, NOT_FINITE + OUTSIDE_0_TO_1),
    *bad(layers.KLRatePenalty, "rate", [], [(0, "takes a number between 0 and 1")]),
    *bad(layers.KLRatePenalty, "rate", [], [(1.0, "takes a number between 0 and 1")]),
    *bad(layers.ContractiveDense, "units", NO_WHOLE_NUMBER, BELOW_1),
    *bad(layers.ContractiveDense, "weight", NO_NUMBER, NOT_FINITE + BELOW_0),
    *bad(layers.GaussianSampling, "beta", NO_NUMBER, NOT_FINITE + BELOW_0),
]
for make in (
    layers.MaskingNoise,
    layers.SaltAndPepper,
    layers.BlockOcclusion,
    layers.GaussianSampling,
):
    BAD_ARGUMENTS += bad(make, "seed", NO_WHOLE_NUMBER[:1], BAD_SEEDS)
GOOD = {"rate": 0.5, "size": 3, "k": 2, "weight": 1, "units": 4}


@pytest.mark.parametrize(
    ("make", "argument", "value", "kind", "message"), BAD_ARGUMENTS
)
def test_bad_argument(make, argument, value, kind, message):
    wanted = make.__init__.__code__.co_varnames[1 : make.__init__.__code__.co_argcount]
    good = {name: GOOD[name] for name in wanted if name in GOOD}
    make(**good)
    with pytest.raises(kind) as error:
        make(**good | {argument: value})
    assert str(error.value).startswith(f"{argument} {message}")
    assert str(error.value).endswith(f"got {value!r}")


def test_contraction_has_no_other_activation():
    with pytest.raises(TypeError, match="activation"):
        layers.ContractiveDense(4, 0.1, activation="relu")


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            layers.BlockOcclusion(4),
            (2, 9),
            "size takes a number from 1 to 3, and got 4",
        ),
        (layers.BlockOcclusion(1), (2, 8), r"square images .* got shape \(2, 8\)"),
        (layers.BlockOcclusion(1), (2, 3, 3), r"square images .* shape \(2, 3, 3\)"),
        (layers.KeepLargest(4), (2, 3), "k takes a number from 1 to 3, and got 4"),
        (layers.KeepLargest(1), (2, 3, 3), r"KeepLargest takes arrays .* \(2, 3, 3\)"),
        (layers.L1Penalty(1), (2, 3, 3), r"L1Penalty takes arrays .* \(2, 3, 3\)"),
        (layers.L1Penalty(1), (2,), r"L1Penalty takes arrays .* \(2,\)"),
        (layers.KLRatePenalty(1), (2, 3, 3), r"KLRatePenalty takes arrays .* \(2, 3,"),
        (layers.ContractiveDense(4, 1), (2, 3, 3), r"ContractiveDense takes arrays"),
        (layers.GaussianSampling(), [(2, 3, 3)] * 2, r"GaussianSampling takes arrays"),
        (layers.GaussianSampling(), (2, 3), r"GaussianSampling takes a list of two"),
        (layers.GaussianSampling(), [(2, 3)] * 3, r"GaussianSampling takes a list of"),
        (layers.GaussianSampling(), [(2, 3), (2, 4)], r"of the same shape, and got"),
    ],
)
def test_input_that_does_not_fit(layer, shape, message):
    several = isinstance(shape, list)
    x = [np.ones(s) for s in shape] if several else np.ones(shape)
    with pytest.raises(ValueError, match=message):
        layer(x)
