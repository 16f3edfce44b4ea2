"""Any input of `aelib.metrics`: finite numbers that are right, or an error."""

import attempts
import numpy as np
import pytest
from attempts import (
    NOT_NUMBER,
    NOT_WHOLE,
    accept,
    broken,
    holding,
    misshapen,
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


def wrong_array(array):
    """Return wrong values for an array that takes two axes or more."""
    ragged = [*np.asarray(array).tolist(), [0] * (np.shape(array)[1] + 1)]
    flat = st.sampled_from([np.ravel(array), ragged])
    return broken(array) | holding(array, FAR) | flat


@st.composite
def pairs(draw, low=-8, high=8):
    shape = draw(SIZES), draw(SIZES)
    return {name: draw(tables(*shape, low, high)) for name in ("x", "x_hat")}


def wrong_pairs(right):
    return {name: wrong_array(a) | resized(a) for name, a in right.items()}


def exact(*values):
    return [np.asarray(value, "float64") for value in values]


# --- pictures --------------------------------------------------------------------


@given(pairs(), st.data())
def test_squared_error(right, data):
    x, x_hat = exact(*right.values())
    found = accept(metrics.squared_error_per_image, **right)
    np.testing.assert_allclose(found, ((x - x_hat) ** 2).sum() / len(x), rtol=1e-12)
    refuse_one(data, metrics.squared_error_per_image, right, wrong_pairs(right))


@given(pairs(0, 1), st.sampled_from([1, 3, -1e12]), st.data())
def test_psnr(right, factor, data):
    x, x_hat = exact(*right.values())
    error = ((x - x_hat) ** 2).mean(axis=1)
    assume(error.all())
    found = accept(metrics.psnr, **right)
    np.testing.assert_allclose(found, -10 * np.log10(error).mean(), atol=1e-9)
    # A multiple of the difference costs its decibels.
    far = accept(metrics.psnr, x, x + factor * (x_hat - x))
    np.testing.assert_allclose(far, found - 20 * np.log10(abs(factor)), atol=0.01)
    wrong = wrong_pairs(right)
    wrong["x"] |= holding(x, st.sampled_from([-1e-3, 1.001, 255]))
    wrong["x_hat"] |= st.just(np.where(np.arange(len(x))[:, None] < 1, x, x_hat))
    refuse_one(data, metrics.psnr, right, wrong)


@given(SEEDS, st.sampled_from([(11, 11), (12, 17)]), SIZES, st.data())
def test_ssim(seed, sides, n, data):
    rng = np.random.default_rng(seed)
    kind = data.draw(st.sampled_from(["float16", "float32", "float64"]))
    x = rng.random((n, *sides)).round(data.draw(st.integers(0, 3))).astype(kind)
    noise = data.draw(st.sampled_from([0, 1e-3, 0.1, 1])) * rng.random(x.shape)
    x_hat = np.clip(x + noise, 0, 1)
    found = accept(metrics.ssim, x, x_hat)
    assert -1 <= found <= 1 + 1e-12
    assert accept(metrics.ssim, x_hat[::-1], x[::-1]) == pytest.approx(found)
    assert abs(accept(metrics.ssim, x, x_hat * 1e15)) < 1.01
    right = {"x": x, "x_hat": x_hat}
    wrong = {name: broken(a) | st.just(a[:, :10]) for name, a in right.items()}
    refuse_one(data, metrics.ssim, right, wrong)


# --- codes and crowds ------------------------------------------------------------


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


@given(labelled(), st.data())
def test_neighbours(right, data):
    n, m = len(right["codes"]), len(right["new_codes"])
    right["neighbours"] = data.draw(st.sampled_from([1, n, np.uint8(n)]))
    found = accept(metrics.neighbour_accuracy, **right)
    assert found * m == pytest.approx(round(found * m))
    codes = np.arange(n)[:, None]  # each is its own neighbour
    itself = codes, right["labels"], codes, right["labels"], 1
    assert accept(metrics.neighbour_accuracy, *itself) == 1
    wrong = wrong_labelled(right) | {"neighbours": NOT_COUNT | st.integers(n + 1, 99)}
    refuse_one(data, metrics.neighbour_accuracy, right | {"neighbours": n}, wrong)


@given(labelled(), st.sampled_from([1, 1e-6, 1e-160, 1e13]), st.data())
@attempts.few(4)
def test_linear_probe(right, unit, data):
    for name in ("codes", "new_codes"):
        right[name] = exact(right[name])[0] * unit
    found = accept(metrics.linear_probe, **right)
    of_codes = right["codes"], right["labels"]
    weights, biases = accept(metrics.fit_linear_probe, *of_codes)
    classes = np.unique(right["labels"])
    best = np.argmax(right["new_codes"] @ weights + biases, axis=1)
    assert found == np.mean(classes[best] == right["new_labels"])
    wrong = wrong_labelled(right)
    wrong["labels"] |= st.just([3] * len(right["codes"]))
    refuse_one(data, metrics.linear_probe, right, wrong)


@given(st.integers(2, 6), SIZES, st.data())
def test_units(n, width, data):
    given_codes = data.draw(tables(n, width, -60000, 60000))
    (codes,) = exact(given_codes)
    threshold = data.draw(st.floats(0, 1e300) | st.sampled_from([0, 3, np.float32(2)]))
    dead = accept(metrics.dead_units, given_codes)
    np.testing.assert_array_equal(dead, [len(set(unit)) == 1 for unit in codes.T])
    active = accept(metrics.active_fraction, codes, threshold)
    assert active == (abs(codes) > threshold).mean()
    told = accept(metrics.active_latent_units, given_codes, threshold)
    np.testing.assert_array_equal(told, codes.var(axis=0) > threshold)
    wrong = {"threshold": NOT_NUMBER | st.floats(-1e300, -1e-300) | st.just(10**400)}
    right = {"means": given_codes, "threshold": threshold}
    wrong["means"] = wrong_array(codes) | st.just(codes[:1])
    refuse_one(data, metrics.active_latent_units, right, wrong)


@given(st.lists(st.integers(2, 9), min_size=2, max_size=2), SIZES, st.data())
def test_frechet_distance(sizes, width, data):
    x, y = (data.draw(tables(n, width, -60000, 60000)) for n in sizes)
    found = accept(metrics.frechet_distance, x, y)
    a, b = exact(x, y)
    between = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    assert found >= between * (1 - 1e-6)
    assert accept(metrics.frechet_distance, y, x) == pytest.approx(found, abs=1e-3)
    right = {"x": x, "y": y}
    wrong = {
        name: broken(a) | misshapen(a) | st.just(np.asarray(a)[:1])
        for name, a in right.items()
    }
    refuse_one(data, metrics.frechet_distance, right, wrong)


# --- bounds on the likelihood ----------------------------------------------------

bounds = pytest.mark.parametrize(
    "bound", [metrics.elbo, metrics.importance_weighted_bound]
)


# Small models, with and without three classes; every input sets their weights anew.
VARIATIONAL = {
    classes: models.variational_autoencoder(4, (3,), 2, classes=classes)
    for classes in (0, 3)
}


@st.composite
def questions(draw, largest=10):
    """Draw what a bound takes; the model's weights go up to about `largest`."""
    classes = draw(st.sampled_from([0, 3]))
    model = VARIATIONAL[classes]
    rng = np.random.default_rng(draw(SEEDS))
    scale = draw(st.sampled_from([0, 0.1, 1, largest]))
    for part in (model.encoder, model.decoder):
        part.set_weights([rng.normal(size=w.shape) * scale for w in part.get_weights()])
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
def test_elbo_and_importance_weighted_bound(right):
    found = accept(metrics.elbo, **right)
    assert found.kl >= -1e-6
    assert found.reconstruction <= 0
    assert accept(metrics.elbo, **right) == found
    found = accept(metrics.importance_weighted_bound, **right)
    # The first sample is the same, and a mean of k is 1/k of the first or more.
    first = accept(metrics.importance_weighted_bound, **right | {"samples": 1})
    assert found >= first - np.log(int(right["samples"])) - 1e-9


@bounds
@given(questions(), st.lists(st.floats(-9, 9), min_size=4, max_size=4))
def test_bounds_where_the_code_says_nothing(bound, right, logits):
    # q(z|x) is p(z), and p(x|z) knows no z: both bounds are log p(x) itself.
    encoder, decoder = right["model"].encoder, right["model"].decoder
    encoder.set_weights([w * 0 for w in encoder.get_weights()])
    *weights, _ = decoder.get_weights()
    decoder.set_weights([*(w * 0 for w in weights), np.reshape(logits, (4,))])
    logits = np.where(right["x"] == 1, logits, np.negative(logits))
    expected = -np.log1p(np.exp(-logits)).sum(axis=1).mean()
    found = accept(bound, **right)
    found = getattr(found, "elbo", found)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@bounds
@given(questions(largest=1e3), st.data())
def test_bounds_of_wild_models(bound, right, data):
    # Either the variance is too large for a number, or the bound is a number.
    attempts.attempt(bound, **right)
    x, condition = right["x"], right["condition"]
    other = VARIATIONAL[0 if condition is not None else 3]
    wrong = {
        "model": st.sampled_from([None, "model", models.dense_autoencoder(4, (), 2)]),
        "x": wrong_array(x) | resized(x, (1,)) | holding(x, st.sampled_from([0.5, 2])),
        "condition": st.just(np.eye(3)[[0] * len(x)])
        if condition is None
        else wrong_array(condition) | resized(condition) | st.none(),
        "samples": NOT_COUNT,
        "seed": NOT_WHOLE | st.integers(-9, -1),
    }
    refuse_one(data, bound, right, wrong)
    attempts.refuse(bound, "condition", **right | {"model": other})


# --- ranking ---------------------------------------------------------------------


@st.composite
def ratings(draw):
    shape = draw(SIZES), draw(SIZES)
    known = np.round(draw(tables(*shape)))
    known = known.astype(draw(st.sampled_from(["bool", "int8", "float32"])))
    known.flat[draw(st.integers(0, known.size - 1))] = 1
    return {
        "values": draw(tables(*shape, -300, 300)),
        "x_hat": draw(tables(*shape, -300, 300)),
        "known": draw(st.sampled_from([known, known.tolist()])),
    }


@given(ratings(), st.floats(), st.data())
def test_masked_rmse(right, other, data):
    values, x_hat, known = exact(*right.values())
    expected = np.sqrt((known * (values - x_hat) ** 2).sum() / known.sum())
    found = accept(metrics.masked_rmse, **right)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    hidden = np.where(known == 1, values, other)  # NaN and infinity, too
    again = accept(metrics.masked_rmse, hidden, x_hat, known)
    np.testing.assert_allclose(again, expected, rtol=1e-12)
    everywhere = right | {"known": np.ones_like(known)}
    wrong = {name: broken(a) | resized(a) for name, a in everywhere.items()}
    wrong["known"] |= holding(known, st.just(0.5)) | st.just(0 * known)
    refuse_one(data, metrics.masked_rmse, everywhere, wrong)


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


def gain(hits):
    return sum(hit / np.log2(j) for j, hit in enumerate(hits, start=2))


@pytest.mark.parametrize(
    ("metric", "worth"), [(metrics.recall_at_k, sum), (metrics.ndcg_at_k, gain)]
)
@given(rankings(), st.data())
def test_rankings(metric, worth, right, data):
    scores, hidden, shown, k = right.values()
    expected = []
    for of_movie, wanted, seen in zip(scores, hidden, shown, strict=True):
        order = sorted(np.flatnonzero(seen == 0), key=lambda i: -of_movie[i])
        hits = [float(wanted[i]) for i in order[:k]]
        expected.append(worth(hits) / worth([1] * min(int(k), int(wanted.sum()))))
    found = accept(metric, **right)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    arrays = {name: right[name] for name in ("scores", "hidden", "shown")}
    wrong = {name: broken(a) | resized(a) for name, a in arrays.items()}
    wrong["hidden"] |= holding(hidden, st.just(2)) | st.just(hidden * 0)
    wrong["shown"] |= holding(shown, st.just(0.5)) | st.just((shown + hidden) > 0)
    wrong["k"] = NOT_COUNT | st.integers(len(hidden[0]) + 1, 10**30)
    refuse_one(data, metric, right, wrong)
