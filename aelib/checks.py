"""Argument checks: an error names the argument, what it got and what it takes.

scikit-learn's `check_scalar` and `check_array` say nearly as much, but let True pass
for a number, NaN for a scalar, and infinities come out of float32; so these are ours.
"""

import numbers
import os
from pathlib import Path

import numpy as np

# The largest number that an array takes: float32 still holds a sum of its squares.
LIMIT = 1e15
# The largest logarithm of a variance: float32 still holds the variance, 5e34.
LOG_LIMIT = 80


def text(name, value, empty=False):
    """Return `value` if it is a text, and not empty unless `empty` allows it."""
    if not isinstance(value, str):
        raise TypeError(f"{name} takes a text, and got {value!r}")
    if not (empty or value.strip()):
        raise ValueError(f"{name} takes a text that is not empty, and got {value!r}")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{name} takes whole characters, and got {value!r}")
    return value


def path(name, value):
    """Return `value` as a text if it is a text or a path that can name a file."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} takes a path, and got {value!r}")
    result = text(name, os.fsdecode(value))
    if "\0" in result or not Path(result).name:
        raise ValueError(f"{name} takes the path of a file, and got {result!r}")
    return result


def yes_or_no(name, value):
    """Return `value` as a bool if it is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} takes True or False, and got {value!r}")
    return bool(value)


def whole_number(name, value, low=None, high=None):
    """Return `value` as an int if it is a whole number from `low` to `high`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} takes a whole number, and got {value!r}")
    return _within(name, int(value), low, high)


def number(name, value, low=None, high=None):
    """Return `value` as a float if it is a finite number from `low` to `high`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} takes a number, and got {value!r}")
    _within(name, value, low, high)
    plain = value.item() if isinstance(value, np.generic) else value
    if not abs(plain) < 1e300:  # NaN is not, either
        raise ValueError(f"{name} takes a finite number, and got {_shown(value)}")
    return float(value)


def _within(name, value, low, high):
    """Return `value`, or raise a ValueError where it is below `low` or above `high`."""
    # Python's own number: beside one of NumPy's float16 a large bound would overflow.
    plain = value.item() if isinstance(value, np.generic) else value
    if (low is not None and plain < low) or (high is not None and plain > high):
        open_end = high is None or high >= LIMIT
        span = f"of {low} or more" if open_end else f"from {low} to {high}"
        raise ValueError(f"{name} takes a number {span}, and got {_shown(value)}")
    return value


def _shown(value):
    """Return a value as a text; Python writes out no whole number of 5000 digits."""
    try:
        return f"{value!r:.60}"
    except ValueError:
        return "a whole number of thousands of digits"


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
            f"{name} takes whole numbers such as (256, 64), and got {value!r}"
        )
    return tuple(whole_number(f"{name}[{i}]", n, low=1) for i, n in enumerate(value))


def array(name, value, ndim=None, columns=None, low=-LIMIT, high=LIMIT):
    """Return `value` as an array of finite numbers, of `ndim` axes where given.

    All are from `low` to `high`: of larger ones a sum of squares may be infinite.
    """
    result = as_array(name, value)
    if result.dtype.kind not in "iuf":
        raise TypeError(f"{name} takes numbers, and got dtype {result.dtype}")
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
    for extreme in (result.min(), result.max()):
        _within(name, extreme.item(), low, high)
    return result


def as_array(name, value):
    """Return `value` as an array of whatever it holds."""
    try:
        result = np.asarray(value)
    except (ValueError, OverflowError) as error:  # rows of different lengths
        raise ValueError(f"{name} takes an array of numbers: {error}") from error
    # NumPy knows bfloat16, a tensor's type, as no number of its own.
    return result.astype("float32") if result.dtype.name == "bfloat16" else result


def labels(name, value, low=-LIMIT, high=LIMIT):
    """Return `value` as an array of one axis that holds whole numbers."""
    result = array(name, value, ndim=1, low=low, high=high)
    if np.any(result != np.round(result)):
        raise ValueError(f"{name} takes whole numbers, and got {result}")
    return result


def zeros_and_ones(name, value):
    """Return `value` as an array of bools if it holds nothing but 0 and 1."""
    result = as_array(name, value)
    if result.dtype != bool:
        other = ~np.isin(array(name, result), (0, 1))
        if other.any():
            raise ValueError(f"{name} takes 0 and 1, and got {result[other][0]:g}")
    return result.astype(bool)


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
