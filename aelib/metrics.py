"""What a lesson reports: NumPy arrays in, one number or one number per item out."""

import numpy as np

from aelib import checks


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
    codes = checks.array("codes", codes, ndim=2)
    new_codes = checks.array("new_codes", new_codes, ndim=2, columns=codes.shape[1])
    labels = checks.labels("labels", labels)
    new_labels = checks.labels("new_labels", new_labels)
    checks.same_length("codes", codes, "labels", labels)
    checks.same_length("new_codes", new_codes, "new_labels", new_labels)
    checks.whole_number("neighbours", neighbours, low=1, high=len(codes))
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(n_neighbors=neighbours).fit(codes, labels)
    return float(classifier.score(new_codes, new_labels))


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
    codes = checks.array("codes", codes, ndim=2)
    if len(codes) < 2:
        raise ValueError(f"codes takes two images or more, and got {len(codes)}")
    return np.ptp(codes, axis=0) == 0
