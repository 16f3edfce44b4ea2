"""What the property tests share: try an input, judge the outcome, and count it.

An input is either accepted, and then no number that comes back is NaN or infinite; or
it is refused by a ValueError or TypeError that aelib itself raises and that names the
argument. Anything else, an error out of TensorFlow or NumPy for instance, is a fault.
"""

import collections
import inspect
import re
import traceback
from pathlib import Path

import aelib

# isort: split
import hypothesis
import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from matplotlib import pyplot as plt

AELIB = Path(aelib.__file__).resolve().parent
TALLY = collections.Counter()  # (what was called, "accepted" or "refused"): how often


class Refused:
    """What `attempt` returns in place of a result: the error."""

    def __init__(self, error):
        self.error = error


def few(share=10):
    """Return settings for a test whose every input is slow: fewer inputs."""
    count = max(3, hypothesis.settings.default.max_examples // share)
    return hypothesis.settings(max_examples=count)


def accept(function, *arguments, **named):
    """Call with arguments that are right; return the result, which is finite."""
    result = function(*arguments, **named)
    _assert_finite(function, result)
    _count(function, "accepted")
    return result


def refuse(function, argument, *arguments, **named):
    """Call with one wrong `argument`, which the error must name."""
    try:
        result = function(*arguments, **named)
    except (ValueError, TypeError) as error:
        _assert_ours(function, error)
        assert re.search(rf"\b{re.escape(argument)}\b", str(error)), (  # noqa: PT017
            f"{name(function)} refused {argument} without naming it: {error}"
        )
        _count(function, "refused")
        return
    raise AssertionError(f"{name(function)} took a wrong {argument}: {result!r:.200}")


def refuse_one(data, function, right, wrong):
    """Call with right arguments but one, which is drawn from `wrong`, as is its value.

    Args:
        data: from `st.data()`.
        function: what is called.
        right: dict from an argument to a value.
        wrong: dict from an argument to a strategy of wrong values.
    """
    argument = data.draw(st.sampled_from(sorted(wrong)), label="wrong argument")
    value = data.draw(wrong[argument], label="wrong value")
    refuse(function, argument, **right | {argument: value})


def attempt(function, *arguments, **named):
    """Call with arguments right or wrong; return the result, or a `Refused`."""
    try:
        result = function(*arguments, **named)
    except (ValueError, TypeError) as error:
        _assert_ours(function, error)
        words = set(re.findall(r"\w+", str(error)))
        assert words & set(inspect.signature(function).parameters), (  # noqa: PT017
            f"{name(function)} refused without naming an argument: {error}"
        )
        _count(function, "refused")
        return Refused(error)
    _assert_finite(function, result)
    _count(function, "accepted")
    return result


def name(function):
    """Return what a reader calls it: "metrics.psnr"."""
    module = function.__module__.removeprefix("aelib").strip(".")
    return f"{module}.{function.__qualname__}"


def numbers_in(result):
    """Yield every array of numbers in a result, however nested."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        for part in result:
            yield from numbers_in(part)
    elif isinstance(result, keras.Model):
        yield from result.get_weights()
    elif keras.ops.is_tensor(result):
        yield keras.ops.convert_to_numpy(result)
    elif isinstance(result, (int, float, np.ndarray, np.generic)):
        yield np.asarray(result)


def _assert_finite(function, result):
    for found in numbers_in(result):
        if found.dtype.kind in "fc":
            assert np.all(np.isfinite(found)), f"{name(function)} returned {found}"


def _assert_ours(function, error):
    """Check that aelib raised the error: its own line is the last of the traceback."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    assert AELIB in Path(last.filename).resolve().parents, (
        f"{name(function)} let {last.filename} refuse: {type(error).__name__}: {error}"
    )


def _count(function, outcome):
    TALLY[name(function), outcome] += 1
    plt.close("all")


# Wrong values, for arguments of each kind.
NOT_TEXT = st.sampled_from([None, 3, b"bytes", ["a"], 1.5])
NOT_NUMBER = st.sampled_from([None, "3", True, [1.0], {}, 1j, np.nan, np.inf, -np.inf])
NOT_WHOLE = st.sampled_from([None, "3", True, [1], 2.5, np.nan, np.float32(2), 1j])


@st.composite
def broken(draw, array):
    """Draw an array with a fault that no function takes."""
    array = np.array(array, dtype="float64")
    fault = draw(st.sampled_from(["nan", "inf", "text", "empty", "none", "object"]))
    if fault in {"nan", "inf"}:
        place = draw(st.integers(0, array.size - 1))
        array.reshape(-1)[place] = np.nan if fault == "nan" else np.inf
        return array
    return {
        "text": array.astype(str),
        "empty": array[:0],
        "none": None,
        "object": array.astype(object),
    }[fault]


# Right values: numbers in rows and columns, of every type that NumPy's users have.
DTYPES = ("float64", "float32", "float16", "int64", "uint8", "int8")


@st.composite
def tables(draw, rows, columns, low=0, high=1, dtypes=DTYPES):
    """Draw numbers from `low` to `high`: an array (rows, columns), or such a list."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    if dtype.kind == "f":
        elements = st.floats(low, high, width=8 * dtype.itemsize)
    else:
        span = np.iinfo(dtype)
        elements = st.integers(max(int(low), span.min), min(int(high), span.max))
    array = draw(npst.arrays(dtype, (rows, columns), elements=elements))
    return draw(st.sampled_from([array, array, array, array.tolist()]))


@st.composite
def holding(draw, array, values):
    """Draw a copy of an array that holds one of some wrong values."""
    array = np.array(array, dtype="float64")
    array.reshape(-1)[draw(st.integers(0, array.size - 1))] = draw(values)
    return array


def misshapen(array):
    """Return a strategy: an axis too many, one too few, or rows of two lengths."""
    array = np.asarray(array)
    ragged = [*array.tolist(), [0] * (array.shape[-1] + 1)]
    return st.sampled_from([array[None], array[0], ragged, array.flat[0]])


def resized(array, axes=(0, 1)):
    """Return a strategy: an entry too many along one of the axes."""
    array = np.asarray(array)
    return st.sampled_from(axes).map(
        lambda axis: np.concatenate([array, array.take([0], axis)], axis)
    )
