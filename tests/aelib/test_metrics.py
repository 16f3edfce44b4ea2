"""The metrics: hand-computed cases, and what they must not depend on."""

import itertools
import types

import keras
import numpy as np
import pytest
import scipy.linalg

import aelib
from aelib import data, layers, metrics

RNG = np.random.default_rng(0)
NAN = float("nan")

# --- pictures --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "x_hat", "expected"),
    [
        ([[0, 1]], [[0.5, 1]], 0.25),
        ([[0, 1]], [[1, 0]], 2),  # a sum over pixels
        ([[0, 1], [0, 0]], [[1, 0], [0, 0]], 1),  # a mean over images
        (np.array([[0, 255]], np.uint8), np.array([[255, 0]], np.uint8), 2 * 255**2),
    ],
)
def test_squared_error_by_hand(x, x_hat, expected):
    assert metrics.squared_error_per_image(x, x_hat) == expected


def test_squared_error_adds_in_float64():
    # In float32, 1e-8 is lost beside 1.
    x = np.array([[1, *[1e-4] * 1000]], "float32")
    found = metrics.squared_error_per_image(x, np.zeros_like(x))
    assert found == pytest.approx(1 + 1e-5, abs=1e-11)


@pytest.mark.parametrize(
    ("x", "x_hat", "expected"),
    [
        ([[0, 1]], [[0.1, 0.9]], 20),
        ([[0, 1]], [[0.1, 1]], 20 + 10 * np.log10(2)),  # a mean over pixels
        ([[0], [1]], [[0.1], [0.99]], 30),  # of ratios, not of errors: that gives 23
        ([[1]], [[11]], -20),  # outside 0 to 1, as a linear output may be
    ],
)
def test_psnr_by_hand(x, x_hat, expected):
    assert metrics.psnr(x, x_hat) == pytest.approx(expected, abs=1e-12)


def test_psnr_refuses_an_exact_copy():
    x = RNG.random((4, 9))
    with pytest.raises(ValueError, match=r"x_hat\[2\] has no error"):
        metrics.psnr(x, np.where(np.arange(4)[:, None] < 2, x + 0.1, x))


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
    assert metrics.ssim(x, x_hat) == pytest.approx(np.mean(expected), abs=1e-12)


@pytest.mark.parametrize("shape", [(6, 28, 28, 1), (4, 11, 17, 3)])
def test_ssim_against_tensorflow(shape):
    tf = pytest.importorskip("tensorflow")
    x, noise = RNG.random((2, *shape), dtype="float32")
    for x_hat in (0.8 * x + 0.2 * noise, noise, 1 - x, 2 * x):
        expected = tf.image.ssim(x, x_hat, max_val=1.0).numpy().mean()
        assert metrics.ssim(x, x_hat) == pytest.approx(expected, abs=1e-5)


def test_ssim_of_constant_pictures_by_hand():
    # No pattern on either side, so brightness alone: 2ab + c over a² + b² + c.
    x, x_hat = np.full((1, 144), 0.5), np.full((1, 144), 0.25)
    expected = (2 * 0.5 * 0.25 + 1e-4) / (0.5**2 + 0.25**2 + 1e-4)
    assert metrics.ssim(x, x_hat) == pytest.approx(expected, abs=1e-12)
    assert metrics.ssim(x, x) == 1


def test_ssim_sees_pictures_not_lists_of_pixels():
    # Columns that are shifted by one leave the similarity of stripes along them.
    stripes = np.tile([0.0, 1], (12, 6))
    x, moved = stripes.reshape(1, 144), np.roll(stripes, 1, axis=0).reshape(1, 144)
    assert metrics.ssim(x, moved) == pytest.approx(1, abs=1e-6)
    assert metrics.ssim(x, 1 - x) < -0.5


@pytest.mark.parametrize(
    "metric", [metrics.squared_error_per_image, metrics.psnr, metrics.ssim]
)
def test_pictures_of_any_rank_and_type(metric):
    x, x_hat = RNG.random((2, 3, 144), dtype="float32")
    expected = metric(x, x_hat)
    for shape in ((3, 12, 12), (3, 12, 12, 1)):
        assert metric(x.reshape(shape), x_hat.reshape(shape)) == expected
    order = [2, 0, 1]
    assert metric(x[order], x_hat[order]) == pytest.approx(expected, rel=1e-12)
    half = keras.ops.cast(x, "bfloat16")
    x_half = keras.ops.convert_to_numpy(keras.ops.cast(half, "float32"))
    assert metric(half, x_hat) == metric(x_half, x_hat)


# --- codes -----------------------------------------------------------------------

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
    for codes, new in ((CODES, new_codes), (CODES[..., None], np.c_[[new_codes]])):
        new = np.reshape(new, (-1, *codes.shape[1:]))
        found = metrics.neighbour_accuracy(codes, LABELS, new, new_labels, neighbours)
        assert found == expected


def test_five_neighbours_vote_where_left_out():
    # Of three 7 has the majority, of five 9. Of four and six none: the 7 would win.
    codes, labels = [[0], [1], [-3], [4], [-5], [60]], [7, 7, 9, 9, 9, 7]
    assert metrics.neighbour_accuracy(codes, labels, [[0]], [9]) == 1
    assert metrics.neighbour_accuracy(codes, labels, [[0]], [9], 3) == 0


def test_neighbours_are_near_as_the_crow_flies():
    """Image 0 is 4.2 away and image 1 is 5; by rows and columns it is 6 and 5."""
    codes = [[3.0, 3.0], [0.0, 5.0]]
    assert metrics.neighbour_accuracy(codes, [0, 1], [[0, 0]], [0], neighbours=1) == 1


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
    assert found == expected
    image_codes = CODES[:, None, :, None]
    new = np.reshape(new_codes, (-1, 1, 1, 1))
    assert metrics.linear_probe(image_codes, LABELS, new, new_labels) == expected


def test_the_probe_computes_in_one_thread(monkeypatch):
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_info, threadpool_limits

    met, fit = [], LogisticRegression.fit

    def counted(*arguments):
        met.extend(pool["num_threads"] for pool in threadpool_info())
        return fit(*arguments)

    monkeypatch.setattr(LogisticRegression, "fit", counted)
    with threadpool_limits(2):
        metrics.fit_linear_probe(CODES, LABELS)
    assert set(met) == {1}


def test_weights_of_two_classes_by_hand():
    # As the probe scales them the codes are -1 and 1. There the difference w of the two
    # weights minimises w²/2 + 30 · 2 log(1 + exp(-w)), so w = 60 / (1 + exp(w)).
    weights, b = metrics.fit_linear_probe([[10.0], [14.0]], [3, 7])
    w = 2 * (weights[0, 1] - weights[0, 0])  # in units of the deviation, which is 2
    assert w == pytest.approx(60 / (1 + np.exp(w)), rel=0.02)
    assert 12 * weights[0] + b == pytest.approx([0, 0], abs=1e-6)


def test_scores_of_two_classes_are_opposite():
    weights, b = metrics.fit_linear_probe([[10.0], [14.0], [15.0]], [3, 7, 7])
    below, above = b + [[10.0], [14.0]] @ weights
    assert below[0] == pytest.approx(-below[1])
    assert below[0] > 0 > above[0]


def test_weights_are_those_of_the_probe():
    codes = RNG.normal(size=(300, 6)) + 5
    labels = 10 - np.argmax(codes[:, :3] + RNG.normal(size=(300, 3)), axis=1)
    weights, b = metrics.fit_linear_probe(codes[:200], labels[:200])
    assert (weights.shape, b.shape) == ((6, 3), (3,))
    found = np.array([8, 9, 10])[np.argmax(codes[200:] @ weights + b, axis=1)]
    probe = metrics.linear_probe(codes[:200], labels[:200], codes[200:], labels[200:])
    assert probe == np.mean(found == labels[200:])
    assert 0.5 < probe < 1


def test_probe_knows_no_rotation_no_unit_and_no_order():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(200, 5))
    scores = codes @ rng.normal(size=(5, 3))
    noise = 2 * scores.std() * rng.normal(size=scores.shape)
    labels = np.argmax(scores + noise, axis=1)

    def answers(codes, order=slice(None)):
        weights, b = metrics.fit_linear_probe(codes[order], labels[order])
        return codes @ weights + b

    expected = answers(codes)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    same = {
        "turned": answers(codes @ turn),
        "moved": answers(codes + 40),
        "larger": answers(codes * 1000),
        "shuffled": answers(codes, rng.permutation(200)),
    }
    for name, found in same.items():
        np.testing.assert_allclose(found, expected, atol=0.05, err_msg=name)
    # A factor for one column is no unit: it changes what is loud.
    by_column = answers(codes * [1, 1, 1, 1, 10])
    assert np.abs(by_column - expected).max() > 0.1


def test_probe_is_linear():
    # Neighbours know a ring from its centre; no line does.
    angle, label = np.linspace(0, 2 * np.pi, 80), np.arange(80) % 2
    codes = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + 3 * label[:, None])
    assert metrics.neighbour_accuracy(codes, label, codes, label) == 1
    assert metrics.linear_probe(codes, label, codes, label) < 0.7


def test_probe_of_pixels():
    digits = data.load_mnist()
    x, y = digits.x_train[:500], digits.y_train[:500]
    new = digits.x_validation, digits.y_validation
    found = metrics.linear_probe(x, y, *new)
    assert 0.8 < found < 0.95
    assert metrics.linear_probe(x, RNG.permutation(y), *new) < 0.25
    assert metrics.linear_probe(x, y, *new) == found


@pytest.mark.parametrize(
    ("codes", "dead"),
    [
        ([[0, 1], [0, 2]], [True, False]),
        ([[5, 5], [5, 5]], [True, True]),  # dead at any value, not at zero alone
        ([[0, 1], [1, 0], [0, 1]], [False, False]),
        ([[0.1, 0.1]] * 3, [True, True]),  # to rounding, their variance is not 0
        ([[[-1, 0]], [[-1, 1e-30]]], [[True, False]]),  # an image code
    ],
)
def test_dead_units_by_hand(codes, dead):
    for images in (codes, codes[::-1]):
        np.testing.assert_array_equal(metrics.dead_units(images), dead)


@pytest.mark.parametrize(
    ("codes", "threshold", "expected"),
    [
        ([[0, 2], [0, -1]], 0, 0.5),  # negative numbers are active too
        ([[0, 2], [0, -1]], 1, 0.25),  # above, not at
        ([[[1, 0], [0, 1]], [[1, 1], [1, 1]]], 0, 0.75),
        (np.array([[-128, 0]], np.int8), 100, 0.5),  # whose size no int8 can hold
    ],
)
def test_active_fraction_by_hand(codes, threshold, expected):
    assert metrics.active_fraction(codes, threshold) == expected


@pytest.mark.parametrize(
    ("means", "threshold", "active"),
    [
        ([[0, 0], [1, 0.1]], 0.01, [True, False]),  # variances of 0.25 and 0.0025
        ([[5, 0], [5, 1]], 0.01, [False, True]),  # far from 0, but the same for all
        ([[0, 0], [1, 1.01]], 0.25, [False, True]),  # above, not at; over n, not n - 1
        ([[[0, 1]], [[0, 2]]], 0, [[False, True]]),
    ],
)
def test_active_latent_units_by_hand(means, threshold, active):
    for images in (means, means[::-1]):
        found = metrics.active_latent_units(images, threshold)
        np.testing.assert_array_equal(found, active)


def test_thresholds_where_left_out():
    assert metrics.active_fraction([[1e-30, 0]]) == 0.5
    means = [[-0.099, -0.101], [0.099, 0.101]]
    np.testing.assert_array_equal(metrics.active_latent_units(means), [False, True])


# --- crowds of samples -----------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([[0], [2]], [[3], [5]], 9),  # the means' distance alone
        ([[-1], [1]], [[-3], [3], [0]], (3 - np.sqrt(2)) ** 2),  # deviations √2 and 3
        ([[0, 1], [2, 1]], [[0, 1], [2, 1]], 0),
    ],
)
def test_frechet_by_hand(x, y, expected):
    assert metrics.frechet_distance(x, y) == pytest.approx(expected, abs=1e-12)


def test_frechet_against_a_root_of_the_matrix():
    x = RNG.normal(size=(200, 5)) @ RNG.normal(size=(5, 5))
    y = RNG.normal(size=(300, 5)) + 1
    a, b = np.cov(x.T), np.cov(y.T)
    expected = np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2)
    expected += np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b).real)
    assert metrics.frechet_distance(x, y) == pytest.approx(expected)
    assert metrics.frechet_distance(y, x) == pytest.approx(expected)
    turn, _ = np.linalg.qr(RNG.normal(size=(5, 5)))
    turned = metrics.frechet_distance(x @ turn, y @ turn)
    assert turned == pytest.approx(expected)
    assert metrics.frechet_distance(x, x[::-1]) == pytest.approx(0, abs=1e-12)


def test_frechet_of_equal_crowds_is_never_less_than_nothing():
    crowds = RNG.normal(size=(50, 6, 3))
    assert all(0 <= metrics.frechet_distance(x, x) < 1e-12 for x in crowds)


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
    kernel, bias = decoder.get_weights()
    decoder.set_weights([2 * kernel, bias])
    to_mean, *others = encoder.get_weights()
    to_mean[:pixels] = kernel[:2].T
    encoder.set_weights([to_mean, *others])
    return aelib.Autoencoder(encoder, decoder, constraint=layers.GaussianSampling())


def normal(z, mean, deviation):
    """The logarithm of a normal density, summed over the numbers of z."""
    scaled = (z - mean) / deviation
    return (-(scaled**2) / 2 - np.log(deviation) - np.log(2 * np.pi) / 2).sum(axis=-1)


def truth(model, x, condition=None):
    """Return E log p(x | z), the KL and log p(x), means over x, from the grid."""
    weights = [w.astype("float64") for w in model.encoder.get_weights()]
    w, b = (w.astype("float64") for w in model.decoder.get_weights())
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


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_bound_is_taken_as_for_inference(bound):
    model = variational_model()
    z = keras.Input((2,))
    decoder = keras.Model(z, model.decoder(keras.layers.Dropout(0.5)(z)))
    options = {"constraint": layers.GaussianSampling()}
    dropping = aelib.Autoencoder(model.encoder, decoder, **options)
    assert bound(dropping, X) == bound(model, X)


def test_elbo_against_integration(model):
    reconstruction, kl, _ = truth(model, X)
    found = metrics.elbo(model, np.tile(X, (100, 1)), samples=10)
    assert found.kl == pytest.approx(kl, abs=1e-6)
    assert found.reconstruction == pytest.approx(reconstruction, abs=0.02)
    assert found.elbo == found.reconstruction - found.kl


def test_importance_weighted_bound_against_integration(model):
    *_, marginal = truth(model, X)
    x = np.tile(X, (20, 1))
    found = metrics.importance_weighted_bound(model, x, samples=300)
    assert marginal - 0.02 < found < marginal + 0.005


def test_more_samples_tighten_the_bound(model):
    reconstruction, kl, marginal = truth(model, X)
    assert marginal - (reconstruction - kl) > 0.2  # there is something to tighten
    x = np.tile(X, (500, 1))
    found = [metrics.importance_weighted_bound(model, x, k) for k in (1, 5, 50)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(reconstruction - kl, abs=0.04)  # one: the ELBO


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
def test_bounds_of_image_shaped_models(bound, model):
    # The same weights, in a model of images (2, 2, 1) with codes of shape (1, 2).
    def shaped(part, before, into, after):
        inputs = keras.Input(before)
        outputs = part(keras.layers.Reshape(into)(inputs))
        outputs = outputs if isinstance(outputs, list) else [outputs]
        outputs = [keras.layers.Reshape(after)(tensor) for tensor in outputs]
        return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0])

    encoder = shaped(model.encoder, (2, 2, 1), (4,), (1, 2))
    decoder = shaped(model.decoder, (1, 2), (2,), (2, 2, 1))
    images = aelib.Autoencoder(encoder, decoder, layers.GaussianSampling())
    found = bound(images, X.reshape(16, 2, 2, 1), samples=2)
    np.testing.assert_allclose(found, bound(model, X, samples=2), rtol=1e-5)


@pytest.mark.parametrize("bound", BOUNDS)
def test_batches_do_not_matter(bound, model, conditional, monkeypatch):
    condition = np.eye(3)[np.arange(16) % 3]
    cases = [(model, None), (conditional, condition)]
    whole = [bound(m, X, samples=2, condition=c) for m, c in cases]
    monkeypatch.setattr("aelib.metrics.likelihood._BATCH", 5)
    parts = [bound(m, X, samples=2, condition=c) for m, c in cases]
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


@pytest.mark.parametrize("bound", BOUNDS)
def test_seeds_of_the_bounds(bound, model):
    once = bound(model, X, seed=3)
    keras.utils.set_random_seed(7)
    assert bound(model, X, seed=3) == once
    assert bound(model, X, seed=4) != once


@pytest.mark.parametrize(("bound", "samples"), [*zip(BOUNDS, [1, 50], strict=True)])
def test_draws_where_left_out(bound, samples, model):
    assert bound(model, X) == bound(model, X, samples=samples, seed=0)


def test_bounds_of_a_sure_decoder():
    # No layer looks at its input: the decoder is sure of a white picture, and q = p.
    model = variational_model(pixels=200, scale=0)
    kernel, _ = model.decoder.get_weights()
    worst = 200 * np.log(1e-7)  # exp() of it is 0 in any float
    for picture, bias in [(1, 40.0), (0, -200.0)]:  # its probabilities are 1, and 0
        model.decoder.set_weights([kernel, np.full(200, bias)])
        for x, expected in [(picture, -200e-7), (1 - picture, worst)]:
            images = np.full((2, 200), x)
            found = metrics.elbo(model, images)
            assert found == pytest.approx((expected, 0, expected), rel=1e-3)
            bound = metrics.importance_weighted_bound(model, images, samples=3)
            assert bound == pytest.approx(expected, rel=1e-3)


# --- ranking ---------------------------------------------------------------------

FALLING = [[5.0, 4.0, 3.0, 2.0, 1.0]]  # movie 0 is ranked first
NOTHING = [[0, 0, 0, 0, 0]]
RANKINGS = [metrics.recall_at_k, metrics.ndcg_at_k]


@pytest.mark.parametrize(
    ("hidden", "shown", "k", "recall", "ndcg"),
    [
        ([1, 0, 0, 0, 0], NOTHING[0], 1, 1, 1),
        ([0, 0, 1, 0, 0], NOTHING[0], 3, 1, 1 / 2),  # place 3: 1 / log2(4)
        ([0, 0, 1, 0, 0], NOTHING[0], 2, 0, 0),  # beyond the list
        ([0, 0, 1, 0, 0], [1, 1, 0, 0, 0], 1, 1, 1),  # shown movies are not ranked
        ([0, 1, 0, 0, 1], NOTHING[0], 2, 1 / 2, 1 / np.log2(3) / (1 + 1 / np.log2(3))),
        ([1, 1, 1, 0, 0], NOTHING[0], 2, 1, 1),  # divided by min(k, hidden)
        ([1, 0, 0, 1, 0], [0, 1, 1, 0, 0], 5, 1, 1),  # a list longer than the rest
    ],
)
def test_ranking_by_hand(hidden, shown, k, recall, ndcg):
    for metric, expected in zip(RANKINGS, (recall, ndcg), strict=True):
        found = metric(FALLING, [hidden], [shown], k)
        assert found == pytest.approx([expected], abs=1e-15)


@pytest.mark.parametrize("metric", RANKINGS)
def test_people_are_ranked_apart(metric):
    scores = RNG.normal(size=(30, 50))
    state = RNG.integers(3, size=(30, 50))
    hidden, shown = state == 1, state == 2
    together = metric(scores, hidden, shown, 10)
    assert 0 < together.mean() < 1
    for i in (0, 29):
        alone = metric(scores[[i]], hidden[[i]], shown[[i]], 10)
        assert alone[0] == pytest.approx(together[i], rel=1e-12)
    # Scores of shown movies say nothing.
    again = metric(scores + 99 * shown, hidden, shown, 10)
    np.testing.assert_array_equal(again, together)


def test_of_equal_scores_the_earlier_column_comes_first():
    for hidden, expected in ([[1, 0, 0]], 1), ([[0, 1, 0]], 0):
        found = metrics.recall_at_k([[1, 1, 1]], hidden, [[0, 0, 0]], 1)
        assert found == [expected]
    # Of a few, or where all are equal, any way to sort keeps the order.
    columns, hidden = np.arange(300), np.eye(300)
    found = metrics.recall_at_k([columns % 2] * 300, hidden, 0 * hidden, 99)
    np.testing.assert_array_equal(found, (columns % 2 == 1) & (columns < 198))


def test_recall_looks_at_twenty_unless_told():
    hidden = np.eye(150)[[19, 20]]
    found = metrics.recall_at_k([range(150, 0, -1)] * 2, hidden, 0 * hidden)
    np.testing.assert_array_equal(found, [1, 0])


def test_ranking_looks_at_a_hundred_unless_told():
    scores = RNG.random((1, 150))
    for place, expected in [(99, 1 / np.log2(101)), (100, 0)]:  # counted from 0
        hidden = np.zeros((1, 150))
        hidden[0, np.argsort(-scores[0])[place]] = 1
        assert metrics.ndcg_at_k(scores, hidden, 0 * hidden) == pytest.approx(expected)


def test_a_small_whole_number_as_k():
    scores, hidden = np.arange(300)[None], np.ones((1, 300))
    found = metrics.ndcg_at_k(scores, hidden, 0 * hidden, np.int8(127))
    assert found == pytest.approx([1])


@pytest.mark.parametrize("hole", [0.0, 9.0, NAN, float("inf")])
def test_masked_rmse_by_hand(hole):
    stars, predicted, known = [[5.0, hole, 2.0]], [[3.0, 4.0, 2.0]], [[1, 0, 1]]
    assert metrics.masked_rmse(stars, predicted, known) == np.sqrt(2)
    assert metrics.masked_rmse(predicted, stars, known) == np.sqrt(2)
    assert metrics.masked_rmse(stars, predicted, [[True, False, False]]) == 2


# --- what is refused -------------------------------------------------------------

PICTURES = RNG.random((3, 144))  # 12 × 12 pixels
PAIR = {"x": PICTURES, "x_hat": PICTURES / 2}
CROWDS = {"x": CODES, "y": CODES}
LABELLED = {"codes": CODES, "labels": LABELS, "new_codes": [[1]], "new_labels": [3]}
RANKED = {"scores": [[1, 2]], "hidden": [[1, 0]], "shown": [[0, 0]], "k": 1}
RATED = {"values": [[1.0, 2]], "x_hat": [[1.0, 2]], "known": [[1, 0]]}
VARIATIONAL = variational_model()
BOUND = {"model": VARIATIONAL, "x": X}
PLAIN = aelib.models.dense_autoencoder(4, (), 2)
HALF = types.SimpleNamespace(encoder=VARIATIONAL.encoder)

error, psnr, ssim = metrics.squared_error_per_image, metrics.psnr, metrics.ssim
neighbours, probe = metrics.neighbour_accuracy, metrics.linear_probe
active = metrics.active_latent_units
recall, rmse, elbo = metrics.recall_at_k, metrics.masked_rmse, metrics.elbo


@pytest.mark.parametrize(
    ("metric", "right", "wrong", "kind", "message"),
    [
        (error, PAIR, {"x_hat": PICTURES[:2]}, ValueError, "x and x_hat take the same"),
        (error, {}, {"x": [1], "x_hat": [1]}, ValueError, "x takes 2 axes or more"),
        (error, PAIR, {"x_hat": None}, TypeError, "x_hat takes numbers"),
        (psnr, PAIR, {"x": PICTURES * 255}, ValueError, "x takes a number from 0 to 1"),
        (ssim, PAIR, {"x": PICTURES + 0.5}, ValueError, "x takes a number from 0 to 1"),
        (ssim, PAIR, {"x": PICTURES - 0.5}, ValueError, "x takes a number from 0 to 1"),
        (ssim, {}, dict.fromkeys(PAIR, PICTURES[:, 1:]), ValueError, "x takes images"),
        (ssim, {}, dict.fromkeys(PAIR, PICTURES[:, :100]), ValueError, "11 × 11"),
        (ssim, {}, dict.fromkeys(PAIR, np.zeros((1, 10, 11))), ValueError, "11 × 11"),
        (ssim, {}, dict.fromkeys(PAIR, np.zeros((1, 11, 10))), ValueError, "11 × 11"),
        (neighbours, LABELLED, {"codes": [1, 2]}, ValueError, "codes takes 2 axes or"),
        (neighbours, LABELLED, {"labels": LABELS[1:]}, ValueError, "codes and labels"),
        (neighbours, LABELLED, {"neighbours": 7}, ValueError, "neighbours takes a num"),
        (neighbours, LABELLED, {"neighbours": 0}, ValueError, "neighbours takes a num"),
        (probe, LABELLED, {"labels": LABELS + 0.5}, ValueError, "labels takes whole"),
        (probe, LABELLED, {"labels": [4] * 6}, ValueError, "two different .* only 4"),
        (metrics.dead_units, {}, {"codes": [[1, 2]]}, ValueError, "two images or more"),
        (metrics.dead_units, {}, {"codes": [1, 2]}, ValueError, "got shape \\(2,\\)"),
        (
            active,
            {"means": CODES},
            {"threshold": -1},
            ValueError,
            "threshold takes a n",
        ),
        (metrics.frechet_distance, CROWDS, {"x": [[1]]}, ValueError, "x takes two ima"),
        (metrics.frechet_distance, CROWDS, {"y": PICTURES}, ValueError, "y takes 1 co"),
        (recall, RANKED, {"k": 3}, ValueError, "k takes a number from 1 to 2"),
        (recall, RANKED, {"hidden": [[0, 0]]}, ValueError, "none in row 0"),
        (recall, RANKED, {"shown": [[1, 0]]}, ValueError, "got column 0 in both"),
        (recall, RANKED, {"shown": [[0, 0.5]]}, ValueError, "shown takes 0 and 1"),
        (rmse, RATED, {"known": [[0, 0]]}, ValueError, "known takes one 1 or more"),
        (rmse, RATED, {"values": [[NAN, 1]]}, ValueError, "values holds NaN"),
        (rmse, RATED, {"x_hat": [[1], [2]]}, ValueError, "x_hat and known take the sa"),
        (elbo, BOUND, {"x": X[:, :3]}, ValueError, "x takes shape \\('n', 4\\)"),
        (elbo, BOUND, {"x": X / 2}, ValueError, "pixels of 0 or 1, .* and got 0.5"),
        (elbo, BOUND, {"condition": X}, ValueError, "condition: one is given"),
        (elbo, BOUND, {"model": "vae"}, TypeError, "model takes an aelib.Autoencoder"),
        (elbo, BOUND, {"model": HALF}, TypeError, "model takes an aelib.Autoencoder"),
        (elbo, BOUND, {"model": PLAIN}, ValueError, "model takes an encoder with two"),
        (elbo, BOUND, {"samples": 0}, ValueError, "samples takes a number of 1 or"),
    ],
)
def test_refused(metric, right, wrong, kind, message):
    with pytest.raises(kind, match=message):
        metric(**right | wrong)


@pytest.mark.parametrize("bound", BOUNDS)
def test_bounds_refuse_what_is_no_probability(bound):
    def above_1(x):  # and below 2
        return 1 + keras.ops.sigmoid(x)

    for activation in ("linear", "tanh", above_1):  # tanh stays above -1
        message = "decoder's output takes probabilities from 0"
        with pytest.raises(ValueError, match=message):
            bound(variational_model(activation=activation), X)
    broken = variational_model()
    broken.encoder.set_weights([w * NAN for w in broken.encoder.get_weights()])
    with pytest.raises(ValueError, match="the encoder's mean holds NaN"):
        bound(broken, X)
