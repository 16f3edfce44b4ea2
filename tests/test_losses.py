"""The losses: sums over pixels, means over the batch, honest gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aelib import losses, models

RNG = np.random.default_rng(0)
X = RNG.random((5, 7), dtype="float32")
X_HAT = RNG.uniform(0.05, 0.95, (5, 7)).astype("float32")


def squared_error(x, x_hat):
    return ((x - x_hat) ** 2).sum(axis=-1)


def cross_entropy(x, x_hat):
    return -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)).sum(axis=-1)


PAIRS = [
    (losses.squared_error, squared_error),
    (losses.cross_entropy, cross_entropy),
]


def logit(p):
    return np.log(p) - np.log1p(-p)


@pytest.mark.parametrize(("loss", "by_numpy"), PAIRS)
def test_against_numpy(loss, by_numpy):
    found = keras.ops.convert_to_numpy(loss(X, X_HAT))
    assert found.dtype == np.float32
    assert found.shape == (5,)
    expected = by_numpy(X.astype(np.float64), X_HAT.astype(np.float64))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize(("loss", "by_numpy"), PAIRS)
def test_twice_the_pixels_twice_the_loss(loss, by_numpy):
    once, twice = loss(X, X_HAT), loss(np.tile(X, 2), np.tile(X_HAT, 2))
    np.testing.assert_allclose(twice, 2 * np.asarray(once), rtol=1e-5)


@pytest.mark.parametrize(("loss", "by_numpy"), PAIRS)
def test_compiled_loss_is_the_mean_over_the_batch(loss, by_numpy):
    # A model that gives X_HAT for X: its weights are zero, its biases the answer.
    model = models.dense_autoencoder(7, (), 2)
    *_, bias = model.weights
    model.set_weights([np.zeros(w.shape) for w in model.weights])
    bias.assign(logit(X_HAT[0]))
    model.compile("sgd", loss=loss, jit_compile=False)
    expected = by_numpy(X, X_HAT[:1]).mean()
    for x in (X, np.concatenate([X, X])):  # the batch's size must not matter
        found = model.evaluate(x, x, batch_size=len(x), verbose=0)
        assert found == pytest.approx(expected, rel=1e-5)


def test_perfect_copy():
    np.testing.assert_array_equal(losses.squared_error(X, X), np.zeros(5))
    entropy = cross_entropy(X_HAT, X_HAT)
    np.testing.assert_allclose(losses.cross_entropy(X_HAT, X_HAT), entropy, rtol=1e-4)
    assert entropy.min() > 1  # grey pixels: the floor is far above zero
    black_and_white = np.array([[0, 1, 1]], "float32")
    copied = losses.cross_entropy(black_and_white, black_and_white)
    np.testing.assert_allclose(copied, [0], atol=1e-5)


def test_the_worst_answer_is_finite():
    x = np.array([[0, 1]], "float32")
    found = np.asarray(losses.cross_entropy(x, 1 - x))
    assert np.isfinite(found).all()
    assert found[0] > 30


def test_gradient_of_squared_error():
    x_hat = tf.Variable(X_HAT)
    with tf.GradientTape() as tape:
        loss = losses.squared_error(X, x_hat)
    np.testing.assert_allclose(tape.gradient(loss, x_hat), 2 * (X_HAT - X), rtol=1e-5)


def test_gradient_of_cross_entropy_through_a_sigmoid():
    # σ(z) − x, and no clipping: a pixel that is surely wrong must still be moved.
    z = np.array([[-40, -2, 0, 2, 40, 40]], "float32")
    x = np.array([[1, 0.3, 0.5, 1, 0, 1]], "float32")
    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        loss = losses.cross_entropy(x, keras.activations.sigmoid(variable))
    expected = 1 / (1 + np.exp(-z.astype(np.float64))) - x
    np.testing.assert_allclose(tape.gradient(loss, variable), expected, atol=1e-6)


def test_fit_moves_a_pixel_that_is_surely_wrong():
    model = models.dense_autoencoder(2, (), 1)
    model.set_weights([np.zeros(w.shape) for w in model.weights])
    model.weights[-1].assign([40.0, -40.0])
    model.compile(keras.optimizers.SGD(0.5), losses.cross_entropy, jit_compile=False)
    x = np.array([[0, 1]], "float32")
    model.fit(x, x, verbose=0)
    np.testing.assert_allclose(model.weights[-1], [39.5, -39.5], atol=1e-4)


# --- Kullback-Leibler divergence -------------------------------------------------

MEAN = RNG.normal(size=(6, 3)).astype("float32")
LOG_VARIANCE = RNG.uniform(-2, 1, (6, 3)).astype("float32")


@pytest.mark.parametrize(
    ("mean", "log_variance", "expected"),
    [
        ([0, 0], [0, 0], 0),
        ([1, 0], [0, 0], 0.5),
        ([-1, 2], [0, 0], 2.5),  # a sum over the code's numbers, not a mean
        ([0], [np.log(4)], 1.5 - np.log(2)),  # a standard deviation of 2
        ([0], [-np.log(4)], np.log(2) - 0.375),  # and of 1/2
        ([1, 1], [np.log(4), np.log(4)], 4 - 2 * np.log(2)),
    ],
)
def test_kl_by_hand(mean, log_variance, expected):
    arguments = np.array([[mean], [log_variance]], "float32")
    np.testing.assert_allclose(losses.gaussian_kl(*arguments), [expected], atol=1e-6)


def test_kl_against_drawn_samples():
    # The definition: the mean of log q(z) - log p(z) over z drawn from q.
    mean, deviation = MEAN.astype("float64"), np.exp(LOG_VARIANCE.astype("float64") / 2)
    z = RNG.normal(mean, deviation, (100_000, 6, 3))
    log_q = -(((z - mean) / deviation) ** 2) / 2 - np.log(deviation)
    log_ratio = (log_q + z**2 / 2).sum(axis=-1)
    found = np.asarray(losses.gaussian_kl(MEAN, LOG_VARIANCE))
    assert found.shape == (6,)
    assert found.dtype == np.float32
    error = np.abs(found - log_ratio.mean(axis=0))
    assert (error < 5 * log_ratio.std(axis=0) / 100_000**0.5).all()


def test_kl_is_lowest_at_the_standard_normal():
    assert (np.asarray(losses.gaussian_kl(MEAN, LOG_VARIANCE)) > 0).all()
    mean, log_variance = tf.Variable(MEAN), tf.Variable(LOG_VARIANCE)
    with tf.GradientTape() as tape:
        kl = losses.gaussian_kl(mean, log_variance)
    by_mean, by_log_variance = tape.gradient(kl, [mean, log_variance])
    np.testing.assert_allclose(by_mean, MEAN, rtol=1e-5)
    expected = (np.exp(LOG_VARIANCE) - 1) / 2
    np.testing.assert_allclose(by_log_variance, expected, atol=1e-6)
