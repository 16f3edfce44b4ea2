"""The metrics: hand-computed cases, and what they must not depend on."""

import itertools

import keras
import numpy as np
import pytest

from aelib import data, metrics

RNG = np.random.default_rng(0)
NAN = float("nan")


# --- squared error ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "x_hat", "expected"),
    [
        ([[0, 1]], [[0, 1]], 0),
        ([[0, 1]], [[0.5, 1]], 0.25),
        ([[0, 1]], [[1, 0]], 2),  # a sum over pixels
        ([[0, 1], [0, 0]], [[1, 0], [0, 0]], 1),  # a mean over images
        ([[1], [1], [1]], [[0], [3], [1]], 5 / 3),
    ],
)
def test_squared_error_by_hand(x, x_hat, expected):
    found = metrics.squared_error_per_image(x, x_hat)
    assert type(found) is float
    assert found == pytest.approx(expected, abs=1e-15)


def test_squared_error_of_whole_numbers_does_not_wrap():
    x, x_hat = np.array([[0, 255]], np.uint8), np.array([[255, 0]], np.uint8)
    assert metrics.squared_error_per_image(x, x_hat) == 2 * 255**2


def test_squared_error_knows_no_order_and_no_copies():
    x, x_hat = RNG.random((2, 200, 784), dtype="float32")
    expected = np.mean([np.sum((a - b) ** 2) for a, b in zip(x, x_hat, strict=True)])
    found = metrics.squared_error_per_image(x, x_hat)
    assert found == pytest.approx(expected, rel=1e-5)
    for i in (RNG.permutation(200), [*range(200)] * 2):
        assert metrics.squared_error_per_image(x[i], x_hat[i]) == pytest.approx(
            found, rel=1e-13
        )


def test_squared_error_adds_in_float64():
    # In float32, 1e-8 is lost beside 1.
    x = np.array([[1, *[1e-4] * 1000]], "float32")
    found = metrics.squared_error_per_image(x, np.zeros_like(x))
    assert found == pytest.approx(1 + 1e-5, abs=1e-11)


@pytest.mark.parametrize(
    ("x", "x_hat", "kind", "message"),
    [
        ([[1, 2]], [[1, 2, 3]], ValueError, "x and x_hat take the same shape"),
        ([[1], [2]], [[1]], ValueError, r"same shape, and got \(2, 1\) and \(1, 1\)"),
        ([1, 2], [1, 2], ValueError, "x takes 2 axes"),
        ([[1]], [1], ValueError, "x_hat takes 2 axes"),
        ([[NAN]], [[1]], ValueError, "x holds NaN"),
        ([[1]], [[float("inf")]], ValueError, "x_hat holds NaN or infinity"),
        (np.zeros((0, 3)), np.zeros((0, 3)), ValueError, "x is empty"),
        ([["1"]], [[1]], TypeError, "x takes an array of numbers"),
        ([[1]], None, TypeError, "x_hat takes an array of numbers"),
        ([[True]], [[1]], TypeError, "x takes an array of numbers"),
    ],
)
def test_squared_error_refuses(x, x_hat, kind, message):
    with pytest.raises(kind, match=message):
        metrics.squared_error_per_image(x, x_hat)


# --- picture quality -------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "x_hat", "expected"),
    [
        ([[0, 1]], [[1, 0]], 0),
        ([[0, 1]], [[0.1, 0.9]], 20),
        ([[0, 1]], [[0.1, 1]], 20 + 10 * np.log10(2)),  # a mean over pixels
        ([[0], [1]], [[0.1], [0.99]], 30),  # of ratios, not of errors: that gives 23
        ([[1]], [[11]], -20),  # outside 0 to 1, as a linear output may be
        (np.array([[0]], np.uint8), np.array([[1]], np.uint8), 0),
        (np.array([[0]], np.uint8), np.array([[16]], np.uint8), -20 * np.log10(16)),
    ],
)
def test_psnr_by_hand(x, x_hat, expected):
    found = metrics.psnr(x, x_hat)
    assert type(found) is float
    assert found == pytest.approx(expected, abs=1e-12)


def test_psnr_of_a_tiny_error_is_finite():
    x = np.full((1, 784), 0.5, "float32")
    x_hat = x.copy()
    x_hat[0, 0] = np.nextafter(x[0, 0], np.float32(1))
    error = float(x_hat[0, 0] - x[0, 0]) ** 2 / 784
    assert metrics.psnr(x, x_hat) == pytest.approx(-10 * np.log10(error))


def test_psnr_refuses_an_exact_copy():
    x = RNG.random((4, 9))
    x_hat = x + 0.1
    x_hat[2:] = x[2:]
    with pytest.raises(ValueError, match=r"x_hat\[2\] has no error"):
        metrics.psnr(x, x_hat)


PICTURES = RNG.random((3, 144))  # 12 × 12 pixels


def ssim_of_one_window(x, x_hat):
    """The formula of Wang et al. (2004) on 11 × 11 pixels, which hold one window."""
    place = np.arange(11) - 5
    window = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2)).ravel()
    window /= window.sum()
    a, b = window @ x, window @ x_hat
    covariance = window @ ((x - a) * (x_hat - b))
    variances = window @ (x - a) ** 2 + window @ (x_hat - b) ** 2
    brightness = (2 * a * b + 0.01**2) / (a**2 + b**2 + 0.01**2)
    return brightness * (2 * covariance + 0.03**2) / (variances + 0.03**2)


def test_ssim_against_the_formula():
    x, x_hat = RNG.random((2, 5, 121))
    x_hat = 0.7 * x + 0.3 * x_hat
    expected = [ssim_of_one_window(*pair) for pair in zip(x, x_hat, strict=True)]
    found = metrics.ssim(x, x_hat)
    assert type(found) is float
    assert found == pytest.approx(np.mean(expected), abs=1e-5)


def test_ssim_falls_with_noise():
    noise = RNG.standard_normal(PICTURES.shape)
    found = [metrics.ssim(PICTURES, PICTURES + s * noise) for s in (0, 0.1, 0.3, 1)]
    assert found[0] == pytest.approx(1, abs=1e-6)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.5
    assert metrics.ssim(PICTURES, 1 - PICTURES) < 0


def test_ssim_sees_pictures_not_lists_of_pixels():
    # Columns that are shifted by one leave the similarity of stripes along them.
    stripes = np.tile([0.0, 1], (12, 6))
    x, moved = stripes.reshape(1, 144), np.roll(stripes, 1, axis=0).reshape(1, 144)
    assert metrics.ssim(x, moved) == pytest.approx(1, abs=1e-6)
    assert metrics.ssim(x, 1 - x) < -0.5


@pytest.mark.parametrize("metric", [metrics.psnr, metrics.ssim])
@pytest.mark.parametrize(
    ("x", "x_hat", "kind", "message"),
    [
        (PICTURES, PICTURES[:2], ValueError, "x and x_hat take the same shape"),
        (PICTURES[0], PICTURES[0], ValueError, "x takes 2 axes"),
        (PICTURES, PICTURES * NAN, ValueError, "x_hat holds NaN"),
        (PICTURES[:0], PICTURES[:0], ValueError, "x is empty"),
        (PICTURES > 0.5, PICTURES, TypeError, "x takes an array of numbers"),
        (PICTURES, None, TypeError, "x_hat takes an array of numbers"),
        (PICTURES * 255, PICTURES, ValueError, "x takes pixels from 0 to 1, and got"),
        (PICTURES - 0.5, PICTURES, ValueError, "x takes pixels from 0 to 1, and got -"),
    ],
)
def test_picture_quality_refuses(metric, x, x_hat, kind, message):
    with pytest.raises(kind, match=message):
        metric(x, x_hat)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (143, r"square images such as \(n, 784\), and got shape \(3, 143\)"),
        (100, "images of 11 × 11 pixels or more, and got 10 × 10"),
    ],
)
def test_ssim_refuses_other_shapes(pixels, message):
    with pytest.raises(ValueError, match=message):
        metrics.ssim(PICTURES[:, :pixels], PICTURES[:, :pixels])


# --- neighbours ------------------------------------------------------------------

CODES = np.array([[0.0], [1], [2], [10], [11], [12]])
LABELS = np.array([3, 3, 3, 7, 7, 7])


@pytest.mark.parametrize(
    ("new_codes", "new_labels", "neighbours", "expected"),
    [
        ([[0.4], [11.2]], [3, 7], 1, 1),
        ([[0.4], [11.2]], [7, 3], 1, 0),
        ([[0.4], [11.2], [1.5], [10.4]], [3, 7, 7, 7], 3, 0.75),
        ([[5]], [3], 5, 1),  # 0, 1, 2 outvote 10 and 11
        ([[7]], [3], 5, 0),  # 10, 11, 12 outvote 1 and 2
    ],
)
def test_neighbours_by_hand(new_codes, new_labels, neighbours, expected):
    found = metrics.neighbour_accuracy(
        CODES, LABELS, new_codes, new_labels, neighbours=neighbours
    )
    assert type(found) is float
    assert found == expected


def test_five_neighbours_vote_where_left_out():
    # The nearest is a 7, the nearest three are 7s, but of five 3 has the majority.
    codes, labels = [[0], [1], [-3], [4], [-5], [60]], [7, 7, 3, 3, 3, 7]
    assert metrics.neighbour_accuracy(codes, labels, [[0]], [3]) == 1
    assert metrics.neighbour_accuracy(codes, labels, [[0]], [3], 3) == 0


def test_neighbours_know_no_order():
    codes, labels = RNG.random((60, 3)), np.arange(60) % 4
    new_codes, new_labels = RNG.random((40, 3)), np.arange(40) % 4
    found = metrics.neighbour_accuracy(codes, labels, new_codes, new_labels)
    i, j = RNG.permutation(60), RNG.permutation(40)
    assert found == metrics.neighbour_accuracy(
        codes[i], labels[i], new_codes[j], new_labels[j]
    )


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"codes": [1, 2]}, ValueError, "codes takes 2 axes"),
        ({"codes": "x"}, TypeError, "codes takes an array of numbers"),
        ({"codes": CODES * NAN}, ValueError, "codes holds NaN"),
        ({"new_codes": [[1, 2]]}, ValueError, "new_codes takes 1 columns"),
        ({"new_codes": [[1], [2]]}, ValueError, "new_codes and new_labels take the sa"),
        ({"labels": LABELS[:-1]}, ValueError, "codes and labels take the same length"),
        ({"labels": LABELS[:, None]}, ValueError, "labels takes 1 axes"),
        ({"labels": LABELS + 0.5}, ValueError, "labels takes whole numbers"),
        ({"labels": ["a"] * 6}, TypeError, "labels takes an array of numbers"),
        ({"new_labels": [0.5]}, ValueError, "new_labels takes whole numbers"),
        ({"new_labels": []}, ValueError, "new_labels is empty"),
        ({"neighbours": 0}, ValueError, "neighbours takes a number from 1 to 6"),
        ({"neighbours": 7}, ValueError, "neighbours takes a number from 1 to 6"),
        ({"neighbours": 2.0}, TypeError, "neighbours takes a whole number"),
        ({"neighbours": True}, TypeError, "neighbours takes a whole number"),
    ],
)
def test_neighbours_refuse(changes, kind, message):
    arguments = {
        "codes": CODES,
        "labels": LABELS,
        "new_codes": [[1]],
        "new_labels": [3],
    }
    with pytest.raises(kind, match=message):
        metrics.neighbour_accuracy(**arguments | changes)


# --- linear probe ----------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("new_codes", "new_labels", "expected"),
    [
        ([[0.4], [11.2]], [3, 7], 1),
        ([[0.4], [11.2]], [7, 3], 0),
        ([[0.4], [11.2], [1.5], [10.4]], [3, 7, 7, 7], 0.75),
        # Shifted and scaled as CODES are: by their own mean, these would split.
        ([[11], [12]], [7, 7], 1),
        ([[11]], [5], 0),  # a label that training did not have
    ],
)
def test_probe_by_hand(new_codes, new_labels, expected):
    found = metrics.linear_probe(CODES, LABELS, new_codes, new_labels)
    assert type(found) is float
    assert found == expected


def test_probe_is_linear():
    # Neighbours know a ring from its centre; no line does.
    angle, label = np.linspace(0, 2 * np.pi, 80), np.arange(80) % 2
    codes = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + 3 * label[:, None])
    assert metrics.neighbour_accuracy(codes, label, codes, label) == 1
    assert metrics.linear_probe(codes, label, codes, label) < 0.7


@pytest.mark.filterwarnings("error")
def test_probe_knows_no_units_and_no_order():
    codes, noise = RNG.normal(size=(2, 300, 4))
    labels = np.argmax(codes + 0.5 * noise, axis=1)
    new = slice(200, 300)
    found = metrics.linear_probe(codes[:200], labels[:200], codes[new], labels[new])
    assert 0.5 < found < 1
    scaled = codes * [1e-6, 1e6, 1, 1] + [0, 0, 0, 1000]
    i = RNG.permutation(200)
    assert found == metrics.linear_probe(scaled[i], labels[i], scaled[new], labels[new])


@pytest.mark.filterwarnings("error")  # a warning of the solver would fail a lesson
def test_probe_of_pixels():
    digits = data.load_mnist()
    x, y = digits.x_train[:500], digits.y_train[:500]
    new = digits.x_validation, digits.y_validation
    found = metrics.linear_probe(x, y, *new)
    assert found > 0.75
    assert found == metrics.linear_probe(x, y, *new)
    assert metrics.linear_probe(x, RNG.permutation(y), *new) < 0.25


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"codes": [1, 2]}, ValueError, "codes takes 2 axes"),
        ({"codes": CODES * NAN}, ValueError, "codes holds NaN"),
        ({"new_codes": "x"}, TypeError, "new_codes takes an array of numbers"),
        ({"new_codes": [[1, 2]]}, ValueError, "new_codes takes 1 columns"),
        ({"new_codes": [[1], [2]]}, ValueError, "new_codes and new_labels take the sa"),
        ({"labels": LABELS[:-1]}, ValueError, "codes and labels take the same length"),
        ({"labels": LABELS + 0.5}, ValueError, "labels takes whole numbers"),
        ({"labels": LABELS * 0 + 4}, ValueError, "two different labels or more, .* 4"),
        ({"new_labels": ["a"]}, TypeError, "new_labels takes an array of numbers"),
    ],
)
def test_probe_refuses(changes, kind, message):
    arguments = {
        "codes": CODES,
        "labels": LABELS,
        "new_codes": [[1]],
        "new_labels": [3],
    }
    with pytest.raises(kind, match=message):
        metrics.linear_probe(**arguments | changes)


# --- dead units ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "dead"),
    [
        ([[0, 1], [0, 2]], [True, False]),
        ([[5, 5], [5, 5]], [True, True]),  # dead at any value, not at zero alone
        ([[0, 1], [1, 0], [0, 1]], [False, False]),
        ([[-1, 0], [1, 1e-30]], [False, False]),
    ],
)
def test_dead_units_by_hand(codes, dead):
    for images in (codes, codes[::-1], codes * 2):
        found = metrics.dead_units(images)
        assert found.dtype == bool
        np.testing.assert_array_equal(found, dead)


@pytest.mark.parametrize(
    ("codes", "kind", "message"),
    [
        ([[1, 2]], ValueError, "codes takes two images or more, and got 1"),
        ([1, 2], ValueError, "codes takes 2 axes"),
        ([[1, NAN], [1, 2]], ValueError, "codes holds NaN"),
        ([], ValueError, "codes takes 2 axes"),
        (None, TypeError, "codes takes an array of numbers"),
    ],
)
def test_dead_units_refuse(codes, kind, message):
    with pytest.raises(kind, match=message):
        metrics.dead_units(codes)


# --- active units ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "threshold", "expected"),
    [
        ([[0, 2], [0, -1]], 0, 0.5),  # negative numbers are active too
        ([[0, 2], [0, -1]], 1, 0.25),  # above, not at
        ([[0, 0]], 0, 0),
        ([[1, 1, 1]], 0.5, 1),
        ([[1, 0, 0], [1, 1, 0]], 0, 0.5),
        (np.array([[-128, 0]], np.int8), 100, 0.5),  # whose size no int8 can hold
    ],
)
def test_active_fraction_by_hand(codes, threshold, expected):
    found = metrics.active_fraction(codes, threshold)
    assert type(found) is float
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("means", "threshold", "active"),
    [
        ([[0, 0], [1, 0.1]], 0.01, [True, False]),  # variances of 0.25 and 0.0025
        ([[5, 0], [5, 1]], 0.01, [False, True]),  # far from 0, but the same for all
        ([[0, 0], [0.3, -0.3]], 0.01, [True, True]),  # 0.0225
        ([[0, 0], [1, 1.01]], 0.25, [False, True]),  # above, not at; over n, not n - 1
        ([[0, 1], [0, 2]], 0, [False, True]),
    ],
)
def test_active_latent_units_by_hand(means, threshold, active):
    for images in (means, means[::-1], means * 2):
        found = metrics.active_latent_units(images, threshold)
        assert found.dtype == bool
        np.testing.assert_array_equal(found, active)


def test_thresholds_where_left_out():
    assert metrics.active_fraction([[1e-30, 0]]) == 0.5
    means = [[-0.099, -0.101], [0.099, 0.101]]
    np.testing.assert_array_equal(metrics.active_latent_units(means), [False, True])


@pytest.mark.parametrize(
    "metric", [metrics.active_fraction, metrics.active_latent_units]
)
@pytest.mark.parametrize(
    ("codes", "threshold", "kind", "message"),
    [
        ([1, 2], 0, ValueError, "(codes|means) takes 2 axes"),
        ([[1, NAN], [1, 2]], 0, ValueError, "(codes|means) holds NaN"),
        (None, 0, TypeError, "(codes|means) takes an array of numbers"),
        ([[1], [2]], -0.1, ValueError, "threshold takes a number of 0 or more"),
        ([[1], [2]], "0", TypeError, "threshold takes a number"),
        ([[1], [2]], NAN, ValueError, "threshold takes a finite number"),
    ],
)
def test_active_units_refuse(metric, codes, threshold, kind, message):
    with pytest.raises(kind, match=message):
        metric(codes, threshold)


def test_active_latent_units_need_two_images():
    with pytest.raises(ValueError, match="means takes two images or more, and got 1"):
        metrics.active_latent_units([[1, 2]])


# --- bounds on the likelihood ----------------------------------------------------
#
# The model has two latent numbers and four pixels, so that the truth can be had by
# adding up a fine grid of z.

X = np.array(list(itertools.product([0, 1], repeat=4)), "float32")  # all 16 images
STEP = 0.2
AXIS = np.arange(-7, 7 + STEP, STEP)
GRID = np.stack(np.meshgrid(AXIS, AXIS), axis=-1).reshape(-1, 2)
BOUNDS = [metrics.elbo, metrics.importance_weighted_bound]


def variational_model(pixels=4, classes=0, activation="sigmoid", scale=0.3):
    """Return an untrained variational autoencoder of one layer each way."""
    rng = np.random.default_rng(1)

    def part(name, size, *layers):
        inputs = [keras.Input((size,)), *([keras.Input((classes,))] if classes else [])]
        joined = keras.layers.Concatenate()(inputs) if classes else inputs[0]
        outputs = [layer(joined) for layer in layers]
        model = keras.Model(
            inputs if classes else inputs[0],
            outputs if len(outputs) > 1 else outputs[0],
            name=name,
        )
        for weight in model.weights:
            weight.assign(scale * rng.normal(size=weight.shape))
        return model

    dense = keras.layers.Dense
    encoder = part("encoder", pixels, dense(2), dense(2))
    decoder = part("decoder", 2, dense(pixels, activation))
    # What the encoder says must matter, so it looks for what the decoder draws.
    kernel = 2 * decoder.weights[0].numpy()
    decoder.weights[0].assign(kernel)
    to_mean = encoder.weights[0].numpy().copy()
    to_mean[:pixels] = kernel[:2].T / 2
    encoder.weights[0].assign(to_mean)
    inputs = encoder.inputs
    z = encoder(inputs if classes else inputs[0])[0]
    outputs = decoder([z, inputs[1]] if classes else z)
    return keras.Model(inputs, outputs)


def normal(z, mean, deviation):
    """The logarithm of a normal density, summed over the numbers of z."""
    scaled = (z - mean) / deviation
    return (-(scaled**2) / 2 - np.log(deviation) - np.log(2 * np.pi) / 2).sum(axis=-1)


def truth(model, x, condition=None):
    """Return E log p(x | z), the KL and log p(x), means over x, from the grid."""
    weights = [w.numpy().astype("float64") for w in model.get_layer("encoder").weights]
    w, b = (w.numpy().astype("float64") for w in model.get_layer("decoder").weights)
    extra = np.zeros((len(x), 0)) if condition is None else condition
    inputs = np.concatenate([x, extra], axis=1)
    mean, log_variance = (inputs @ weights[i] + weights[i + 1] for i in (0, 2))
    found = []
    for image, told, m, v in zip(x, extra, mean, np.exp(log_variance / 2), strict=True):

        def log_likelihood(z, image=image, told=told):
            p = 1 / (1 + np.exp(-(z @ w[:2] + told @ w[2:] + b)))
            return np.log(np.where(image == 1, p, 1 - p)).sum(axis=1)

        prior = np.exp(normal(GRID, 0, 1)) * STEP**2
        marginal = np.log(np.sum(prior * np.exp(log_likelihood(GRID))))
        z = m + v * GRID  # under q, z has the weights that GRID has under the prior
        kl = np.sum(prior * (normal(z, m, v) - normal(z, 0, 1)))
        found.append([np.sum(prior * log_likelihood(z)), kl, marginal])
    return np.mean(found, axis=0)


@pytest.fixture(scope="module")
def model():
    return variational_model()


@pytest.fixture(scope="module")
def conditional():
    return variational_model(classes=3)


def test_elbo_against_integration(model):
    reconstruction, kl, _ = truth(model, X)
    found = metrics.elbo(model, np.tile(X, (100, 1)), samples=10)
    assert type(found) is metrics.Elbo
    assert [type(value) for value in found] == [float] * 3
    assert found.kl == pytest.approx(kl, abs=1e-6)
    assert found.reconstruction == pytest.approx(reconstruction, abs=0.02)
    assert found.elbo == found.reconstruction - found.kl


def test_importance_weighted_bound_against_integration(model):
    *_, marginal = truth(model, X)
    x = np.tile(X, (20, 1))
    found = metrics.importance_weighted_bound(model, x, samples=300)
    assert type(found) is float
    assert marginal - 0.02 < found < marginal + 0.005


def test_one_importance_sample_is_the_elbo(model):
    reconstruction, kl, _ = truth(model, X)
    x = np.tile(X, (1000, 1))
    found = metrics.importance_weighted_bound(model, x, samples=1)
    assert found == pytest.approx(reconstruction - kl, abs=0.03)


def test_more_samples_tighten_the_bound(model):
    reconstruction, kl, marginal = truth(model, X)
    x = np.tile(X, (100, 1))
    found = [metrics.importance_weighted_bound(model, x, k) for k in (1, 5, 50)]
    assert found == sorted(found)
    assert found[-1] > metrics.elbo(model, x, samples=5).elbo
    assert marginal - (reconstruction - kl) > 0.2  # there is something to tighten


def test_bounds_given_a_condition(conditional):
    condition = np.eye(3)[np.arange(16) // 6]
    reconstruction, kl, marginal = truth(conditional, X, condition)
    x, told = np.tile(X, (60, 1)), np.tile(condition, (60, 1))
    found = metrics.elbo(conditional, x, told, samples=10)
    assert found.reconstruction == pytest.approx(reconstruction, abs=0.03)
    assert found.kl == pytest.approx(kl, abs=1e-6)
    bound = metrics.importance_weighted_bound(conditional, x, 100, told)
    assert marginal - 0.03 < bound < marginal + 0.01
    other = truth(conditional, X, np.roll(condition, 1, axis=1))
    assert np.abs(other - [reconstruction, kl, marginal]).max() > 0.2  # it matters


@pytest.mark.parametrize("bound", BOUNDS)
def test_batches_do_not_matter(bound, model, conditional, monkeypatch):
    condition = np.eye(3)[np.arange(16) % 3]
    cases = [(model, None), (conditional, condition)]
    whole = [bound(m, X, samples=2, condition=c) for m, c in cases]
    monkeypatch.setattr(metrics, "_BATCH", 5)
    parts = [bound(m, X, samples=2, condition=c) for m, c in cases]
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


@pytest.mark.parametrize("bound", BOUNDS)
def test_seeds_of_the_bounds(bound, model):
    once = bound(model, X, seed=3)
    keras.utils.set_random_seed(7)
    assert bound(model, X, seed=3) == once
    assert bound(model, X, seed=4) != once


def test_bounds_of_a_sure_decoder():
    # No layer looks at its input: the decoder is sure of a white picture, and q = p.
    model = variational_model(pixels=200, scale=0)
    model.get_layer("decoder").weights[1].assign([40.0] * 200)
    white, black = np.ones((2, 200)), np.zeros((2, 200))
    worst = 200 * np.log(1e-7)  # exp() of it is 0 in any float
    for x, expected in [(white, -200e-7), (black, worst)]:
        found = metrics.elbo(model, x)
        assert found == pytest.approx((expected, 0, expected), rel=1e-3)
        bound = metrics.importance_weighted_bound(model, x, samples=3)
        assert bound == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"x": X / 2}, ValueError, "x takes pixels of 0 or 1, .* and got 0.5: log"),
        ({"x": X * 2}, ValueError, "x takes pixels of 0 or 1, .* and got 2"),
        ({"x": -X}, ValueError, "x takes pixels of 0 or 1, .* and got -1"),
        ({"x": X * NAN}, ValueError, "x holds NaN"),
        ({"x": X == 1}, TypeError, "x takes an array of numbers"),
        ({"x": X[0]}, ValueError, "x takes 2 axes"),
        ({"x": X[:, :3]}, ValueError, "x takes 4 columns"),
        ({"samples": 0}, ValueError, "samples takes a number of 1 or more"),
        ({"samples": 1.5}, TypeError, "samples takes a whole number"),
        ({"seed": -1}, ValueError, "seed takes a number of 0 or more"),
        ({"seed": None}, TypeError, "seed takes a whole number"),
        ({"model": "vae"}, TypeError, "model takes a Keras model, and got 'vae'"),
        ({"condition": X}, ValueError, r"encoder with 2 input\(s\), .* got 1 and 2"),
    ],
)
def test_bounds_refuse(bound, changes, kind, message, model):
    arguments = {"model": model, "x": X} | changes
    with pytest.raises(kind, match=message):
        bound(**arguments)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize(
    ("condition", "kind", "message"),
    [
        (None, ValueError, r"encoder with 1 input\(s\), .* and got 2 and 2"),
        (np.eye(3), ValueError, "condition and x take the same length, and got 3 and"),
        (np.ones((16, 2)), ValueError, "condition takes 3 columns"),
        (np.ones(16), ValueError, "condition takes 2 axes"),
        (["a"] * 16, TypeError, "condition takes an array of numbers"),
    ],
)
def test_bounds_refuse_conditions(bound, condition, kind, message, conditional):
    with pytest.raises(kind, match=message):
        bound(conditional, X, condition=condition)


@pytest.mark.parametrize("bound", BOUNDS)
def test_bounds_refuse_other_models(bound, model):
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match=r"with an 'encoder', and got .*'alone'"):
        bound(keras.Sequential([inputs, keras.layers.Dense(2, name="alone")]), X)
    # An autoencoder whose code is a point has no distribution to draw from.
    code = keras.Model(inputs, keras.layers.Dense(2)(inputs), name="encoder")
    decoder = model.get_layer("decoder")
    plain = keras.Model(inputs, decoder(code(inputs)))
    with pytest.raises(ValueError, match=r"2 output\(s\), and got 1 and 1"):
        bound(plain, X)
    with pytest.raises(ValueError, match="decoder's output takes probabilities from 0"):
        bound(variational_model(activation="linear"), X)
    broken = variational_model()
    broken.get_layer("encoder").weights[0].assign(np.full((4, 2), NAN))
    with pytest.raises(ValueError, match="the encoder's mean holds NaN"):
        bound(broken, X)


def test_neighbours_are_near_as_the_crow_flies():
    """Image 0 is 4.2 away and image 1 is 5; by rows and columns it is 6 and 5."""
    codes = [[3.0, 3.0], [0.0, 5.0]]
    assert metrics.neighbour_accuracy(codes, [0, 1], [[0, 0]], [0], neighbours=1) == 1
