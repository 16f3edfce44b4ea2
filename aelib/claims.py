"""Claims: every statement about a result is checked where it is made."""

import json
import os

import numpy as np

from aelib import _start, checks

RECORD_VARIABLE = "AELIB_CLAIMS"

# For each relation, how far `value` lies on the right side of `bound`.
_MARGINS = {
    "<": lambda value, bound: bound - value,
    "<=": lambda value, bound: bound - value,
    ">": lambda value, bound: value - bound,
    ">=": lambda value, bound: value - bound,
}
_LIMIT = 1e300  # of both numbers, in size: their difference is a float, too
SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "="}


class ClaimError(AssertionError):
    """A claim does not hold; the message has the statement and the numbers."""


def claim(label, value, relation, bound, unit="", tolerance=0.0):
    """Check a statement about a result; print it if it holds, raise if not.

    The printed text is made from the statement alone, never from the measured value,
    so it reads the same on every run for which the claim holds. Where the environment
    variable `AELIB_CLAIMS` names a file, each claim is also appended to it as a line
    of JSON: statement, relation, value, bound, margin, holds, lesson, seed.

    Args:
        label: what was measured, in words.
        value: the measured number, or an array of numbers; of an array every entry
            must satisfy the claim.
        relation: one of "<", "<=", ">", ">=", "==".
        bound: a fixed number, or for an array `value` an array of the same shape.
            It is part of the printed text: never pass a measured value.
        unit: unit of both numbers, such as "dB".
        tolerance: only with "==": how far `value` may lie from `bound`.

    Raises:
        ClaimError: the claim does not hold.
        TypeError: a label, number or unit of the wrong type.
        ValueError: an unknown relation, NaN, infinity or a number beyond 1e300, shapes
            that do not fit, or a tolerance that is negative or given with another
            relation.

    Example:
        >>> aelib.claim("the network's error over PCA's", 0.62, "<=", 0.9)
        ✓ the network's error over PCA's ≤ 0.9
    """
    checks.text("label", label)
    checks.text("unit", unit, empty=True)
    checks.one_of("relation", relation, tuple(SIGNS))
    tolerance = checks.number("tolerance", tolerance, low=0)
    if tolerance and relation != "==":
        raise ValueError(f"tolerance goes with '==', and got relation {relation!r}")
    # float64: the differences of small or unsigned types would wrap around.
    value = checks.array("value", value, low=-_LIMIT, high=_LIMIT).astype(np.float64)
    bound = checks.array("bound", bound, low=-_LIMIT, high=_LIMIT).astype(np.float64)
    if bound.shape not in {(), value.shape}:
        raise ValueError(
            f"bound takes one number or the shape of value, {value.shape}, and got "
            f"shape {bound.shape}"
        )
    statement = _statement(label, relation, bound, unit, tolerance)
    margin = _margin(value, relation, bound, tolerance)
    holds = margin > 0 if relation in {"<", ">"} else margin >= 0
    _record(statement, relation, value, bound, margin, bool(holds))
    if not holds:
        raise ClaimError(
            f"{statement}: does not hold. Measured {_text(value)} {unit}".rstrip()
            + f", which misses the bound by {abs(margin):.6g}."
        )
    print(f"✓ {statement}")


def _margin(value, relation, bound, tolerance):
    """Return the smallest distance to the bound; negative where the claim fails."""
    if relation == "==":
        return float(np.min(tolerance - np.abs(value - bound)))
    return float(np.min(_MARGINS[relation](value, bound)))


def _statement(label, relation, bound, unit, tolerance):
    """Return the fixed text of a claim."""
    within = f" ± {tolerance:g}" if tolerance else ""
    return f"{label} {SIGNS[relation]} {_text(bound)}{within} {unit}".rstrip()


def _text(numbers):
    """Return a number as "0.5", an array as "[1, 0.5]"."""
    if numbers.ndim == 0:
        whole = numbers == np.round(numbers) and abs(numbers) < 1e15
        return f"{numbers[()]:.0f}" if whole else f"{numbers[()]:.6g}"
    return "[" + ", ".join(_text(entry) for entry in numbers) + "]"


def _record(statement, relation, value, bound, margin, holds):
    """Append the claim to the file that AELIB_CLAIMS names, if it names one."""
    path = os.environ.get(RECORD_VARIABLE)
    if not path:
        return
    line = {
        "statement": statement,
        "relation": relation,
        "value": value.tolist(),
        "bound": bound.tolist(),
        "margin": margin,
        "holds": holds,
        "lesson": _start.current_lesson,
        "seed": _start.current_seed,
    }
    # One write of one line in append mode, so that parallel kernels do not mix.
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
