"""What a property test does with an input: accept it or refuse it, and count it.

What is accepted gives back no NaN and no infinity, and changes no array. What is
refused gets a ValueError or TypeError that names the argument. Anything else is a
fault.
"""

import collections
import dataclasses
import functools
import inspect
import re

import aelib

# isort: split
import keras
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from matplotlib import pyplot as plt

TALLY = collections.Counter()  # (public name, "accepted" or "refused"): how often


def public():
    """Return the names of all that a reader can call: "metrics.psnr".

    What is raised or returned is nobody's to call.
    """
    found = []
    for name in aelib.__all__:
        thing = getattr(aelib, name)
        inside = vars(thing).items() if inspect.ismodule(thing) else [(None, thing)]
        for part, value in inside:
            home = thing.__name__ if part else "aelib"
            ours = str(getattr(value, "__module__", "")).startswith(home)
            hidden = str(part).startswith("_") or _is_record(value)
            if ours and callable(value) and not hidden:
                found.append(f"{name}.{part}" if part else name)
    return found


def find(name):
    """Return what a name such as "metrics.psnr" stands for."""
    return functools.reduce(getattr, name.split("."), aelib)


def _is_record(thing):
    """Return whether a class is an error, a tuple of results or the like."""
    error = inspect.isclass(thing) and issubclass(thing, (Exception, tuple))
    return error or dataclasses.is_dataclass(thing)


def accept(name, function, /, *arguments, **named):
    """Call with arguments that are right; return the result, which is finite.

    The caller's own arrays must be as they were.
    """
    own = {key: given for key, given in named.items() if _is_array(given)}
    before = {key: [a.copy() for a in numbers_in(given)] for key, given in own.items()}
    result = function(*arguments, **named)
    for key, given in own.items():
        for now, then in zip(numbers_in(given), before[key], strict=True):
            np.testing.assert_array_equal(now, then, f"{name} changed {key}")
    for found in numbers_in(result):
        if found.dtype.kind in "fc":
            assert np.all(np.isfinite(found)), f"{name} returned {found}"
    TALLY[name, "accepted"] += 1
    plt.close("all")
    return result


def _is_array(thing):
    """Return whether something is an array, or several in a row."""
    return isinstance(thing, (np.ndarray, list, tuple))


def refuse(name, function, argument, /, **named):
    """Call with one wrong `argument`, which the error must name."""
    try:
        result = function(**named)
    except (ValueError, TypeError) as error:
        assert re.search(rf"\b{argument}\b", str(error)), (  # noqa: PT017
            f"{name} refused {argument} without naming it: {error}"
        )
        TALLY[name, "refused"] += 1
        return
    finally:
        plt.close("all")
    raise AssertionError(f"{name} took a wrong {argument}: {result!r:.200}")


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


FAR = (2e15, -1e30, 1e300)


@functools.cache
def _elements(dtype, low, high):
    if np.dtype(dtype).kind == "f":
        return st.floats(low, high, width=8 * np.dtype(dtype).itemsize)
    span = np.iinfo(dtype)
    return st.integers(max(int(low), span.min), min(int(high), span.max))


KINDS = ("float64", "float32", "float16", "int64", "uint8", "int8")


@st.composite
def tables(draw, shape, low=0, high=1, kinds=KINDS):
    """Draw numbers from `low` to `high`: an array of some type, or a list."""
    kind = draw(st.sampled_from(kinds))
    array = draw(npst.arrays(kind, shape, elements=_elements(kind, low, high)))
    return draw(st.sampled_from([array, array, array, array.tolist()]))


@st.composite
def broken(draw, array, outside=(), axes=(0, 1)):
    """Draw an array with a fault: in one entry, in its type or in its shape.

    Args:
        draw: from Hypothesis.
        array: an array that is right.
        outside: numbers that it must not hold, beside NaN and infinity.
        axes: along which an entry too many is a fault.
    """
    array = np.array(array, dtype="float64")
    place = draw(st.integers(0, array.size - 1))
    bad = array.copy()
    bad.reshape(-1)[place] = draw(st.sampled_from([np.nan, np.inf, *outside]))
    longer = [np.concatenate([array, array.take([0], axis)], axis) for axis in axes]
    faults = [bad, bad, *longer, array[:0], array.astype(str), array.astype(object)]
    return draw(st.sampled_from([*faults, None, array.astype(complex)]))
