"""How far one crowd of images is from another."""

import numpy as np

from aelib import checks


def frechet_distance(x, y):
    """Return the Fréchet distance between two crowds, each taken for a normal one.

    `|mean_x - mean_y|² + trace(C_x + C_y - 2 (C_x C_y)^½)` with the covariances C: 0
    where means and covariances are the same. It compares crowds, not pairs, so they may
    differ in size; a small crowd is far from any other by its luck alone.

    Args:
        x: images as a few numbers each, shape (n, features), n of 2 or more. With as
            many features as pixels most of what is measured would be luck, so project
            them first: `baselines.fit_pca(x_train, 32).transform(images)`.
        y: the other crowd in the same features, shape (m, features).

    Returns:
        A float, 0 or more, in squared units of the features.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes that do not fit, or a crowd of one.

    Source: Dowson and Landau (1982), "The Fréchet distance between multivariate normal
    distributions"; Heusel and others (2017) made it the measure of samples.

    Example:
        >>> frechet_distance([[0.0], [2.0]], [[3.0], [5.0]])
        9.0

    Introduced in lesson 07.
    """
    x = checks.array("x", x, ndim=2).astype("float64")
    y = checks.array("y", y, ndim=2, columns=x.shape[1]).astype("float64")
    for name, crowd in (("x", x), ("y", y)):
        if len(crowd) < 2:
            raise ValueError(f"{name} takes two images or more, and got {len(crowd)}")
    # A root R of the covariance, RᵀR = C, comes from the crowd itself. The singular
    # values of R_x R_yᵀ are then the square roots of the eigenvalues of C_x C_y, and no
    # root of a matrix that rounding has made negative is to be taken.
    root_x, root_y = (
        np.linalg.qr((crowd - crowd.mean(axis=0)) / np.sqrt(len(crowd) - 1), mode="r")
        for crowd in (x, y)
    )
    shared = np.linalg.norm(root_x @ root_y.T, "nuc")
    spread = np.sum(root_x**2) + np.sum(root_y**2) - 2 * shared
    return float(np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + max(spread, 0.0))
