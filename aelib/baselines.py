"""What a result is compared with: the simplest method that does the same job."""

import numpy as np

from aelib import _images, checks


def mean_image(x_train, x_new):
    """Reconstruct every new image as the mean training image: a code of no numbers.

    Args:
        x_train: training images, shape (n, ...).
        x_new: images to reconstruct, shape (m, ...).

    Returns:
        Array of the shape of `x_new`.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that do not fit.

    Example:
        >>> mean_image([[0.0, 1.0], [1.0, 1.0]], [[0.0, 0.0]])
        array([[0.5, 1. ]])

    Introduced in lesson 00.
    """
    x_train = _images.flat("x_train", x_train)
    rows = _images.flat("x_new", x_new, columns=x_train.shape[1])
    return np.tile(x_train.mean(axis=0), (len(rows), 1)).reshape(np.shape(x_new))


def fit_pca(x_train, code_size):
    """Fit principal component analysis, the best *linear* code of a given size.

    Args:
        x_train: training images, shape (n, features).
        code_size: how many components to keep, at most min(n, features).

    Returns:
        A fitted `sklearn.decomposition.PCA`: `transform` encodes, and
        `inverse_transform` decodes. The solver is the exact one, so the result does
        not depend on a seed.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: fewer than two images, images that are all the same, or `code_size`
            out of range.

    Example:
        >>> pca = fit_pca(digits.x_train, code_size=32)
        >>> x_hat = pca.inverse_transform(pca.transform(digits.x_test))

    Introduced in lesson 00.
    """
    x_train = checks.array("x_train", x_train, ndim=2)
    if len(x_train) < 2:
        raise ValueError(f"x_train takes two images or more, and got {len(x_train)}")
    checks.whole_number("code_size", code_size, low=1, high=min(x_train.shape))
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    # Several threads gain nothing here, and on a busy machine they wait for each other.
    with threadpool_limits(1), np.errstate(invalid="ignore"):
        pca = PCA(code_size, svd_solver="full").fit(x_train)
    # Of one image's copies the variance is 0, or what rounding has made of 0; and the
    # squares of the tiniest differences are 0, too.
    shares = pca.explained_variance_ratio_
    if np.all(x_train == x_train[0]) or not np.all(np.isfinite(shares)):
        raise ValueError("x_train takes images that differ, and got one image's copies")
    return pca


def pca_reconstruction(x_train, x_new, code_size):
    """Reconstruct new images through the PCA of the training images.

    Args:
        x_train: training images, shape (n, ...).
        x_new: images to reconstruct, shape (m, ...).
        code_size: how many numbers an image is squeezed into.

    Returns:
        Array of the shape of `x_new`.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: shapes that do not fit, images of which no PCA can be fitted (see
            `fit_pca`), or `code_size` out of range.

    Example:
        >>> x_hat = pca_reconstruction(digits.x_train, digits.x_test, code_size=32)

    Introduced in lesson 00.
    """
    pca = fit_pca(_images.flat("x_train", x_train), code_size)
    rows = _images.flat("x_new", x_new, columns=pca.n_features_in_)
    return pca.inverse_transform(pca.transform(rows)).reshape(np.shape(x_new))
