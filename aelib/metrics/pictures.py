"""How far images are from their reconstructions."""

import numpy as np
from scipy.ndimage import gaussian_filter

from aelib import checks
from aelib._images import flat, pictures

_RADIUS = 5  # pixels around the middle of a window of Wang et al.: 11 × 11 in all


def squared_error_per_image(x, x_hat):
    """Return the squared error summed over an image, averaged over the images.

    Args:
        x: images, shape (n, 784) or any (n, ...), pixels from 0 to 1.
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

    Introduced in lesson 00.
    """
    return float(np.square(_difference(x, x_hat)).sum(axis=1).mean())


def psnr(x, x_hat):
    """Return the peak signal-to-noise ratio, averaged over the images.

    10 · log10(1 / mean squared error) of each image, for a peak of 1. Every 10 dB more
    are a tenth of the squared error.

    Args:
        x: images, shape (n, ...), pixels from 0 to 1.
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

    Introduced in lesson 05.
    """
    x = checks.array("x", x, low=0, high=1)
    error = np.square(_difference(x, x_hat)).mean(axis=1)
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
        x: images, shape (n, 784) where they are square, or (n, height, width), or
            (n, height, width, channels); sides of 11 or more, pixels from 0 to 1.
        x_hat: their reconstructions, same shape.

    Returns:
        A float, at most 1, which is a perfect copy; about 0 for an unrelated pattern.

    Raises:
        TypeError: an argument is no array of numbers.
        ValueError: shapes differ, images that are not square or too small, an array
            that is empty or holds NaN, or pixels of `x` outside 0 to 1.

    Source: Wang, Bovik, Sheikh and Simoncelli (2004), "Image Quality Assessment: From
    Error Visibility to Structural Similarity".

    Example:
        >>> ssim(x, x)
        1.0

    Introduced in lesson 05.
    """
    x = checks.array("x", x, low=0, high=1)
    x_hat = checks.array("x_hat", x_hat)
    checks.same_shape("x", x, "x_hat", x_hat)
    a, b = (pictures("x", images).astype("float64") for images in (x, x_hat))
    side = 2 * _RADIUS + 1
    if min(a.shape[1:3]) < side:
        raise ValueError(
            f"x takes images of {side} × {side} pixels or more, and got shape {x.shape}"
        )
    # All images at once: scikit-image's `structural_similarity` takes one at a time.
    mean_a, mean_b = _windows(a), _windows(b)
    products, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    brightness = (2 * products + 0.01**2) / (squares + 0.01**2)
    covariance = _windows(a * b) - products
    variances = _windows(a**2 + b**2) - squares
    pattern = (2 * covariance + 0.03**2) / (variances + 0.03**2)
    return float(np.mean(brightness * pattern))


def _difference(x, x_hat):
    """Return the difference of checked images, shape (n, features), in float64."""
    x, x_hat = checks.array("x", x), checks.array("x_hat", x_hat)
    checks.same_shape("x", x, "x_hat", x_hat)
    # float64: the sum over many images must not depend on the order of adding, and
    # whole numbers without a sign must not wrap around.
    return np.subtract(flat("x", x), flat("x_hat", x_hat), dtype=np.float64)


def _windows(images):
    """Return the weighted mean of every window that lies within its image."""
    means = gaussian_filter(images, sigma=1.5, radius=_RADIUS, axes=(1, 2))
    return means[:, _RADIUS:-_RADIUS, _RADIUS:-_RADIUS]
