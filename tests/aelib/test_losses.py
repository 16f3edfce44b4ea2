"""The losses: sums over an image, means over the batch, honest gradients."""

import keras
import numpy as np
import pytest
from gradients import gradient

from aelib import losses, models

RNG = np.random.default_rng(0)
X = RNG.random((5, 8), dtype="float32")
X_HAT = RNG.uniform(0.05, 0.95, (5, 8)).astype("float32")
MEAN = RNG.normal(size=(6, 3)).astype("float32")
LOG_VARIANCE = RNG.uniform(-2, 1, (6, 3)).astype("float32")


def squared_error(x, x_hat):
    return ((x - x_hat) ** 2).sum(axis=-1)


def cross_entropy(x, x_hat):
    return -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)).sum(axis=-1)


PAIRS = pytest.mark.parametrize(
    ("loss", "by_numpy"),
    [(losses.squared_error, squared_error), (losses.cross_entropy, cross_entropy)],
)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@PAIRS
@pytest.mark.parametrize("shape", [(5, 8), (5, 4, 2), (5, 2, 2, 2)])
def test_against_numpy_for_images_of_any_shape(loss, by_numpy, shape):
    found = array(loss(X.reshape(shape), X_HAT.reshape(shape)))
    assert found.dtype == np.float32
    expected = by_numpy(X.astype(np.float64), X_HAT.astype(np.float64))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@PAIRS
def test_compiled_loss_is_the_mean_over_the_batch(loss, by_numpy):
    # A model that gives the same for every image: its weights are zero.
    model = models.dense_autoencoder(8, (), 2)
    model.set_weights([np.zeros(w.shape) for w in model.weights])
    model.weights[-1].assign(np.log(X_HAT[0]) - np.log1p(-X_HAT[0]))
    model.compile("sgd", loss=loss)
    expected = by_numpy(X, X_HAT[:1]).mean()
    for x in (X, np.concatenate([X, X])):  # the batch's size must not matter
        found = model.evaluate(x, x, batch_size=len(x), verbose=0)
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "loss",
    [
        losses.squared_error,
        losses.cross_entropy,
        losses.masked_squared_error,
        losses.multinomial_nll,
    ],
)
def test_a_saved_model_finds_its_loss(loss, tmp_path):
    model = models.dense_autoencoder(8, (), 2)
    model.compile("sgd", loss)
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").loss is loss


def test_a_perfect_copy_and_the_worst_answer():
    np.testing.assert_array_equal(array(losses.squared_error(X, X)), np.zeros(5))
    entropy = cross_entropy(X_HAT, X_HAT)
    np.testing.assert_allclose(losses.cross_entropy(X_HAT, X_HAT), entropy, rtol=1e-4)
    assert entropy.min() > 1  # grey pixels: the floor is far above zero
    x = np.array([[0, 1]], "float32")
    (worst,) = array(losses.cross_entropy(x, 1 - x))
    assert 30 < worst < np.inf


def test_gradient_of_squared_error():
    found = gradient(lambda y: keras.ops.sum(losses.squared_error(X, y)), X_HAT)
    np.testing.assert_allclose(found, 2 * (X_HAT - X), rtol=1e-5)


def test_gradient_of_cross_entropy_through_a_sigmoid():
    pytest.importorskip("tensorflow")  # on JAX Keras clips, and these are not moved
    # σ(z) - x, and no clipping: a pixel that is surely wrong must still be moved.
    z = np.array([[-40, -2, 0, 2, 40, 40]], "float32")
    x = np.array([[1, 0.3, 0.5, 1, 0, 1]], "float32")
    found = gradient(
        lambda v: keras.ops.sum(losses.cross_entropy(x, keras.activations.sigmoid(v))),
        z,
    )
    expected = 1 / (1 + np.exp(-z.astype(np.float64))) - x
    np.testing.assert_allclose(found, expected, atol=1e-6)


# --- Kullback-Leibler divergence -------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "log_variance", "expected"),
    [
        ([0, 0], [0, 0], 0),
        ([-1, 2], [0, 0], 2.5),  # a sum over the code's numbers, not a mean
        ([0], [np.log(4)], 1.5 - np.log(2)),  # a standard deviation of 2
        ([1, 1], [np.log(4), np.log(4)], 4 - 2 * np.log(2)),
        ([[1, 1]], [[np.log(4), np.log(4)]], 4 - 2 * np.log(2)),  # an image code
    ],
)
def test_kl_by_hand(mean, log_variance, expected):
    arguments = (np.array([numbers], "float32") for numbers in (mean, log_variance))
    np.testing.assert_allclose(losses.gaussian_kl(*arguments), [expected], atol=1e-6)


def test_kl_against_drawn_samples():
    # The definition: the mean of log q(z) - log p(z) over z drawn from q.
    mean, deviation = MEAN.astype("float64"), np.exp(LOG_VARIANCE.astype("float64") / 2)
    z = RNG.normal(mean, deviation, (100_000, 6, 3))
    log_q = -(((z - mean) / deviation) ** 2) / 2 - np.log(deviation)
    log_ratio = (log_q + z**2 / 2).sum(axis=-1)
    error = np.abs(losses.gaussian_kl(MEAN, LOG_VARIANCE) - log_ratio.mean(axis=0))
    assert (array(error) < 5 * log_ratio.std(axis=0) / 100_000**0.5).all()


# --- recommendation --------------------------------------------------------------


def test_what_is_unknown_changes_neither_the_loss_nor_its_gradient():
    known = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], "float32")
    values = np.array([[5, 3, np.nan], [np.nan, 1, 9], [1, 2, 3]], "float32")
    x_hat = np.array([[4, 3, 2], [1, 3, 0], [7, 7, 7]], "float32")
    target = np.stack([values, known], axis=1)
    np.testing.assert_allclose(losses.masked_squared_error(target, x_hat), [1, 4, 0])
    np.testing.assert_array_equal(target, np.stack([values, known], axis=1))
    tensor = keras.ops.convert_to_tensor(target)  # as in training
    found = gradient(
        lambda y: keras.ops.sum(losses.masked_squared_error(tensor, y)), x_hat
    )
    np.testing.assert_allclose(found, [[-2, 0, 0], [0, 4, 0], [0, 0, 0]])


def test_multinomial_against_numpy():
    x = np.array([[2, 0, 1], [0, 0, 0]], "float32")
    p = np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], "float32")
    expected = [-2 * np.log(0.5) - np.log(0.25), 0]
    np.testing.assert_allclose(losses.multinomial_nll(x, p), expected, atol=1e-6)
    never = np.array([[0, 1, 0], [0, 1, 0]], "float32")
    assert np.isfinite(array(losses.multinomial_nll(x, never))).all()

    # Of more axes the last holds the classes, and the others are summed.
    twice = losses.multinomial_nll(np.stack([x, x], 1), np.stack([p, p], 1))
    np.testing.assert_allclose(twice, 2 * np.array(expected), atol=1e-6)


def test_multinomial_pulls_at_no_probability_of_zero():
    x, p = np.ones((1, 2), "float32"), np.array([[0, 1]], "float32")
    found = gradient(lambda p: keras.ops.sum(losses.multinomial_nll(x, p)), p)
    np.testing.assert_array_equal(found, [[0, -1]])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("float16", "float32"), ("float32", "float32"), ("int8", "float32")],
)
def test_losses_are_summed_in_a_type_that_is_wide_enough(kind, expected):
    ones = np.ones((2, 3), kind)
    tensor = keras.ops.convert_to_tensor(ones)
    for pair in [(ones, ones), (tensor, ones), (ones, tensor), (tensor, tensor)]:
        assert array(losses.squared_error(*pair)).dtype == expected


ON_JAX = keras.backend.backend() == "jax"


@pytest.mark.skipif(ON_JAX, reason="JAX computes in float32")
def test_an_array_of_float64_keeps_its_type_and_a_list_does_not():
    ones = np.ones((2, 3))
    tensor = keras.ops.convert_to_tensor(ones)
    for pair in [(ones, ones), (tensor, ones), (ones, tensor)]:
        assert array(losses.squared_error(*pair)).dtype == np.float64
    found = losses.squared_error(ones.tolist(), ones.tolist())
    assert array(found).dtype == np.float32


@pytest.mark.skipif(ON_JAX, reason="JAX has the output alone")
def test_cross_entropy_takes_the_logits_that_a_sigmoid_came_from():
    # Of the output alone it would be 16: 1 - sigmoid(40) is 0 in float32.
    x_hat = keras.activations.sigmoid(keras.ops.convert_to_tensor([[40.0]]))
    assert array(losses.cross_entropy([[0.0]], x_hat)) == pytest.approx(40)


def test_what_is_unknown_of_a_target_is_0_in_a_copy():
    target = np.array([[[2.0, np.inf], [1, 0]]])
    checked = losses.check_target("y", target, losses.masked_squared_error)
    assert checked.tolist() == [[[2, 0], [1, 0]]]
    assert target[0, 0, 1] == np.inf


def test_a_batch_of_unknown_size_fits_any():
    known = keras.Input(batch_shape=(2, 4))
    assert losses.squared_error(keras.Input((4,)), known).shape == (2,)
    with pytest.raises(ValueError, match=r"^x and x_hat take .* \(None, 4\) and"):
        losses.squared_error(keras.Input((4,)), keras.Input((3,)))


# --- what is refused --------------------------------------------------------------

HALF = np.full((2, 3), 0.5, "float32")
NAN = np.full((2, 3), np.nan)


@pytest.mark.parametrize(
    ("loss", "arguments", "kind", "message"),
    [
        (losses.squared_error, (HALF, HALF[:, :2]), ValueError, "x and x_hat take the"),
        (
            losses.squared_error,
            (HALF, HALF[..., None]),
            ValueError,
            "x and x_hat take ",
        ),
        (losses.squared_error, (HALF, NAN), ValueError, "x_hat holds NaN"),
        (losses.squared_error, (1.0, 1.0), ValueError, "x_hat takes one axis or more"),
        (losses.squared_error, ("a", HALF), TypeError, "x takes numbers"),
        (losses.cross_entropy, (2 * HALF + 1, HALF), ValueError, "x takes a number fr"),
        (losses.cross_entropy, (HALF, -HALF), ValueError, "x_hat takes a number from"),
        (losses.cross_entropy, (HALF, 1 + HALF), ValueError, "x_hat takes a number fr"),
        (losses.gaussian_kl, (HALF, 100 + HALF), ValueError, "log_variance takes a nu"),
        (
            losses.multinomial_nll,
            (-HALF, HALF / 1.5),
            ValueError,
            "x takes a number of",
        ),
        (
            losses.multinomial_nll,
            (HALF[:, :2], [[0.5, 0.5], [0.25, 0.5]]),
            ValueError,
            "p takes rows that add up to 1, and got 0.75",
        ),
        (
            losses.multinomial_nll,
            (HALF[:2, :2], [[0.95, 0], [0.95, 0.95]]),
            ValueError,
            "p takes rows that add up to 1, and got 1.9",
        ),
        (
            losses.multinomial_nll,
            ([[1.0, 1, 1]], [[0.6, 0.6, -0.2]]),
            ValueError,
            "p takes a number from",
        ),
        (
            losses.multinomial_nll,
            ([[1.0]], [[1.5]]),
            ValueError,
            "p takes a number from",
        ),
        (
            losses.masked_squared_error,
            (np.stack([HALF, -HALF], 1), HALF),
            ValueError,
            r"target\[:, 1\] takes 0 and 1, and got -0.5",
        ),
        (
            losses.masked_squared_error,
            (HALF, HALF),
            ValueError,
            r"target takes shape \(n, 2, features\)",
        ),
    ],
)
def test_refusals(loss, arguments, kind, message):
    with pytest.raises(kind, match=f"^{message}"):
        loss(*arguments)
