"""Claims: every statement about a result is checked where it is made.

A claim shows what was measured beside what is claimed. Several of them make a table:

    On 1,000 test digits                     measured   claimed
    ✓ small network's error over the wide's      1.93   ≥ 1.75
    ✓ wide: share lost on noise                  2.10   ≥ 1.8

Its layout depends on what is claimed alone, so two runs differ in the measured digits
and in nothing else. `tests/nbval_sanitize.cfg` lets nbval overlook these digits.
"""

import contextlib
import json
import operator
import os
from dataclasses import dataclass

import numpy as np

from aelib import _screen, _start, checks

RECORD_VARIABLE = "AELIB_CLAIMS"

# For each relation, how far `value` lies on the right side of `bound`.
_MARGINS = {
    "<": lambda value, bound: bound - value,
    "<=": lambda value, bound: bound - value,
    ">": lambda value, bound: value - bound,
    ">=": lambda value, bound: value - bound,
}
_HOLDS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LIMIT = 1e300  # of both numbers, in size: their difference is a float, too
SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "="}
_WIDTH = 10  # characters of a measured number: "-1.23e-100"
_LISTED = 6  # entries of an array that are shown one by one
_ADVICE = (
    "If you changed something above, this is what your change does. If not, restart "
    "the kernel and run all cells in their order."
)

_open = None  # the claims of the block that runs now


class ClaimError(AssertionError):
    """A claim does not hold; the message is the table, with what fails marked ✗."""

    def _render_traceback_(self):
        """Return what Jupyter shows: the table, not the inside of aelib."""
        _screen.scroll_here()
        first, *table = str(self).splitlines()
        return [f"\033[1;31m{first}\033[0m", *table]


@dataclass
class _Row:
    """A claim that was made: what it says, what was measured, whether it holds."""

    label: str
    claimed: str
    measured: str
    width: int
    margin: float
    holds: bool


def claim(label, value, relation, bound, unit="", tolerance=0.0):
    """Check a statement about a result, and show it beside what was measured.

    Alone it prints a line, and raises if it does not hold. In a block of `claims` it
    becomes a row of that block's table. Where the environment variable `AELIB_CLAIMS`
    names a file, each claim is also appended to it as a line of JSON: statement,
    relation, value, bound, margin, holds, lesson, seed.

    Args:
        label: what was measured, in words.
        value: the measured number, or an array of numbers; of an array every entry
            must satisfy the claim.
        relation: one of "<", "<=", ">", ">=", "==".
        bound: a number fixed beforehand, or for an array `value` an array of the same
            shape. Never a measured value.
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
        ✓ the network's error over PCA's      0.620   ≤ 0.9
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
    claimed = _claimed(relation, bound, unit, tolerance)
    margin = _margin(value, relation, bound, tolerance)
    holds = bool(margin > 0 if relation in {"<", ">"} else margin >= 0)
    _record(f"{label} {claimed}", relation, value, bound, margin, holds)
    measured, width = _measured(value, relation, bound, tolerance)
    row = _Row(label, claimed, measured, width, margin, holds)
    if _open is None:
        _show("", [row])
    else:
        _open.append(row)


@contextlib.contextmanager
def claims(title=""):
    """Collect the claims made in a block, and show them as one table at its end.

    All of them are checked, so a table that fails shows everything that does.

    Args:
        title: what the numbers were measured on, such as "On 1,000 test digits".

    Raises:
        ClaimError: a claim of the block does not hold.
        TypeError: `title` is no text.
        ValueError: the block makes no claim, or stands within another one.

    Example:
        >>> with aelib.claims("On 1,000 test digits"):
        ...     aelib.claim("the network's error over PCA's", 0.62, "<=", 0.9)
        On 1,000 test digits               measured   claimed
        ✓ the network's error over PCA's      0.620   ≤ 0.9
    """
    global _open
    checks.text("title", title, empty=True)
    if _open is not None:
        raise ValueError("claims takes no block of claims within another one")
    rows = _open = []
    try:
        yield
    except Exception as error:
        # A claim that failed before comes first: the error may follow from it.
        if rows:
            _show(title, rows, header=True, because=error)
        raise
    finally:
        _open = None
    if not rows:
        raise ValueError("claims takes a block with one claim or more, and got none")
    _show(title, rows, header=True)


def _show(title, rows, header=False, because=None):
    """Print a table, or raise it where a claim does not hold."""
    table = _table(title, rows, header)
    failed = sum(not row.holds for row in rows)
    if failed:
        what = (
            "The claim does" if len(rows) == 1 else f"{failed} of {len(rows)} claims do"
        )
        raise ClaimError(f"{what} not hold:\n{table}{_ADVICE}") from because
    _screen.write(table)


def _table(title, rows, header):
    """Return the lines of a table."""
    label = max(len(title) - 2, *(len(row.label) for row in rows))
    width = max(row.width for row in rows)
    lines = [f"{title:<{label + 2}} {'measured':>{width}}   claimed"] if header else []
    for row in rows:
        mark = "✓" if row.holds else "✗"
        line = f"{mark} {row.label:<{label}} {row.measured:>{width}}   {row.claimed}"
        missed = "" if row.holds else f"   misses by {abs(row.margin):.3g}"
        lines.append(line + missed)
    return "\n".join(lines) + "\n"


def _margin(value, relation, bound, tolerance):
    """Return the smallest distance to the bound; negative where the claim fails."""
    if relation == "==":
        return float(np.min(tolerance - np.abs(value - bound)))
    return float(np.min(_MARGINS[relation](value, bound)))


def _claimed(relation, bound, unit, tolerance):
    """Return what is claimed, such as "= 0.5 ± 0.1 dB"."""
    within = f" ± {tolerance:g}" if tolerance else ""
    return f"{SIGNS[relation]} {_text(bound)}{within} {unit}".rstrip()


def _text(numbers):
    """Return a number as "0.5", an array as "[1, 0.5]"."""
    if numbers.ndim == 0:
        whole = numbers == np.round(numbers) and abs(numbers) < 1e15
        return f"{numbers[()]:.0f}" if whole else f"{numbers[()]:.6g}"
    return "[" + ", ".join(_text(entry) for entry in numbers) + "]"


def _measured(value, relation, bound, tolerance):
    """Return what was measured as a text, and the width of its column.

    A few numbers are shown one by one, many as the span from the least to the greatest.
    The width depends on their count alone, never on their values.
    """
    bounds = np.broadcast_to(bound, value.shape)
    pairs = list(zip(value.ravel(), bounds.ravel(), strict=True))
    many = len(pairs) > _LISTED
    if many:
        pairs = [pairs[value.argmin()], pairs[value.argmax()]]
    whole = all(n == round(n) and abs(n) < 1e6 for n, _ in pairs)
    texts = [_digits(*pair, relation, tolerance, whole) for pair in pairs]
    if many:
        return " … ".join(texts), 2 * _WIDTH + 3
    if value.ndim == 0:
        return texts[0], _WIDTH
    return "[" + ", ".join(texts) + "]", len(texts) * _WIDTH


def _digits(number, bound, relation, tolerance, whole):
    """Return a number in three digits, or more where three would look like a miss."""

    def holds(value):
        if relation == "==":
            return abs(value - bound) <= tolerance
        return _HOLDS[relation](value, bound)

    if whole:
        return f"{number + 0.0:,.0f}"  # of -0.0 the sum is 0.0
    tries = [f"{number:,.0f}"] if 100 <= abs(number) < 1e9 else []
    tries += [f"{number:#.{digits}g}".rstrip(".") for digits in range(3, 18)]
    for text in tries:
        if holds(float(text.replace(",", ""))) == holds(number):
            break
    return text


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
