"""The digits that the benchmarks train on and measure with: all of MNIST.

They come from the folder that AELIB_DATA names.
"""

import functools
from typing import NamedTuple

import numpy as np

from aelib import data


class Split(NamedTuple):
    """Digits to train on, and others to measure with: x (n, 784), y (n,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@functools.cache
def final():
    """Return all 60,000 images of MNIST's training part, and its 10,000 test images."""
    digits = data.load_mnist("full")
    x = np.concatenate([digits.x_train, digits.x_validation])
    y = np.concatenate([digits.y_train, digits.y_validation])
    return Split(x, y, digits.x_test, digits.y_test)


@functools.cache
def validation():
    """Return 55,000 images to train on, and 5,000 others to choose settings with."""
    digits = data.load_mnist("full")
    return Split(
        digits.x_train, digits.y_train, digits.x_validation, digits.y_validation
    )
