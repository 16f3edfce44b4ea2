"""Check a reader's answer, and say what to think about when it is wrong.

The exercises of the course call these in cells that stand below each answer. A right
answer prints one line; a wrong one raises `WrongAnswer`, which says what was expected,
what came, and a hint.
"""

import copy
import operator
import traceback

import keras
import numpy as np

from aelib import _screen, _start, checks
from aelib.claims import SIGNS

_SHOWN = 4  # so many wrong entries are named
_SIZES = (1, 2, 5)  # of what a function is tried on
_RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class WrongAnswer(AssertionError):  # noqa: N818 -- a wrong answer is no program error
    """An answer is wrong; the message says what was expected, what came, and a hint."""

    def _render_traceback_(self):
        """Return what Jupyter shows: the message, not the inside of aelib."""
        return str(self).splitlines()


@np.errstate(over="ignore", invalid="ignore")  # of an answer far beyond reason
def check(label, answer, expected, *, hint, slips=None, tolerance=1e-5, reveal=True):
    """Compare an answer with what is expected; print the label if it is right.

    Args:
        label: what was asked for, in words.
        answer: the reader's number, array, tensor, text or yes/no; or a function
            without arguments that returns it, `lambda: softmax(o)`. What the function
            raises is then a wrong answer with its hint, no traceback, and a name that
            does not exist yet an exercise that is not answered yet.
        expected: the right answer: a number or an array of numbers, a text, or a bool.
            Texts are compared without regard to case.
        hint: what to think about if the answer is wrong. It does not say the answer.
        slips: plausible wrong answers, each under the hint that belongs to it. A wrong
            answer that agrees with one of them gets its hint in place of `hint`. (On
            some seed a slip may happen to be right: that harms nobody.)
        tolerance: how far each number may lie from the expected one, as a share of the
            larger of 1 and the expected number's size.
        reveal: whether a failed check may say which value was expected. False for what
            is worked out by hand. Texts are never revealed.

    Raises:
        WrongAnswer: the answer is missing, raises an error, is of another kind or
            shape, not finite, or wrong.
        TypeError: an argument other than `answer` is of the wrong type.
        ValueError: a text is empty, `tolerance` is negative, or `expected` or one of
            the `slips` is not finite.

    Example:
        >>> exercises.check("1/2 + 1/4", 0.75, 0.75, hint="a common denominator")
        ✓ 1/2 + 1/4
    """
    tolerance, slips = _options(label, hint, tolerance, slips)
    reveal = checks.yes_or_no("reveal", reveal)
    _check_expected("expected", expected)
    for slip_hint, slip in slips.items():
        _check_expected(f"slips[{slip_hint!r}]", slip)
    answer = _value(label, answer, _kind(expected), hint)
    _compare(label, answer, expected, hint, slips, tolerance, reveal)
    _screen.write(f"✓ {label}\n")


@np.errstate(over="ignore", invalid="ignore")
def check_function(
    label, function, reference, draw, *, hint, slips=None, tolerance=1e-4, tensors=False
):
    """Compare a function with a reference, on arguments that nobody can foresee.

    It is called for several sizes, with numbers of float64 and of float32, and twice
    with the same arguments. Each time it must give what the reference gives, and leave
    the arguments as they were.

    Args:
        label: what was asked for, in words.
        function: the reader's function.
        reference: a function of the same arguments that returns what is expected: a
            number, an array or a bool, or a tuple of several. It gets float64.
        draw: a function of a random generator and a size, such as the number of rows,
            that returns the arguments, a tuple.
        hint: what to think about if the function is wrong.
        slips: plausible wrong functions of the same arguments, each under the hint
            that belongs to it.
        tolerance: how far each number may lie from the expected one, as in `check`.
        tensors: whether the function takes part in training. Then it gets tensors of
            float32 in place of arrays, and is called once more inside a function that
            the backend compiles, as `fit` does.

    Raises:
        WrongAnswer: the function raises an error, returns another number of results,
            is wrong, or changes an argument.
        TypeError: an argument is of the wrong type.
        ValueError: a text is empty, or `tolerance` is negative.

    Example:
        >>> def twice(x):
        ...     return x + x
        >>> exercises.check_function(
        ...     "twice", twice, lambda x: 2 * x,
        ...     lambda rng, size: (rng.normal(size=size),), hint="add",
        ... )
        ✓ twice
    """
    tolerance, slips = _options(label, hint, tolerance, slips)
    tensors = checks.yes_or_no("tensors", tensors)
    functions = {"function": function, "reference": reference, "draw": draw}
    of_slips = {f"slips[{name!r}]": slip for name, slip in slips.items()}
    for name, value in (functions | of_slips).items():
        if not callable(value):
            raise TypeError(f"{name} takes a function, and got {value!r}")
    rng = np.random.default_rng(_start.current_seed)
    for dtype in ("float32",) if tensors else ("float64", "float32"):
        for size in _SIZES:
            given = _each(list(draw(rng, size)), "float64", dtype)
            case = f"{label} (size {size}, {dtype})"
            expected = _results(reference, given)
            wrong = [(name, _results(slip, given)) for name, slip in slips.items()]
            for call in (function, function, _compiled(function))[: 2 + tensors]:
                handed = copy.deepcopy(given)
                if tensors:
                    handed = [_tensor(value) for value in handed]
                parts = _called(case, call, handed, len(expected), hint)
                for i, (part, right) in enumerate(zip(parts, expected, strict=True)):
                    place = f"{case}, result {i + 1}" if len(expected) > 1 else case
                    alike = {
                        name: results[i] for name, results in wrong if i < len(results)
                    }
                    _compare(place, part, right, hint, alike, tolerance, True)
                _refuse_changes(case, handed, given)
    _screen.write(f"✓ {label}\n")


def check_bound(label, answer, relation, bound, *, hint, unit=""):
    """Compare a number that an answer leads to with a bound; print it if it holds.

    Args:
        label: what was measured, in words.
        answer: the measured number, or a function without arguments that returns it.
        relation: one of "<", "<=", ">", ">=".
        bound: a number.
        hint: what to think about if the bound is missed.
        unit: unit of both numbers, such as "dB".

    Raises:
        WrongAnswer: the number is missing, not finite, or on the wrong side.
        TypeError: an argument of the wrong type.
        ValueError: an unknown relation, or a text that is empty.

    Example:
        >>> exercises.check_bound("gain", 3.2, ">=", 3, hint="which way?", unit="dB")
        ✓ gain ≥ 3 dB
    """
    checks.text("label", label)
    checks.text("hint", hint)
    checks.text("unit", unit, empty=True)
    checks.one_of("relation", relation, tuple(_RELATIONS))
    bound = checks.number("bound", bound)
    wanted = f"{SIGNS[relation]} {bound:g} {unit}".rstrip()
    answer = _value(label, answer, f"a number {wanted}", hint)
    numbers = _numbers(answer)
    if numbers is None or numbers.shape != () or not np.isfinite(numbers):
        _refuse(label, f"a number {wanted}", _came(answer), hint)
    if not _RELATIONS[relation](float(numbers), bound):
        _refuse(label, wanted, f"{numbers:.6g} {unit}".rstrip(), hint)
    _screen.write(f"✓ {label} {wanted}\n")


def _options(label, hint, tolerance, slips):
    """Return `tolerance` and `slips` of a check, and refuse what is wrong of all."""
    checks.text("label", label)
    checks.text("hint", hint)
    tolerance = checks.number("tolerance", tolerance, low=0)
    slips = {} if slips is None else slips
    if not isinstance(slips, dict):
        raise TypeError(f"slips takes a dict from hint to wrong answer, got {slips!r}")
    for slip_hint in slips:
        checks.text("a hint of slips", slip_hint)
    return tolerance, slips


def _compare(label, answer, expected, hint, slips, tolerance, reveal):
    """Refuse an answer that is not the expected one."""
    if answer is None:
        _refuse(label, _kind(expected), _came(answer), hint)
    difference = _difference(answer, expected, tolerance)
    if difference is not None:
        for slip_hint, slip in slips.items():
            if _difference(answer, slip, tolerance) is None:
                hint = slip_hint
        reveal = reveal and not isinstance(expected, str)
        wrong = _describe(difference, answer, expected, reveal, tolerance)
        _refuse(label, *wrong, hint)


def _each(values, old, new):
    """Return values with the arrays of one dtype among them, in lists too, as `new`."""

    def cast(value):
        is_old = isinstance(value, np.ndarray) and value.dtype == old
        return value.astype(new) if is_old else value

    return keras.tree.map_structure(cast, values)


def _tensor(value):
    """Return an array as a tensor, and anything else as it is."""
    is_array = isinstance(value, np.ndarray)
    return keras.ops.convert_to_tensor(value) if is_array else value


def _results(function, given):
    """Return a list of what a function of ours makes of arrays of float64."""
    result = function(*_each(copy.deepcopy(given), "float32", "float64"))
    return list(result) if isinstance(result, tuple) else [result]


def _called(label, function, handed, number, hint):
    """Return a list of the `number` results of a reader's function."""
    wanted = "one result" if number == 1 else f"{number} results"
    answer = _value(label, lambda: function(*handed), wanted, hint)
    if number == 1 or answer is None:
        return [answer] * number
    try:
        parts = list(answer)
    except Exception:  # a number; a tensor of no axes
        _refuse(label, wanted, "one result", hint)
    if len(parts) != number:
        _refuse(label, wanted, _came(answer), hint)
    return parts


def _compiled(function):
    """Return a function of tensors, compiled by the backend as `fit` compiles."""

    def call(*given):
        fixed = {i: v for i, v in enumerate(given) if not keras.ops.is_tensor(v)}

        def of_tensors(*tensors):
            left = iter(tensors)
            return function(
                *(fixed[i] if i in fixed else next(left) for i in range(len(given)))
            )

        tensors = [value for i, value in enumerate(given) if i not in fixed]
        return _compile(of_tensors)(*tensors)

    return call


def _compile(function):
    """Return a function of tensors, compiled by Keras' backend."""
    if keras.config.backend() == "jax":
        import jax

        return jax.jit(function)
    import tensorflow as tf

    return tf.function(function, autograph=False)


def _refuse_changes(label, handed, given):
    """Refuse a function that has changed what it was handed."""
    for i, values in enumerate(zip(handed, given, strict=True)):
        now, before = (keras.tree.flatten(value) for value in values)
        same = len(now) == len(before) and all(
            np.array_equal(new, old, equal_nan=np.asarray(old).dtype.kind == "f")
            for new, old in zip(now, before, strict=True)
            if isinstance(old, (np.ndarray, int, float))
        )
        if not same:
            came = f"argument {i + 1} changed"
            _refuse(label, "arguments left as they were", came, "work on a copy")


def _refuse(label, expected, came, hint):
    """Raise a WrongAnswer."""
    raise WrongAnswer(
        f"✗ {label}\n  expected: {expected}\n  came: {came}\n  think about: {hint}"
    )


def _value(label, answer, wanted, hint):
    """Return what an answer is, or what it returns if it is a function of nothing."""
    if getattr(answer, "__name__", "") != "<lambda>":
        return answer
    try:
        return answer()
    except Exception as error:
        if isinstance(error, NotImplementedError) and "your answer" in str(error):
            _unanswered(label, "the cell above still holds its line with `raise`")
        raised_in_the_check = error.__traceback__.tb_next.tb_next is None
        if raised_in_the_check and isinstance(error, NameError):
            _unanswered(label, f"{error}: give your answer this name, and run its cell")
        if raised_in_the_check and "NoneType" in str(error):  # `f(x)[0]`, no return
            return None
        own = [
            frame.line
            for frame in traceback.extract_tb(error.__traceback__)
            if "site-packages" not in frame.filename and frame.filename != __file__
        ]
        line = own[-1] if own else ""
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        came = said + f", in `{line}`" * bool(line)
        _refuse(label, wanted, came, hint)


def _unanswered(label, reason):
    """Raise a WrongAnswer for an exercise that nobody has answered."""
    raise WrongAnswer(f"✗ {label}\n  not answered yet: {reason}") from None


def _numbers(answer):
    """Return an answer as an array of float64, or None if it holds no numbers."""
    try:
        array = np.asarray(answer)
        return None if array.dtype.kind not in "biuf" else array.astype(np.float64)
    except Exception:  # ragged lists, numbers beyond any float, tensors without values
        return None


def _check_expected(name, value):
    """Raise a ValueError where a value is nothing that an answer could agree with."""
    numbers = None if isinstance(value, str) else _numbers(value)
    if isinstance(value, str) or (numbers is not None and np.isfinite(numbers).all()):
        return
    raise ValueError(
        f"{name} takes finite numbers, a text or a bool, and got {value!r}"
    )


def _difference(answer, expected, tolerance):
    """Return None where both agree; else "kind", "shape", "finite" or "value"."""
    if isinstance(expected, str):
        if not isinstance(answer, str):
            return "kind"
        same = answer.strip().casefold() == expected.strip().casefold()
        return None if same else "value"
    target, numbers = _numbers(expected), _numbers(answer)
    if numbers is None:
        return "kind"
    if numbers.shape != target.shape:
        return "shape"
    if not np.isfinite(numbers).all():
        return "finite"
    return "value" if _wrong(numbers, target, tolerance).any() else None


def _wrong(numbers, target, tolerance):
    """Return where numbers lie too far from the target, an array of bools."""
    return abs(numbers - target) > tolerance * np.maximum(1, abs(target))


def _describe(difference, answer, expected, reveal, tolerance):
    """Return (what was expected, what came) of an answer that is wrong."""
    if difference == "kind":
        return _kind(expected), _came(answer)
    if isinstance(expected, str):
        return "another answer", repr(answer)
    numbers, target = _numbers(answer), _numbers(expected)
    if difference == "shape":
        return _kind(expected), _kind(numbers)
    if difference == "finite":
        count = np.sum(~np.isfinite(numbers))
        return "finite numbers", f"{count} of {numbers.size} are infinite or NaN"
    yes_or_no = np.asarray(expected).dtype == bool
    places = np.argwhere(_wrong(numbers, target, tolerance))
    came = _list(numbers, places, yes_or_no)
    if not reveal:
        return "another value" + _where(places[0]) * (len(places) == 1), came
    wanted = _list(target, places, yes_or_no)
    return wanted, came + _pattern(numbers, target) * (not yes_or_no)


def _list(numbers, places, yes_or_no):
    """Return the numbers at wrong places in words, the first few of them."""
    shown = [
        _show(numbers[tuple(place)], yes_or_no) + _where(place)
        for place in places[:_SHOWN]
    ]
    more = f" and {len(places) - _SHOWN} more" * (len(places) > _SHOWN)
    return ", ".join(shown) + more


def _where(place):
    """Return " at index 0, 1", or an empty text for a single number."""
    return f" at index {', '.join(map(str, place))}" * bool(len(place))


def _show(number, yes_or_no):
    """Return a number as text, or "True" and "False" where these are expected."""
    return str(bool(number)) if yes_or_no and number in {0, 1} else f"{number:.6g}"


def _pattern(numbers, target):
    """Return a remark on how all numbers differ from the target, or an empty text."""
    if np.allclose(numbers, -target):
        return " (every sign is turned round)"
    square = target.ndim == 2 and target.shape[0] == target.shape[1]
    if square and np.allclose(numbers, target.T):
        return " (rows and columns are exchanged)"
    scale = _scale(numbers, target)
    # Of a single number every wrong answer is some multiple: name whole ones only.
    if scale and (target.size > 1 or _whole(scale) or _whole(1 / scale)):
        return f" ({scale:.6g} times what was expected)"
    return ""


def _scale(numbers, target):
    """Return the factor between numbers and target, or None if there is none."""
    square = np.sum(target**2)
    scale = np.sum(numbers * target) / square if square else 0
    return scale if scale and np.allclose(numbers, scale * target, atol=0) else None


def _whole(number):
    """Return whether a number is a whole one, to rounding, and none too large."""
    return 0.5 < abs(number) < 1e4 and abs(number - round(number)) < 1e-5


def _kind(expected):
    """Return in words what kind of answer is expected."""
    if isinstance(expected, str):
        return 'a text, such as "a"'
    if isinstance(expected, (bool, np.bool_)):
        return "True or False"
    shape = _numbers(expected).shape
    return f"numbers of shape {shape}" if shape else "one number"


def _came(answer):
    """Return an answer that holds no usable number, in words."""
    if answer is None:
        return "nothing (None): is there a `return`?"
    if callable(answer):
        return "a function: call it, so that its result is the answer"
    text = repr(answer)
    return text if len(text) <= 60 else f"{type(answer).__name__} {text[:56]}..."
