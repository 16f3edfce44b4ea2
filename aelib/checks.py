"""Argument checks: an error names the argument, what it got and what it takes."""

import math
import numbers

import numpy as np


def text(name, value):
    """Return `value` if it is a text that is not empty."""
    if not isinstance(value, str):
        raise TypeError(f"{name} takes a text, and got {value!r}")
    if not value.strip():
        raise ValueError(f"{name} takes a text that is not empty, and got {value!r}")
    return value


def whole_number(name, value, low=None, high=None):
    """Return `value` as an int if it is a whole number from `low` to `high`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} takes a whole number, and got {value!r}")
    _refuse_outside(name, value, low, high)
    return int(value)


def number(name, value, low=None, high=None):
    """Return `value` as a float if it is a finite number from `low` to `high`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} takes a number, and got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} takes a finite number, and got {value!r}")
    _refuse_outside(name, value, low, high)
    return float(value)


def _refuse_outside(name, value, low, high):
    """Raise a ValueError where `value` is below `low` or above `high`."""
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"of {low} or more" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} takes a number {span}, and got {value!r}")


def one_of(name, value, choices):
    """Return `value` if it is one of `choices` (texts)."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        kind = ValueError if isinstance(value, str) else TypeError
        raise kind(f"{name} takes one of {listed}, and got {value!r}")
    return value


def widths(name, value):
    """Return `value` as a tuple of layer widths, whole numbers of 1 or more."""
    if isinstance(value, (str, bytes)) or not np.iterable(value):
        raise TypeError(
            f"{name} takes a sequence of whole numbers such as (256, 64), and got "
            f"{value!r}"
        )
    return tuple(
        whole_number(f"{name}[{i}]", width, low=1) for i, width in enumerate(value)
    )


def array(name, value, ndim=None, columns=None):
    """Return `value` as an array of finite numbers, of `ndim` axes where given."""
    try:
        result = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name} takes an array of numbers: {error}") from error
    if result.dtype.kind not in "iuf":
        raise TypeError(
            f"{name} takes an array of numbers, and got {type(value).__name__} of "
            f"dtype {result.dtype}"
        )
    if ndim is not None and result.ndim != ndim:
        raise ValueError(f"{name} takes {ndim} axes, and got shape {result.shape}")
    if columns is not None and result.shape[-1] != columns:
        raise ValueError(
            f"{name} takes {columns} columns, and got shape {result.shape}"
        )
    if result.size == 0:
        raise ValueError(f"{name} is empty: it got shape {result.shape}")
    if not np.all(np.isfinite(result)):
        raise ValueError(f"{name} holds NaN or infinity")
    return result


def labels(name, value, low=None, high=None):
    """Return `value` as an array of one axis that holds whole numbers."""
    result = array(name, value, ndim=1)
    if np.any(result != np.round(result)):
        raise ValueError(f"{name} takes whole numbers, and got {result}")
    for extreme in (result.min(), result.max()):
        _refuse_outside(name, extreme, low, high)
    return result


def same_shape(name, value, other_name, other):
    """Raise a ValueError where two arrays differ in shape."""
    if value.shape != other.shape:
        raise ValueError(
            f"{name} and {other_name} take the same shape, and got {value.shape} and "
            f"{other.shape}"
        )


def same_length(name, value, other_name, other):
    """Raise a ValueError where two arrays differ in length."""
    if len(value) != len(other):
        raise ValueError(
            f"{name} and {other_name} take the same length, and got {len(value)} and "
            f"{len(other)}"
        )
