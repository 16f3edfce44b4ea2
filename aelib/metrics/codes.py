"""What a code knows, and which of its units are at work."""

import numpy as np

from aelib import checks
from aelib._images import flat


def neighbour_accuracy(codes, labels, new_codes, new_labels, neighbours=5):
    """Return how often the nearest neighbours' majority has the right label.

    Args:
        codes: codes (or raw pixels) of labelled images, shape (n, features) or any
            (n, ...).
        labels: their labels, whole numbers, shape (n,).
        new_codes: codes of images that the encoder has not seen, shape (m, ...).
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

    Introduced in lesson 03.
    """
    codes, labels = _labelled("codes", codes, "labels", labels)
    new_codes, new_labels = _labelled(
        "new_codes", new_codes, "new_labels", new_labels, columns=codes.shape[1]
    )
    checks.whole_number("neighbours", neighbours, low=1, high=len(codes))
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(n_neighbors=neighbours).fit(codes, labels)
    return float(classifier.score(new_codes, new_labels))


def linear_probe(codes, labels, new_codes, new_labels):
    """Return how often a linear classifier on the codes finds the right label.

    It is no network on top: what it finds, the code holds in a linear form.

    Args:
        codes: codes (or raw pixels) of labelled images, shape (n, features) or any
            (n, ...).
        labels: their labels, whole numbers, two different ones or more, shape (n,).
        new_codes: codes of images that the encoder has not seen, shape (m, ...).
        new_labels: their labels, shape (m,), used only for counting.

    Returns:
        A float from 0 to 1. With ten balanced classes, guessing gives 0.1.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that do not fit, or labels that are all the same.

    Example:
        >>> linear_probe([[0.0], [1.0]], [3, 7], [[0.9]], [7])
        1.0

    Introduced in lesson 04.
    """
    codes, labels = _labelled("codes", codes, "labels", labels)
    new_codes, new_labels = _labelled(
        "new_codes", new_codes, "new_labels", new_labels, columns=codes.shape[1]
    )
    weights, biases = fit_linear_probe(codes, labels)
    found = np.unique(labels)[np.argmax(new_codes @ weights + biases, axis=1)]
    return float(np.mean(found == new_labels))


def fit_linear_probe(codes, labels):
    """Return the weights and biases of a linear classifier of codes.

    It is multinomial logistic regression with an L2 penalty. Each code is shifted by
    the mean, and all its numbers are divided by *one* number, the root of the summed
    variances: with a scale for each column, a pixel that has ink in one image of ten
    would be as loud as any other, and PCA's code would lose its order.

    Args:
        codes: codes (or raw pixels) of labelled images, shape (n, features) or any
            (n, ...).
        labels: their labels, whole numbers, two different ones or more, shape (n,).

    Returns:
        W of shape (features, classes) and b of shape (classes,), float64, for codes as
        they came: the label is that of the largest of `codes @ W + b`. The classes are
        in the order of `np.unique(labels)`.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that do not fit, or labels that are all the same.

    Example:
        >>> W, b = fit_linear_probe([[0.0], [1.0]], [3, 7])
        >>> W.shape, b.shape
        ((1, 2), (2,))

    Introduced in lesson 08.
    """
    codes, labels = _labelled("codes", codes, "labels", labels)
    codes = codes.astype("float64")  # in float32 the solver may stall and warn
    if np.all(labels == labels[0]):
        raise ValueError(
            f"labels takes two different labels or more, and got only {labels[0]}"
        )
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    shift = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).sum()) or 1.0
    # C, one over the price of the weights, was chosen on validation images, one for
    # pixels and codes of 32 to 1,000 numbers.
    classifier = LogisticRegression(C=30, tol=1e-3, max_iter=1000)
    # One thread: the result does not depend on the number of cores, and on a busy
    # machine several wait for each other.
    with threadpool_limits(1):
        classifier.fit((codes - shift) / scale, labels)
    weights, biases = classifier.coef_.T / scale, classifier.intercept_
    if len(biases) == 1:  # of two classes: the second less the first
        weights, biases = weights * [-0.5, 0.5], biases * [-0.5, 0.5]
    return weights, biases - shift @ weights


def _labelled(name, codes, labels_name, labels, columns=None):
    """Return codes as rows and their labels, or raise."""
    codes = flat(name, codes, columns)
    labels = checks.labels(labels_name, labels)
    checks.same_length(name, codes, labels_name, labels)
    return codes, labels


def dead_units(codes):
    """Return which units give the same value for every image.

    Args:
        codes: activations of a layer on many images, shape (n, ...), n of 2 or more.

    Returns:
        Boolean array of a code's shape, True where the unit is dead.

    Raises:
        TypeError: `codes` is no array of numbers.
        ValueError: fewer than two images, or NaN.

    Example:
        >>> dead_units([[0.0, 1.0], [0.0, 2.0]])
        array([ True, False])

    Introduced in lesson 06.
    """
    codes = _checked_units("codes", codes)
    return np.all(codes == codes[0], axis=0)


def active_fraction(codes, threshold=0.0):
    """Return the share of a code's numbers that are larger in size than a threshold.

    Args:
        codes: activations of a layer, shape (n, ...).
        threshold: a number counts where its size is above it; 0 or more.

    Returns:
        A float from 0 (nothing is active) to 1 (everything is), over all images.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: NaN, or a negative threshold.

    Example:
        >>> active_fraction([[0.0, 2.0], [0.0, -1.0]])
        0.5

    Introduced in lesson 06.
    """
    codes = checks.array("codes", codes)
    threshold = checks.number("threshold", threshold, low=0)
    with np.errstate(over="ignore"):  # a threshold beyond float16: nothing is above it
        return float(np.mean((codes > threshold) | (codes < -threshold)))


def active_latent_units(means, threshold=0.01):
    """Return which numbers of a variational code tell the images apart.

    A unit is active where the variance of its posterior mean over the images is above
    the threshold. A collapsed unit has nearly the same mean for every image.

    Args:
        means: posterior means, shape (n, ...), n of 2 or more.
        threshold: a unit counts where its variance is above it; 0 or more.

    Returns:
        Boolean array of a code's shape, True where the unit is active.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: fewer than two images, NaN, or a negative threshold.

    Source: Burda, Grosse and Salakhutdinov (2016), "Importance Weighted Autoencoders",
    section 5.2.

    Example:
        >>> active_latent_units([[0.01, -1.0], [0.02, 1.0]])
        array([False,  True])

    Introduced in lesson 13.
    """
    means = _checked_units("means", means)
    threshold = checks.number("threshold", threshold, low=0)
    return np.var(means, axis=0, dtype=np.float64) > threshold


def _checked_units(name, value):
    """Return the units' values for two images or more, or raise."""
    value = checks.array(name, value)
    if value.ndim < 2 or len(value) < 2:
        raise ValueError(
            f"{name} takes the codes of two images or more, and got shape {value.shape}"
        )
    return value
