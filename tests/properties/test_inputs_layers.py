"""Any input of the layers: a finite result, or an error that names what is wrong."""

import inspect

import attempts
import keras
import numpy as np
import pytest
from attempts import NOT_NUMBER, NOT_WHOLE, accept, refuse, refuse_one
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aelib import layers

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SEEDS = st.none() | st.integers(0, 2**32 - 1) | st.integers(0, 99).map(np.uint32)
SHARES = st.floats(0, 1) | st.sampled_from([0, 1, np.float32(0.3)])
WEIGHTS = st.floats(0, 1e4) | st.integers(0, 9).map(np.int64)
BETWEEN = st.floats(1e-4, 1 - 1e-4)
SIDES = st.sampled_from([1, 2, 3])

# The arguments of each layer that takes images of `side` times `side` numbers.
RIGHT = {
    layers.MaskingNoise: lambda side: {"rate": SHARES, "seed": SEEDS},
    layers.SaltAndPepper: lambda side: {"rate": SHARES, "seed": SEEDS},
    layers.BlockOcclusion: lambda side: {"size": st.integers(1, side), "seed": SEEDS},
    layers.KeepLargest: lambda side: {"k": st.integers(1, side**2)},
    layers.L1Penalty: lambda side: {"weight": WEIGHTS},
    layers.KLRatePenalty: lambda side: {"weight": WEIGHTS, "rate": BETWEEN},
    layers.ContractiveDense: lambda side: {
        "units": st.integers(1, 5),
        "weight": WEIGHTS,
    },
    layers.GaussianSampling: lambda side: {"beta": WEIGHTS, "seed": SEEDS},
}
NOT_COUNT = NOT_WHOLE | st.integers(max_value=0)
NEGATIVE = st.floats(max_value=0, exclude_max=True) | st.integers(max_value=-1)
NOT_WEIGHT = NOT_NUMBER | NEGATIVE | st.just(10**400)
NOT_SHARE = NOT_WEIGHT | st.floats(1, 1e300, exclude_min=True)
WRONG = {
    "seed": NOT_WHOLE.filter(lambda value: value is not None)
    | st.integers(max_value=-1)
    | st.integers(2**32, 2**70),
    "rate": NOT_SHARE,
    "size": NOT_COUNT,
    "k": NOT_COUNT,
    "units": NOT_COUNT,
    "weight": NOT_WEIGHT,
    "beta": NOT_WEIGHT,
}
every_layer = pytest.mark.parametrize("layer", RIGHT, ids=lambda kind: kind.__name__)
FLAT = [
    kind for kind in RIGHT if kind not in (layers.MaskingNoise, layers.SaltAndPepper)
]


def test_every_layer_is_tried():
    found = {
        value
        for name, value in vars(layers).items()
        if inspect.isclass(value) and not name.startswith("_")
    }
    assert found == set(RIGHT)


def rows(features, low=0.0, high=1.0):
    """Return a strategy of arrays (n, features)."""
    floats = st.floats(low, high, width=32, allow_subnormal=False)
    shapes = st.tuples(st.integers(1, 5), st.just(features))
    return npst.arrays("float32", shapes, elements=floats)


def build(data, kind):
    """Return a layer, what it was made of, and an input that fits it, all drawn."""
    side = data.draw(SIDES, label="side")
    arguments = data.draw(st.fixed_dictionaries(RIGHT[kind](side)), label="arguments")
    x = data.draw(rows(side**2), label="x")
    if kind is layers.GaussianSampling:
        x = [4 * x - 2, 1 - 3 * x]
    return accept(kind, **arguments), arguments, x


def run(layer, x, training=False):
    """Return a layer's output as an array, and its one loss where it has one."""
    result = keras.ops.convert_to_numpy(accept(layer.__call__, x, training=training))
    losses = accept(lambda: [float(loss) for loss in layer.losses])
    return result, *losses


@every_layer
@given(data=st.data())
@attempts.few()
def test_saved_layer_goes_on_as_if_it_had_not_been_saved(layer, data, tmp_path_factory):
    made, arguments, x = build(data, layer)
    several = x if isinstance(x, list) else [x]
    inputs = [keras.Input(part.shape[1:]) for part in several]
    model = keras.Model(inputs, made(inputs if isinstance(x, list) else inputs[0]))
    model(several, training=True)
    path = tmp_path_factory.mktemp("layer") / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path, safe_mode=True)
    for training in (True, False, True):
        one, other = (m(several, training=training) for m in (model, loaded))
        np.testing.assert_array_equal(one, other)
    copy = layer.from_config(made.get_config())
    assert copy.get_config() == made.get_config() == loaded.layers[-1].get_config()
    kept = made.get_config()
    assert {name: kept[name] for name in arguments} == arguments


@every_layer
@given(data=st.data())
def test_wrong_argument(layer, data):
    _, right, _ = build(data, layer)
    wrong = {name: WRONG[name] for name in right}
    if layer is layers.KLRatePenalty:
        wrong["rate"] |= st.sampled_from([0, 1, 0.0, 1.0])
    refuse_one(data, layer, right, wrong)


@pytest.mark.parametrize("layer", FLAT, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_wrong_shape(layer, data):
    made, _, x = build(data, layer)
    if isinstance(x, list):
        x, other = x
        unequal = np.concatenate([other, other], axis=1)
        wrong = [x, [x], [x, other, x], [x, unequal], [x[0], x[0]], [x[None]] * 2]
        symbols = [keras.Input((3,)), [keras.Input((3,))] * 3]
    else:
        wrong = [x[0], x[None], x[0, 0], [x, x]]
        symbols = [keras.Input((3, 3)), keras.Input((None,)), [keras.Input((3,))] * 2]
        if layer is layers.BlockOcclusion:
            wrong.append(np.ones((2, 5), dtype="float32"))
    value = data.draw(st.sampled_from([*wrong, *symbols]))
    refuse(made.__call__, layer.__name__, value)


@given(st.data(), SIDES, st.integers(1, 3))
def test_too_small_an_input(data, side, excess):
    for kind, argument, most in [
        (layers.KeepLargest, "k", side**2),
        (layers.BlockOcclusion, "size", side),
    ]:
        made = accept(kind, most + excess)
        refuse(made.__call__, argument, data.draw(rows(side**2)))


# --- what each one does -----------------------------------------------------------


@pytest.mark.parametrize("layer", list(RIGHT)[:3], ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_corruption_sets_numbers_to_the_allowed_ones_in_training(layer, data):
    made, arguments, x = build(data, layer)
    x = x / 2 + 0.25  # no pixel is black or white
    np.testing.assert_array_equal(*run(made, x), x)
    noisy, *_ = run(made, x, training=True)
    changed = noisy != x
    allowed = {0, 1} if layer is layers.SaltAndPepper else {0}
    assert set(noisy[changed]) <= allowed
    if arguments.get("rate") in (0, 1):
        assert np.all(changed == bool(arguments["rate"]))
    if layer is layers.BlockOcclusion:
        side = round(x.shape[1] ** 0.5)
        for block in changed.reshape(-1, side, side):
            assert block.sum() == made.size**2
            assert block.any(axis=0).sum() == block.any(axis=1).sum() == made.size


@given(st.data())
def test_same_seed_same_corruption(data):
    kind = data.draw(st.sampled_from(list(RIGHT)[:3]))
    _, arguments, x = build(data, kind)
    seed = data.draw(st.integers(0, 2**32 - 1))
    twins = [accept(kind, **arguments | {"seed": seed}) for _ in range(2)]
    np.testing.assert_array_equal(*(run(one, x, training=True)[0] for one in twins))


@given(st.data())
def test_keep_largest(data):
    made, _, h = build(data, layers.KeepLargest)
    for training in (False, True):
        kept, *_ = run(made, h, training)
        assert np.all((kept == 0) | (kept == h))
        largest = np.sort(h, axis=1)[:, -made.k :]
        np.testing.assert_array_equal(np.sort(kept, axis=1)[:, -made.k :], largest)
        assert np.all((kept != 0).sum(axis=1) <= made.k)


@given(st.data(), st.floats(-5, 5, width=32))
def test_l1_penalty(data, factor):
    made, _, h = build(data, layers.L1Penalty)
    h = h * np.float32(factor)
    kept, loss = run(made, h)
    np.testing.assert_array_equal(kept, h)
    expected = made.weight * np.abs(h).sum(axis=1).mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-4, atol=1e-6)


@given(st.data())
def test_kl_rate_penalty(data):
    made, _, h = build(data, layers.KLRatePenalty)
    kept, loss = run(made, h)
    np.testing.assert_array_equal(kept, h)
    mean = np.clip(h.astype("float64").mean(axis=0), 1e-7, 1 - 1e-7)
    rho = made.rate
    off = (1 - rho) * np.log((1 - rho) / (1 - mean))
    expected = made.weight * np.sum(rho * np.log(rho / mean) + off)
    # 1 - 1e-7 has no more than one digit in 32 bits.
    slack = made.weight * len(mean) * 0.3 + 1e-30
    assert abs(loss - expected) <= (slack if np.any(mean > 0.999) else 1e-3 * slack)
    assert loss >= -1e-4 * slack


@given(st.data())
def test_contractive_dense(data):
    made, _, x = build(data, layers.ContractiveDense)
    h, loss = run(made, x)
    kernel, bias = (keras.ops.convert_to_numpy(v) for v in made.weights[:2])
    np.testing.assert_allclose(h, 1 / (1 + np.exp(-x @ kernel - bias)), atol=1e-5)
    jacobians = (h * (1 - h))[:, None, :] * kernel  # (n, features, units)
    expected = made.weight * np.mean((jacobians**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(loss, expected, rtol=1e-3, atol=1e-6)
    refuse(layers.ContractiveDense, "activation", 2, 0.1, activation="relu")


@given(st.data(), st.integers(0, 2**32 - 1))
def test_gaussian_sampling(data, seed):
    made, _, (mean, log_variance) = build(data, layers.GaussianSampling)
    one, other = (accept(layers.GaussianSampling, made.beta, seed) for _ in range(2))
    z, loss = run(one, [mean, log_variance])
    noise, free = run(other, [np.zeros_like(mean)] * 2)
    np.testing.assert_allclose(z, mean + np.exp(log_variance / 2) * noise, atol=1e-4)
    assert free == 0
    terms = mean**2 + np.exp(log_variance) - 1 - log_variance
    expected = made.beta * terms.sum(axis=1).mean() / 2
    np.testing.assert_allclose(loss, expected, rtol=1e-3, atol=1e-3 * made.beta)
