"""What a lesson reports: NumPy arrays in, one number or one number per item out."""

from typing import NamedTuple

import numpy as np

from aelib import checks

_BATCH = 1000  # images that a model sees at once: more would only cost memory
_SSIM_WINDOW = 11  # pixels, the side of the window of Wang et al.
_CLIP = 1e-7  # how near to 0 and 1 a probability may come, as in Keras' own loss


def squared_error_per_image(x, x_hat):
    """Return the squared error summed over an image, averaged over the images.

    Args:
        x: images, shape (n, 784) or any (n, features), pixels from 0 to 1.
        x_hat: their reconstructions, same shape.

    Returns:
        A float, in squared pixel units per image: 0 for a perfect copy, at most 784.
        This is the number of Hinton and Salakhutdinov (2006).

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes differ, or an array is empty or holds NaN.

    Example:
        >>> squared_error_per_image([[0.0, 1.0]], [[0.5, 1.0]])
        0.25
    """
    x = checks.array("x", x, ndim=2)
    x_hat = checks.array("x_hat", x_hat, ndim=2)
    checks.same_shape("x", x, "x_hat", x_hat)
    # float64: the sum over many images must not depend on the order of adding, and
    # whole numbers without a sign must not wrap around.
    difference = np.subtract(x, x_hat, dtype=np.float64)
    return float(np.square(difference).sum(axis=1).mean())


def psnr(x, x_hat):
    """Return the peak signal-to-noise ratio, averaged over the images.

    10 · log10(1 / mean squared error) of each image, for a peak of 1. Every 10 dB more
    are a tenth of the squared error.

    Args:
        x: images, shape (n, features), pixels from 0 to 1.
        x_hat: their reconstructions, same shape; values outside 0 to 1 count as they
            are.

    Returns:
        A float, in decibels (dB). Ratios are averaged, not errors, so it can't be
        computed from the error averaged over the images.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes differ, an array is empty or holds NaN, pixels of `x` outside
            0 to 1, or an image that is reproduced exactly: its ratio is infinite.

    Example:
        >>> psnr([[0.0, 1.0]], [[0.1, 0.9]])
        20.0
    """
    x, x_hat = _checked_pictures(x, x_hat)
    error = np.square(np.subtract(x, x_hat, dtype=np.float64)).mean(axis=1)
    if not error.all():
        raise ValueError(
            f"x_hat[{np.argmin(error)}] has no error: the PSNR of an exact copy is "
            "infinite, and so would be the mean"
        )
    return float(np.mean(-10 * np.log10(error)))


def ssim(x, x_hat):
    """Return the structural similarity index, averaged over the images.

    It compares brightness, contrast and pattern in windows of 11 × 11 pixels. A blur
    that leaves the squared error small costs much here.

    Args:
        x: square images, shape (n, side * side) with a side of 11 or more, pixels from
            0 to 1.
        x_hat: their reconstructions, same shape.

    Returns:
        A float, at most 1, which is a perfect copy; about 0 for an unrelated pattern.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes differ, images that are not square or too small, an array
            that is empty or holds NaN, or pixels of `x` outside 0 to 1.

    Source: Wang, Bovik, Sheikh and Simoncelli (2004), "Image Quality Assessment: From
    Error Visibility to Structural Similarity"; computed by `tf.image.ssim`.

    Example:
        >>> ssim(x, x)
        1.0
    """
    x, x_hat = _checked_pictures(x, x_hat)
    side = round(x.shape[1] ** 0.5)
    if side**2 != x.shape[1]:
        raise ValueError(
            f"x takes square images such as (n, 784), and got shape {x.shape}"
        )
    if side < _SSIM_WINDOW:
        raise ValueError(
            f"x takes images of {_SSIM_WINDOW} × {_SSIM_WINDOW} pixels or more, and "
            f"got {side} × {side}"
        )
    import tensorflow as tf

    pictures = [a.reshape(-1, side, side, 1).astype("float32") for a in (x, x_hat)]
    per_image = tf.image.ssim(*pictures, max_val=1.0, filter_size=_SSIM_WINDOW)
    return float(np.mean(per_image, dtype=np.float64))


def _checked_pictures(x, x_hat):
    """Return images with pixels from 0 to 1 and their reconstructions, or raise."""
    x = checks.array("x", x, ndim=2)
    x_hat = checks.array("x_hat", x_hat, ndim=2)
    checks.same_shape("x", x, "x_hat", x_hat)
    if x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"x takes pixels from 0 to 1, and got {x.min():g} to {x.max():g}"
        )
    return x, x_hat


def masked_rmse(values, x_hat, known):
    """Return the root of the mean squared error over the known values.

    What stands at unknown places, as long as it is finite, does not count.

    Args:
        values: such as ratings in stars, any shape.
        x_hat: what was predicted, same shape.
        known: 1 (or True) where a value counts, else 0, same shape, one 1 or more.

    Returns:
        A float, in units of the values.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that differ, anything but 0 and 1, or nothing known.

    Example:
        >>> masked_rmse([[5.0, 0.0]], [[3.0, 4.0]], known=[[1, 0]])
        2.0

    Introduced in lesson 09.
    """
    values, x_hat = checks.array("values", values), checks.array("x_hat", x_hat)
    known = checks.zeros_and_ones("known", known)
    checks.same_shape("values", values, "x_hat", x_hat)
    checks.same_shape("values", values, "known", known)
    if not known.any():
        raise ValueError("known takes one 1 or more, and got none")
    # Small and unsigned types would wrap around or overflow.
    wide = np.result_type(x_hat, values, np.float32)
    difference = np.subtract(x_hat, values, dtype=wide)
    return float(np.sqrt(np.mean(difference[known] ** 2)))


def recall_at_k(scores, hidden, shown, k=20):
    """Return which share of each person's hidden likes is among the first k movies.

    Movies are ranked by score, the shown ones left out; of equal scores the earlier
    column comes first. The number of hits is divided by min(k, number of hidden likes),
    so that 1 can be reached.

    Args:
        scores: one a movie, larger is better, shape (people, movies).
        hidden: 1 where a movie is to be found, else 0, same shape, one 1 or more in
            each row.
        shown: 1 where the like was shown to the recommender, else 0, same shape.
        k: length of the list.

    Returns:
        Array of shape (people,), each from 0 to 1.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: shapes that differ, anything but 0 and 1, a movie that is shown and
            hidden at once, a person with nothing hidden, or `k` out of range.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering".

    Example:
        >>> recall_at_k([[0.9, 0.5, 0.7]], hidden=[[0, 0, 1]], shown=[[1, 0, 0]], k=1)
        array([1.])
    """
    hits, hidden = _hits(scores, hidden, shown, k)
    return hits.sum(axis=1) / np.minimum(k, hidden.sum(axis=1))


def ndcg_at_k(scores, hidden, shown, k=100):
    """Return the normalised discounted cumulative gain of each person's first k movies.

    A hidden like at place j of the list counts 1 / log2(j + 1). Their sum is divided
    by the largest that is possible: all hidden likes at the top of the list.

    Args:
        scores: see `recall_at_k`, and so for the other arguments.
        hidden: 1 where a movie is to be found, else 0.
        shown: 1 where the like was shown to the recommender, else 0.
        k: length of the list.

    Returns:
        Array of shape (people,), each from 0 to 1.

    Raises:
        TypeError: see `recall_at_k`.
        ValueError: see `recall_at_k`.

    Source: Liang, Krishnan, Hoffman and Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering".

    Example:
        >>> ndcg_at_k([[0.9, 0.5, 0.7]], hidden=[[0, 0, 1]], shown=[[1, 0, 0]], k=2)
        array([1.])
    """
    hits, hidden = _hits(scores, hidden, shown, k)
    k = hits.shape[1]  # as Python's whole number: NumPy's small ones overflow
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(discounts)[np.minimum(k, hidden.sum(axis=1)) - 1]
    return hits @ discounts / best


def _hits(scores, hidden, shown, k):
    """Return where the first k movies are hidden likes, (people, k), and `hidden`."""
    scores = checks.array("scores", scores, ndim=2)
    hidden = checks.zeros_and_ones("hidden", hidden)
    shown = checks.zeros_and_ones("shown", shown)
    checks.same_shape("scores", scores, "hidden", hidden)
    checks.same_shape("scores", scores, "shown", shown)
    checks.whole_number("k", k, low=1, high=scores.shape[1])
    if (both := hidden & shown).any():
        raise ValueError(
            f"hidden and shown take no movie in common, and got column "
            f"{both.any(axis=0).argmax()} in both"
        )
    if not (some := hidden.any(axis=1)).all():
        raise ValueError(
            f"hidden takes a 1 in each row, and got none in row {some.argmin()}"
        )
    ranked = np.where(shown, -np.inf, scores)
    first = np.argsort(-ranked, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(hidden, first, axis=1), hidden


def neighbour_accuracy(codes, labels, new_codes, new_labels, neighbours=5):
    """Return how often the nearest neighbours' majority has the right label.

    Args:
        codes: codes (or raw pixels) of labelled images, shape (n, features).
        labels: their labels, whole numbers, shape (n,).
        new_codes: codes of images that the encoder has not seen, shape (m, features).
        new_labels: their labels, shape (m,), used only for counting.
        neighbours: how many neighbours vote, by Euclidean distance.

    Returns:
        A float from 0 to 1. With ten balanced classes, guessing gives 0.1.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that do not fit, or `neighbours` out of range.

    Example:
        >>> neighbour_accuracy([[0.0], [1.0]], [3, 7], [[0.9]], [7], neighbours=1)
        1.0
    """
    codes, labels, new_codes, new_labels = _checked_labelled(
        codes, labels, new_codes, new_labels
    )
    high = len(codes)
    neighbours = checks.whole_number("neighbours", neighbours, low=1, high=high)
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(n_neighbors=neighbours).fit(codes, labels)
    return float(classifier.score(new_codes, new_labels))


def linear_probe(codes, labels, new_codes, new_labels):
    """Return how often a linear classifier on the codes finds the right label.

    The classifier is multinomial logistic regression with a fixed L2 penalty, on codes
    that are shifted and scaled to mean 0 and variance 1. It is no network on top: what
    it finds, the code holds in a linear form.

    Args:
        codes: codes (or raw pixels) of labelled images, shape (n, features).
        labels: their labels, whole numbers, two different ones or more, shape (n,).
        new_codes: codes of images that the encoder has not seen, shape (m, features).
            Shift and scale are those of `codes`.
        new_labels: their labels, shape (m,), used only for counting.

    Returns:
        A float from 0 to 1. With ten balanced classes, guessing gives 0.1.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that do not fit, or labels that are all the same.

    Example:
        >>> linear_probe([[0.0], [1.0]], [3, 7], [[0.9]], [7])
        1.0
    """
    codes, labels, new_codes, new_labels = _checked_labelled(
        codes, labels, new_codes, new_labels
    )
    if np.all(labels == labels[0]):
        raise ValueError(
            f"labels takes two different labels or more, and got only {labels[0]}"
        )
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    # Chosen on validation images, for codes of 32 to 1,000 numbers: a tolerance of 1e-5
    # takes two to four times longer and moves the accuracy by 0.002 at most.
    classifier = LogisticRegression(C=0.03, tol=3e-4, max_iter=1000)
    probe = make_pipeline(StandardScaler(), classifier)
    # float64: in float32 the solver may stall and warn. One thread: the result does not
    # depend on the number of cores, and on a busy machine several wait for each other.
    with threadpool_limits(1):
        probe.fit(codes.astype(np.float64), labels)
        return float(probe.score(new_codes.astype(np.float64), new_labels))


def _checked_labelled(codes, labels, new_codes, new_labels):
    """Return labelled codes to learn from and new ones to be judged by, or raise."""
    codes = checks.array("codes", codes, ndim=2)
    new_codes = checks.array("new_codes", new_codes, ndim=2, columns=codes.shape[1])
    labels = checks.labels("labels", labels)
    new_labels = checks.labels("new_labels", new_labels)
    checks.same_length("codes", codes, "labels", labels)
    checks.same_length("new_codes", new_codes, "new_labels", new_labels)
    return codes, labels, new_codes, new_labels


def dead_units(codes):
    """Return which units give the same value for every image.

    Args:
        codes: activations of a layer on many images, shape (n, units), n of 2 or more.

    Returns:
        Boolean array of shape (units,), True where the unit is dead.

    Raises:
        TypeError: `codes` is no array of numbers.
        ValueError: not two axes, fewer than two images, or NaN.

    Example:
        >>> dead_units([[0.0, 1.0], [0.0, 2.0]])
        array([ True, False])
    """
    codes = _checked_units("codes", codes)
    return np.all(codes == codes[0], axis=0)


def active_fraction(codes, threshold=0.0):
    """Return the share of a code's numbers that are larger in size than a threshold.

    Args:
        codes: activations of a layer, shape (n, units).
        threshold: a number h counts where |h| is above it; 0 or more.

    Returns:
        A float from 0 (nothing is active) to 1 (everything is), over all images.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: not two axes, NaN, or a negative threshold.

    Example:
        >>> active_fraction([[0.0, 2.0], [0.0, -1.0]])
        0.5
    """
    codes = checks.array("codes", codes, ndim=2)
    threshold = checks.number("threshold", threshold, low=0)
    with np.errstate(over="ignore"):  # a threshold beyond float16: nothing is above it
        return float(np.mean((codes > threshold) | (codes < -threshold)))


def active_latent_units(means, threshold=0.01):
    """Return which numbers of a variational code tell the images apart.

    A unit is active where the variance of its posterior mean over the images is above
    the threshold. A collapsed unit has nearly the same mean for every image.

    Args:
        means: posterior means, shape (n, units), n of 2 or more.
        threshold: a unit counts where its variance is above it; 0 or more.

    Returns:
        Boolean array of shape (units,), True where the unit is active.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: not two axes, fewer than two images, NaN, or a negative threshold.

    Source: Burda, Grosse and Salakhutdinov (2016), "Importance Weighted Autoencoders",
    section 5.2.

    Example:
        >>> active_latent_units([[0.01, -1.0], [0.02, 1.0]])
        array([False,  True])
    """
    means = _checked_units("means", means)
    threshold = checks.number("threshold", threshold, low=0)
    return np.var(means, axis=0, dtype=np.float64) > threshold


def _checked_units(name, value):
    """Return the units' values for two images or more, or raise."""
    value = checks.array(name, value, ndim=2)
    if len(value) < 2:
        raise ValueError(f"{name} takes two images or more, and got {len(value)}")
    return value


class Elbo(NamedTuple):
    """The evidence lower bound and its two parts, in nats per image.

    Attributes:
        reconstruction: mean of log p(x | z), with z drawn from q(z | x).
        kl: mean of KL(q(z | x) || p(z)), 0 or more.
        elbo: `reconstruction - kl`, at most log p(x) on average.

    Example:
        >>> Elbo(reconstruction=-80.0, kl=20.0, elbo=-100.0).kl
        20.0
    """

    reconstruction: float
    kl: float
    elbo: float


def elbo(model, x, condition=None, samples=1, seed=0):
    """Return the evidence lower bound of a variational autoencoder on binary images.

    log p(x) >= E_q[log p(x | z)] - KL(q(z | x) || p(z)), with p(z) = N(0, I),
    q(z | x) = N(mean, diag(exp(log_variance))) and independent pixels p(x | z).

    Args:
        model: a Keras model with two functional sub-models: "encoder" maps x to [mean,
            log_variance], each (batch_size, latent_size), and "decoder" maps z to the
            probabilities of white pixels. With a condition they map [x, condition] and
            [z, condition].
        x: images, shape (n, features), every pixel 0 or 1. For grey pixels the formula
            gives a number, but not the logarithm of a probability.
        condition: what the model is told about each image, such as classes as one-hot
            rows, shape (n, classes); only for a conditional model.
        samples: how many z are drawn for each image.
        seed: of the draws.

    Returns:
        An `Elbo` of three floats, means over the images in nats. The KL is exact; the
        rest varies with the seed, less so for more samples and images.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: a model without these parts, arrays that do not fit it, pixels other
            than 0 and 1, or a decoder whose output is no probability.

    Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", equation 3.

    Example:
        >>> model = aelib.models.variational_autoencoder(784, latent_size=2)
        >>> bound = elbo(model, np.round(x_test))
    """
    samples = checks.whole_number("samples", samples, low=1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, low=0))
    decoder, x, condition, mean, log_variance = _posterior(model, x, condition)
    deviation = np.exp(log_variance / 2)
    kl = (mean**2 + deviation**2 - 1 - log_variance).sum(axis=1) / 2
    total = 0.0
    for _ in range(samples):
        z = mean + deviation * rng.standard_normal(mean.shape)
        total += _log_likelihood(decoder, x, z, condition).mean()
    reconstruction, kl = float(total / samples), float(kl.mean())
    return Elbo(reconstruction, kl, reconstruction - kl)


def importance_weighted_bound(model, x, samples=50, condition=None, seed=0):
    """Return a tighter lower bound on log p(x) than the ELBO, on binary images.

    The mean over the images of log 1/k Σ_i p(x | z_i) p(z_i) / q(z_i | x), with k
    samples z_i from q(z | x). Its expectation is the ELBO for k = 1, rises with k, and
    tends to log p(x).

    Args:
        model: see `elbo`.
        x: images, shape (n, features), every pixel 0 or 1.
        samples: k, how many z are drawn for each image.
        condition: see `elbo`; the bound is then on log p(x | condition).
        seed: of the draws.

    Returns:
        A float, in nats per image.

    Raises:
        TypeError: see `elbo`.
        ValueError: see `elbo`.

    Source: Burda, Grosse and Salakhutdinov (2016), "Importance Weighted Autoencoders",
    equation 8.

    Example:
        >>> model = aelib.models.variational_autoencoder(784, latent_size=2)
        >>> bound = importance_weighted_bound(model, np.round(x_test), samples=5)
    """
    samples = checks.whole_number("samples", samples, low=1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, low=0))
    decoder, x, condition, mean, log_variance = _posterior(model, x, condition)
    log_sum = np.full(len(x), -np.inf)
    for _ in range(samples):
        noise = rng.standard_normal(mean.shape)
        z = mean + np.exp(log_variance / 2) * noise
        # log p(z) - log q(z | x); the constants with 2π cancel.
        log_ratio = (noise**2 + log_variance - z**2).sum(axis=1) / 2
        log_weight = _log_likelihood(decoder, x, z, condition) + log_ratio
        # Added as logarithms: a weight itself, such as exp(-1000), is 0 in any float.
        log_sum = np.logaddexp(log_sum, log_weight)
    return float(np.mean(log_sum - np.log(samples)))


def _posterior(model, x, condition):
    """Return the decoder, checked images and conditions, and q's mean, log-variance."""
    inputs = 1 if condition is None else 2
    encoder = _sub_model(model, "encoder", inputs, outputs=2)
    decoder = _sub_model(model, "decoder", inputs, outputs=1)
    x = checks.array("x", x, ndim=2, columns=encoder.inputs[0].shape[-1])
    if not np.all((x == 0) | (x == 1)):
        raise ValueError(
            f"x takes pixels of 0 or 1, such as np.round(x), and got "
            f"{x[(x != 0) & (x != 1)][0]:g}: log p(x) of other pixels is not defined"
        )
    if condition is not None:
        columns = encoder.inputs[1].shape[-1]
        condition = checks.array("condition", condition, ndim=2, columns=columns)
        checks.same_length("condition", condition, "x", x)
    parts = [_call(encoder, rows, x, condition) for rows in _batches(x)]
    mean, log_variance = (np.concatenate(part) for part in zip(*parts, strict=True))
    mean = checks.array("model: the encoder's mean", mean, ndim=2)
    log_variance = checks.array(
        "model: the encoder's log-variance", log_variance, high=checks.LOG_LIMIT
    )
    checks.same_shape("model: the encoder's mean", mean, "log-variance", log_variance)
    _check_width(decoder, 0, "numbers of the encoder's mean", mean)
    if condition is not None:
        _check_width(decoder, 1, "columns of the condition", condition)
    return decoder, x, condition, mean.astype("float64"), log_variance.astype("float64")


def _check_width(decoder, i, what, array):
    """Raise a ValueError where the decoder's input i is no place for an array."""
    width = decoder.inputs[i].shape[-1]
    if width not in {array.shape[1], None}:
        raise ValueError(
            f"model: the decoder takes {width} {what}, and got {array.shape[1]}"
        )


def _sub_model(model, name, inputs, outputs):
    """Return a sub-model if it has that many inputs and outputs, or raise."""
    if not hasattr(model, "get_layer"):
        raise TypeError(f"model takes a Keras model, and got {model!r}")
    names = [layer.name for layer in model.layers]
    if name not in names:
        raise ValueError(f"model takes a model with an {name!r}, and got {names}")
    part = model.get_layer(name)
    found = len(getattr(part, "inputs", ())), len(getattr(part, "outputs", ()))
    if found != (inputs, outputs):
        raise ValueError(
            f"model takes a functional {name} with {inputs} input(s), a condition "
            f"included, and {outputs} output(s), and got {found[0]} and {found[1]}"
        )
    return part


def _batches(x):
    """Return slices that cut the images into batches."""
    return [slice(start, start + _BATCH) for start in range(0, len(x), _BATCH)]


def _call(sub_model, rows, first, condition):
    """Return what a sub-model gives for some rows of its input, as for inference."""
    inputs = [first] if condition is None else [first, condition]
    inputs = [array[rows].astype("float32") for array in inputs]
    return sub_model(inputs if len(inputs) > 1 else inputs[0], training=False)


def _log_likelihood(decoder, x, z, condition):
    """Return log p(x | z) of each image, summed over its pixels, in nats."""
    found = []
    for rows in _batches(x):
        p = _call(decoder, rows, z, condition)
        p = checks.array("model: the decoder's output", p).astype("float64")
        checks.same_shape("model: the decoder's output", p, "x", x[rows])
        if p.min() < 0 or p.max() > 1:
            raise ValueError(
                "model: the decoder's output takes probabilities from 0 to 1, and got "
                f"{p.min():g} to {p.max():g}"
            )
        p = np.clip(p, _CLIP, 1 - _CLIP)
        found.append(np.log(np.where(x[rows] == 1, p, 1 - p)).sum(axis=1))
    return np.concatenate(found)
