"""Any input of `aelib.metrics`: finite numbers that are right, or an error."""

import functools

import attempts
import keras
import numpy as np
import pytest
from attempts import (
    NOT_NUMBER,
    NOT_WHOLE,
    accept,
    broken,
    holding,
    misshapen,
    refuse,
    refuse_one,
    resized,
    tables,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from aelib import metrics, models

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(1, 5)
FAR = st.sampled_from([2e15, -1e30, 1e200, -1e300])
NOT_COUNT = NOT_WHOLE | st.integers(-9, 0)
NOT_THRESHOLD = NOT_NUMBER | st.floats(-1e300, -1e-300) | st.just(10**400)
OUTSIDE = st.sampled_from([-1e-3, 1.001, 255, 2e15])


def wrong_array(array):
    return broken(array) | misshapen(array) | holding(array, FAR)


@st.composite
def pairs(draw, low=-8, high=8, width=SIZES):
    shape = draw(SIZES), draw(width)
    return {name: draw(tables(*shape, low, high)) for name in ("x", "x_hat")}


def wrong_pairs(right):
    return {name: wrong_array(a) | resized(a) for name, a in right.items()}


def exact(*values):
    return [np.asarray(value, "float64") for value in values]


# --- errors of pictures ----------------------------------------------------------


@given(pairs(), st.randoms())
def test_squared_error(right, random):
    x, x_hat = exact(*right.values())
    found = accept(metrics.squared_error_per_image, **right)
    np.testing.assert_allclose(found, ((x - x_hat) ** 2).sum() / len(x), rtol=1e-12)
    order = random.sample(range(len(x)), len(x))
    for swapped in ((x_hat, x), (x[order], x_hat[order])):
        again = accept(metrics.squared_error_per_image, *swapped)
        np.testing.assert_allclose(again, found, rtol=1e-12)


@given(pairs(), st.data())
def test_squared_error_refuses(right, data):
    refuse_one(data, metrics.squared_error_per_image, right, wrong_pairs(right))


@given(pairs(0, 1), st.sampled_from([1, 3, -1e12]))
def test_psnr(right, factor):
    x, x_hat = exact(*right.values())
    error = ((x - x_hat) ** 2).mean(axis=1)
    assume(error.all())
    found = accept(metrics.psnr, **right)
    np.testing.assert_allclose(found, -10 * np.log10(error).mean(), atol=1e-9)
    # A multiple of the difference costs its decibels.
    far = accept(metrics.psnr, x, x + factor * (x_hat - x))
    np.testing.assert_allclose(far, found - 20 * np.log10(abs(factor)), atol=0.01)


@given(pairs(0, 1), st.data())
def test_psnr_refuses(right, data):
    right["x_hat"] = np.asarray(right["x_hat"]) + 2.0
    wrong = wrong_pairs(right)
    wrong["x"] |= holding(right["x"], OUTSIDE)
    copied = np.where(np.arange(len(right["x"]))[:, None] < 1, *exact(*right.values()))
    wrong["x_hat"] |= st.just(copied)
    refuse_one(data, metrics.psnr, right, wrong)


@st.composite
def pictures(draw):
    rng = np.random.default_rng(draw(SEEDS))
    shape = draw(st.integers(1, 3)), draw(st.sampled_from([11, 12])) ** 2
    kind = draw(st.sampled_from(["float16", "float32", "float64"]))
    x = rng.random(shape).round(draw(st.integers(0, 3))).astype(kind)
    noise = draw(st.sampled_from([0, 1e-3, 0.1, 1])) * rng.random(shape)
    return {"x": x, "x_hat": np.clip(x + noise, 0, 1)}


@given(pictures(), st.sampled_from([1e3, -1e15]))
def test_ssim(right, far):
    x, x_hat = right.values()
    found = accept(metrics.ssim, **right)
    assert -1 <= found <= 1 + 1e-5
    assert accept(metrics.ssim, x, x) == pytest.approx(1, abs=1e-5)
    back = accept(metrics.ssim, x_hat[::-1], x[::-1])
    assert back == pytest.approx(found, abs=1e-4)
    assert abs(accept(metrics.ssim, x, x_hat * far)) < 1.01


@given(pictures(), st.data())
def test_ssim_refuses(right, data):
    wrong = wrong_pairs(right)
    wrong["x"] |= holding(right["x"], OUTSIDE)
    refuse_one(data, metrics.ssim, right, wrong)
    pixels = data.draw(st.sampled_from([1, 2, 100, 120, 122, 143]))  # no 11 × 11
    refuse(metrics.ssim, "x", *np.zeros((2, 3, pixels)))


# --- recommendation --------------------------------------------------------------


@st.composite
def ratings(draw):
    shape = draw(SIZES), draw(SIZES)
    known = draw(tables(*shape))
    known = np.round(known).astype(draw(st.sampled_from(["bool", "int8", "float32"])))
    known.flat[draw(st.integers(0, known.size - 1))] = 1
    return {
        "values": draw(tables(*shape, -300, 300)),
        "x_hat": draw(tables(*shape, -300, 300)),
        "known": draw(st.sampled_from([known, known.tolist()])),
    }


@given(ratings(), st.floats(-1e15, 1e15))
def test_masked_rmse(right, other):
    values, x_hat, known = exact(*right.values())
    found = accept(metrics.masked_rmse, **right)
    expected = np.sqrt((known * (values - x_hat) ** 2).sum() / known.sum())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    hidden = np.where(known == 1, values, other)
    again = accept(metrics.masked_rmse, hidden, x_hat, known)
    np.testing.assert_allclose(again, expected, rtol=1e-12)
    flat = accept(metrics.masked_rmse, values.ravel(), x_hat.ravel(), known.ravel())
    np.testing.assert_allclose(flat, expected, rtol=1e-12)


@given(ratings(), st.data())
def test_masked_rmse_refuses(right, data):
    wrong = {
        name: broken(a) | misshapen(a) | resized(a) | holding(a, FAR)
        for name, a in right.items()
    }
    nothing = np.zeros(np.shape(right["known"]), data.draw(st.sampled_from("?if")))
    wrong["known"] |= holding(right["known"], st.sampled_from([2, -1, 0.5]))
    wrong["known"] |= st.just(nothing)
    refuse_one(data, metrics.masked_rmse, right, wrong)


@st.composite
def rankings(draw):
    people, movies = draw(SIZES), draw(st.integers(2, 130))
    rng = np.random.default_rng(draw(SEEDS))
    hidden = rng.random((people, movies)) < draw(st.sampled_from([0, 0.2, 1]))
    hidden[range(people), rng.integers(movies, size=people)] = True
    shown = ~hidden & (rng.random(hidden.shape) < draw(st.sampled_from([0, 0.5, 1])))
    scores = rng.normal(size=hidden.shape) * draw(st.sampled_from([0, 1, 1e14]))
    scores = scores.round(draw(st.integers(0, 2)))  # some are equal
    small = st.integers(1, min(movies, 127)).map(np.int8)
    return {
        "scores": scores.astype(draw(st.sampled_from(["float32", "int64", "float64"]))),
        "hidden": hidden.astype(draw(st.sampled_from(["bool", "uint8", "float32"]))),
        "shown": shown.astype(draw(st.sampled_from(["bool", "int8", "float64"]))),
        "k": draw(st.integers(1, movies) | small),
    }


def listed(scores, hidden, shown, k):
    """Yield whether each movie of a person's list is a hit, and how many could be."""
    for of_movie, wanted, seen in zip(scores, hidden, shown, strict=True):
        order = sorted(np.flatnonzero(seen == 0), key=lambda i: -of_movie[i])
        hits = [float(wanted[i]) for i in order[:k]]
        yield hits, min(int(k), int(wanted.sum()))


@given(rankings())
def test_recall(right):
    found = accept(metrics.recall_at_k, **right)
    expected = [sum(hits) / most for hits, most in listed(**right)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.all((found >= 0) & (found <= 1))


@given(rankings())
def test_ndcg(right):
    found = accept(metrics.ndcg_at_k, **right)

    def gain(hits):
        return sum(hit / np.log2(j) for j, hit in enumerate(hits, start=2))

    expected = [gain(hits) / gain([1] * most) for hits, most in listed(**right)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.all((found >= 0) & (found <= 1 + 1e-12))


@pytest.mark.parametrize("metric", [metrics.recall_at_k, metrics.ndcg_at_k])
@given(rankings(), st.data())
def test_rankings_refuse(metric, right, data):
    hidden, shown = right["hidden"], right["shown"]
    wrong = {name: wrong_array(right[name]) for name in ("scores", "hidden", "shown")}
    wrong = {name: kind | resized(right[name]) for name, kind in wrong.items()}
    wrong["hidden"] |= holding(hidden, st.just(2)) | st.just(hidden * 0)
    wrong["shown"] |= holding(shown, st.just(0.5)) | st.just((shown + hidden) > 0)
    wrong["k"] = NOT_COUNT | st.integers(len(hidden[0]) + 1, 10**30)
    refuse_one(data, metric, right, wrong)


# --- codes -----------------------------------------------------------------------


@st.composite
def labelled(draw):
    """Draw codes with labels, two different ones or more, and new ones."""
    n, m, width = draw(st.integers(2, 8)), draw(SIZES), draw(st.integers(1, 3))
    label = st.integers(-3, 3) | st.sampled_from([10**12, -7.0])
    labels = draw(st.lists(label, min_size=n, max_size=n))
    labels[0], labels[1] = 4, 5
    return {
        "codes": draw(tables(n, width, -64, 64)),
        "labels": draw(st.sampled_from([labels, np.array(labels)])),
        "new_codes": draw(tables(m, width, -64, 64)),
        "new_labels": draw(st.lists(label, min_size=m, max_size=m)),
    }


def wrong_labelled(right):
    wrong = {name: wrong_array(right[name]) for name in ("codes", "new_codes")}
    for name in ("labels", "new_labels"):
        wrong[name] = broken(right[name]) | st.just([right[name]])
        wrong[name] |= holding(right[name], st.sampled_from([0.5, 1e300]))
    return {name: kind | resized(right[name], (0,)) for name, kind in wrong.items()} | {
        "new_codes": wrong["new_codes"] | resized(right["new_codes"])
    }


def check_accuracy(metric, right, random, **named):
    found = accept(metric, **right, **named)
    new = list(zip(right["new_codes"], right["new_labels"], strict=True))
    assert 0 <= found <= 1
    assert found * len(new) == pytest.approx(round(found * len(new)))
    random.shuffle(new)
    codes, labels = map(list, zip(*new, strict=True))
    again = right | {"new_codes": codes, "new_labels": labels}
    assert accept(metric, **again, **named) == pytest.approx(found)


@given(labelled(), st.data(), st.randoms())
def test_neighbours(right, data, random):
    count = data.draw(st.integers(1, len(right["codes"])))
    count = data.draw(st.sampled_from([count, np.uint8(count)]))
    check_accuracy(metrics.neighbour_accuracy, right, random, neighbours=count)
    codes = np.arange(len(right["codes"]))[:, None]  # each is its own neighbour
    itself = codes, right["labels"], codes, right["labels"], 1
    assert accept(metrics.neighbour_accuracy, *itself) == 1


@given(labelled(), st.data())
def test_neighbours_refuse(right, data):
    n = len(right["codes"])
    wrong = wrong_labelled(right) | {"neighbours": NOT_COUNT | st.integers(n + 1, 99)}
    right["neighbours"] = n
    refuse_one(data, metrics.neighbour_accuracy, right, wrong)


@given(labelled(), st.sampled_from([1, 1e-6, 1e-160, 1e13]), st.randoms())
@attempts.few(4)
def test_linear_probe(right, unit, random):
    for name in ("codes", "new_codes"):
        right[name] = exact(right[name])[0] * unit
    check_accuracy(metrics.linear_probe, right, random)


@given(labelled(), st.data())
def test_linear_probe_refuses(right, data):
    wrong = wrong_labelled(right)
    wrong["labels"] |= st.just([3] * len(right["codes"]))
    refuse_one(data, metrics.linear_probe, right, wrong)


# --- units -----------------------------------------------------------------------


@given(st.integers(2, 6), SIZES, st.data())
def test_units(n, width, data):
    given_codes = data.draw(tables(n, width, -60000, 60000))
    codes = exact(given_codes)[0]
    threshold = data.draw(st.floats(0, 1e300) | st.sampled_from([0, 3, np.float32(2)]))
    dead = accept(metrics.dead_units, given_codes)
    np.testing.assert_array_equal(dead, [len(set(unit)) == 1 for unit in codes.T])
    active = accept(metrics.active_fraction, codes, threshold)
    assert active == (abs(codes) > threshold).mean()
    assert 0 <= accept(metrics.active_fraction, given_codes, threshold) <= 1
    told = accept(metrics.active_latent_units, given_codes, threshold)
    np.testing.assert_array_equal(told, codes.var(axis=0) > threshold)


@given(st.integers(2, 6), SIZES, st.data())
def test_units_refuse(n, width, data):
    right = {"codes": data.draw(tables(n, width, -9, 9))}
    one = st.just(right["codes"][:1])
    wrong = {"codes": wrong_array(right["codes"])}
    refuse_one(data, metrics.dead_units, right, {"codes": wrong["codes"] | one})
    wrong["threshold"] = NOT_THRESHOLD
    refuse_one(data, metrics.active_fraction, right, wrong)
    wrong["means"] = wrong.pop("codes") | one
    right = {"means": right["codes"]}
    refuse_one(data, metrics.active_latent_units, right, wrong)


# --- bounds on the likelihood ----------------------------------------------------

bounds = pytest.mark.parametrize(
    "bound", [metrics.elbo, metrics.importance_weighted_bound]
)


# Small models, with and without three classes; every input sets their weights anew.
VARIATIONAL = {
    0: models.variational_autoencoder(4, (3,), 2),
    3: models.conditional_variational_autoencoder(4, 3, (3,), 2),
}


@st.composite
def questions(draw, largest=10):
    """Draw what a bound takes; the model's weights go up to about `largest`."""
    classes = draw(st.sampled_from([0, 3]))
    model = VARIATIONAL[classes]
    rng = np.random.default_rng(draw(SEEDS))
    scale = draw(st.sampled_from([0, 0.1, 1, largest]))
    model.set_weights([rng.normal(size=w.shape) * scale for w in model.get_weights()])
    n = draw(SIZES)
    kind = draw(st.sampled_from(["int64", "float32", "uint8"]))
    return {
        "model": model,
        "x": rng.integers(2, size=(n, 4)).astype(kind),
        "condition": np.eye(3)[rng.integers(3, size=n)] if classes else None,
        "samples": draw(st.integers(1, 3) | st.just(np.int8(2))),
        "seed": draw(st.integers(0, 2**70) | st.just(np.uint8(3))),
    }


@given(questions(largest=1))
def test_elbo(right):
    found = accept(metrics.elbo, **right)
    assert isinstance(found, metrics.Elbo)
    assert found.kl >= -1e-6
    assert found.reconstruction <= 0
    assert found.elbo == found.reconstruction - found.kl
    assert accept(metrics.elbo, **right) == found


@given(questions(largest=1))
def test_importance_weighted_bound(right):
    found = accept(metrics.importance_weighted_bound, **right)
    assert found == accept(metrics.importance_weighted_bound, **right)
    # The first sample is the same, and a mean of k is 1/k of the first or more.
    first = accept(metrics.importance_weighted_bound, **right | {"samples": 1})
    assert found >= first - np.log(int(right["samples"])) - 1e-9


@bounds
@given(questions(), st.lists(st.floats(-9, 9), min_size=4, max_size=4))
def test_bounds_where_the_code_says_nothing(bound, right, logits):
    # q(z|x) is p(z), and p(x|z) knows no z: both bounds are log p(x) itself.
    *weights, _ = right["model"].get_weights()
    right["model"].set_weights([*(w * 0 for w in weights), np.reshape(logits, (4,))])
    logits = np.where(right["x"] == 1, logits, np.negative(logits))
    expected = -np.log1p(np.exp(-logits)).sum(axis=1).mean()
    found = accept(bound, **right)
    found = getattr(found, "elbo", found)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@bounds
@given(questions(largest=1e3))
def test_bounds_of_wild_models(bound, right):
    # Either the variance is too large for a number, or the bound is a number.
    attempts.attempt(bound, **right)


@functools.cache
def wrong_models(classes):
    """Return models without the parts, or with parts that do not fit each other."""
    other = VARIATIONAL[0 if classes else 3]
    dense = models.dense_autoencoder(4, (), 2)
    x = keras.Input((4,))
    told = [keras.Input((classes,))] if classes else []
    encoder = VARIATIONAL[classes].get_layer("encoder")
    z = keras.Input((3,))
    p = keras.layers.Dense(4, "sigmoid")(keras.layers.Concatenate()([z, *told, z]))
    decoder = keras.Model([z, *told] if told else z, p, name="decoder")
    mean, _ = encoder([x, *told] if told else x)
    three = keras.layers.Dense(3)(mean)
    whole = decoder([three, *told] if told else three)
    return other, dense, keras.Model([x, *told] if told else x, [mean, whole])


@bounds
@given(questions(largest=1), st.data())
def test_bounds_refuse(bound, right, data):
    x, condition = right["x"], right["condition"]
    classes = 0 if condition is None else 3
    wrong = {
        "model": st.sampled_from([None, 3, "model", *wrong_models(classes)]),
        "x": wrong_array(x) | resized(x, (1,)) | holding(x, st.sampled_from([0.5, 2])),
        "samples": NOT_COUNT,
        "seed": NOT_WHOLE | st.integers(-9, -1),
    }
    wrong["condition"] = (
        wrong_array(condition) | resized(condition)
        if classes
        else st.just(np.eye(3)[[0] * len(x)])
    )
    refuse_one(data, bound, right, wrong)
