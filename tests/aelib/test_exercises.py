"""aelib.exercises: what its checks accept, refuse and say."""

import warnings

import keras
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import aelib
from aelib.exercises import WrongAnswer, check, check_bound, check_function


def refusal(answer, expected, **options):
    """Return the message with which a wrong answer is refused."""
    with pytest.raises(WrongAnswer) as caught:
        check("label", answer, expected, **{"hint": "the hint", **options})
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (2, 2.0),
        ([1, 2], np.array([1.0, 2.0])),
        (np.float32(0.1), 0.1),
        (keras.ops.convert_to_tensor([[1.0, 2.0]]), [[1, 2]]),
        ([True, False], [1, 0]),
        (1e9 * (1 + 1e-6), 1e9),
        (" B ", "b"),
        (True, True),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_right_answers_print_the_label_alone(capsys, answer, expected):
    check("label", answer, expected, hint="the hint")
    assert capsys.readouterr().out == "✓ label\n"


def test_a_refusal_has_four_lines():
    assert refusal([1.0, 2.5], [1, 2]) == (
        "✗ label\n"
        "  expected: 2 at index 1\n"
        "  came: 2.5 at index 1\n"
        "  think about: the hint"
    )


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (None, 1.0, ["expected: one number", "nothing (None): is there a `return`?"]),
        (..., [1, 2], ["numbers of shape (2,)", "came: Ellipsis"]),
        (2.0, [1, 2], ["numbers of shape (2,)", "came: one number"]),
        (
            [[3, 9], [3, 1]],
            [[3, 3], [3, 3]],
            [
                "expected: 3 at index 0, 1, 3 at index 1, 1\n",
                "came: 9 at index 0, 1, 1 at index 1, 1\n",
            ],
        ),
        (range(1, 7), [0] * 6, ["3 at index 2, 4 at index 3 and 2 more\n"]),
        (range(1, 5), [0] * 4, ["3 at index 2, 4 at index 3\n"]),
        (2.0, keras.ops.convert_to_tensor(1.0), ["expected: 1\n"]),
        ([2.0], keras.ops.convert_to_tensor(1.0), ["expected: one number"]),
        (np.mean, 1.0, ["one number", "a function: call it"]),
        ("b", 1.0, ["one number", "came: 'b'"]),
        ([[1], [2, 3]], [1, 2], ["numbers of shape (2,)", "[[1], [2, 3]]"]),
        ({"a": 1}, 1.0, ["one number", "{'a': 1}"]),
        (1j, 1.0, ["one number", "came: 1j"]),
        ([1.0, 2.0], 1.0, ["one number", "came: numbers of shape (2,)"]),
        (
            [[1.0], [2.0]],
            [1, 2],
            ["numbers of shape (2,)", "came: numbers of shape (2, 1)"],
        ),
        ([1, np.nan, np.inf], [1, 2, 3], ["finite numbers", "2 of 3 are infinite"]),
        (1.0001, 1.0, ["expected: 1\n", "came: 1.0001\n"]),
        (3, "b", ['a text, such as "a"', "came: 3"]),
        ("c", "b", ["another answer", "came: 'c'"]),
        (False, True, ["expected: True\n", "came: False\n"]),
        (3, True, ["expected: True\n", "came: 3\n"]),
        ([1, 1], [True, False], ["expected: False at index 1", "came: True at"]),
        ([-1, 2], [1, -2], ["every sign is turned round"]),
        ([[1, 3], [2, 4]], [[1, 2], [3, 4]], ["rows and columns are exchanged"]),
        ([4, 8], [1, 2], ["(4 times what was expected)"]),
        ([0.3, 0.9], [1, 3], ["(0.3 times what was expected)"]),  # to rounding
        ([1e308, 1e308], [10, 20], ["came: 1e+308 at index 0"]),  # too large to square
        (0.25, 2.0, ["(0.125 times what was expected)"]),
        (-6.0, 2.0, ["(-3 times what was expected)"]),
        (9999.0, 1.0, ["(9999 times what was expected)"]),
        (2.0, 3.0, ["came: 2\n"]),
        ([[1, 3, 5], [2, 4, 6]], [[1, 2, 3], [4, 5, 6]], ["came: 3 at index 0, 1"]),
        (np.array(["1" * 99]), 2.0, ["came: ndarray array(['" + "1" * 48 + "...\n"]),
        (["1" * 54], 2.0, ["came: ['" + "1" * 54 + "']\n"]),
    ],
)
def test_a_refusal_says_what_was_expected_and_what_came(answer, expected, words):
    message = refusal(answer, expected)
    assert [word for word in words if word not in message] == []
    assert message.endswith("think about: the hint")


def test_an_answer_that_raises_is_refused_with_its_hint():
    def halve(x):
        return x / "2"

    message = refusal(lambda: halve(1), 0.5)
    assert "expected: one number\n  came: TypeError: unsupported operand" in message
    assert message.endswith('in `return x / "2"`\n  think about: the hint')


def test_an_error_inside_a_library_is_told_by_the_line_that_called_it():
    def invert(x):
        return np.linalg.inv(x)

    assert "in `return np.linalg.inv(x)`" in refusal(lambda: invert([[0.0]]), 0.5)


def test_of_a_long_error_the_first_line_is_told():
    def halve(x):
        raise ValueError("half of it\nis missing")

    message = refusal(lambda: halve(1), 0.5)
    assert "came: ValueError: half of it, in" in message
    assert len(message.splitlines()) == 4


def test_a_part_of_an_answer_that_returns_nothing():
    def nothing():
        pass

    def add():
        return nothing() + 1

    for part in (lambda: nothing()[0], lambda: nothing() - 1, lambda: nothing().size):
        assert "came: nothing (None): is there a `return`?" in refusal(part, 0.5)
    assert "came: TypeError: unsupported operand" in refusal(lambda: add(), 0.5)


def test_a_name_that_an_answer_forgot_is_no_missing_answer():
    def halve(x):
        return x / two  # noqa: F821

    message = refusal(lambda: halve(1), 0.5)
    assert "came: NameError: name 'two' is not defined, in `return x / two" in message


def test_an_exercise_that_is_not_answered_says_so():
    def stub():
        raise NotImplementedError("Write your answer here.")

    def other():
        raise NotImplementedError("Cannot convert a symbolic tensor.")

    missing = refusal(lambda: ben_code, [1, 2])  # noqa: F821
    assert missing.startswith("✗ label\n  not answered yet: name 'ben_code' is not")
    assert "not answered yet: the cell above" in refusal(lambda: stub(), 1.0)
    assert "came: NotImplementedError: Cannot" in refusal(lambda: other(), 1.0)


def test_a_function_of_nothing_gives_its_answer(capsys):
    check("label", lambda: [1, 2], [1, 2], hint="the hint")
    assert capsys.readouterr().out == "✓ label\n"


@pytest.mark.parametrize("answer", [0.3, 0.0, 1e-30, 20_000])
def test_a_single_number_is_no_odd_multiple(answer):
    assert "times" not in refusal(answer, 2.0)


def test_no_multiple_of_zero():
    assert "times" not in refusal([1.0, 1.0], [0, 0])


def test_a_long_answer_is_cut():
    shown, cut = b"a" * 57, b"a" * 58  # written with b and quotes: 60 and 61 letters
    assert refusal(shown, 0.5).splitlines()[2] == f"  came: {shown}"
    assert refusal(cut, 0.5).splitlines()[2] == f"  came: bytes {str(cut)[:56]}..."


def test_a_slip_has_its_own_hint():
    slips = {"mean, not sum": 2.0, "another shape": [4.0, 4.0]}
    assert refusal(2.0, 4.0, slips=slips).endswith("think about: mean, not sum")
    assert refusal([4, 4], 4.0, slips=slips).endswith("think about: another shape")
    assert refusal(3.0, 4.0, slips=slips).endswith("think about: the hint")


def test_a_slip_that_happens_to_be_right_harms_nobody(capsys):
    check("label", 1.0, 1.0, slips={"no slip here": 1.0}, hint="the hint")
    assert capsys.readouterr().out == "✓ label\n"


@pytest.mark.parametrize(
    ("answer", "expected", "place"),
    [
        (2.0, 123.0, ""),
        ([1.0, 2.0], [1.0, 123.0], " at index 1"),
        ([-123.0, 1], [123.0, -1], ""),
    ],
)
def test_what_is_worked_out_by_hand_is_not_given_away(answer, expected, place):
    message = refusal(answer, expected, reveal=False)
    assert f"expected: another value{place}\n" in message
    assert "123" not in message.replace("-123", "")
    assert "sign" not in message
    assert "times" not in message


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (TypeError, {"label": 3}),
        (ValueError, {"label": " "}),
        (TypeError, {"hint": None}),
        (ValueError, {"hint": ""}),
        (ValueError, {"tolerance": -1}),
        (TypeError, {"tolerance": "0"}),
        (TypeError, {"slips": [2.0]}),
        (ValueError, {"slips": {"a slip": np.inf}}),
        (ValueError, {"expected": np.nan}),
        (ValueError, {"expected": {"a": 1}}),
    ],
)
def test_a_check_that_is_written_wrongly_is_no_wrong_answer(error, arguments):
    right = {"label": "label", "answer": 1.0, "expected": 1.0, "hint": "the hint"}
    with pytest.raises(error, match=next(iter(arguments))):
        check(**{**right, **arguments})


def test_the_tolerance_is_relative_above_one():
    check("label", 1000.9, 1000, tolerance=1e-3, hint="the hint")
    check("label", 0.0009, 0, tolerance=1e-3, hint="the hint")
    refusal(1001.1, 1000, tolerance=1e-3)
    refusal([1000, 1.1], [1000, 1], tolerance=1e-3)  # of each number by itself
    refusal(0.0011, 0, tolerance=1e-3)


def centred(x):
    return x - x.mean(axis=0)


def rows(rng, size):
    return (rng.normal(size=(size, 3)),)


def trial(function, reference=centred, draw=rows, **options):
    check_function("label", function, reference, draw, **{"hint": "h", **options})


def refused(function, *arguments, **options):
    """Return the message with which a wrong function is refused."""
    with pytest.raises(WrongAnswer) as caught:
        trial(function, *arguments, **options)
    message = str(caught.value)
    assert message.startswith("✗ label (size ")
    assert len(message.splitlines()) == 4
    return message


def test_a_right_function_meets_every_size_and_dtype(capsys):
    met = []

    def function(x):
        met.append((len(x), x.dtype.name))
        return [[float(number) for number in row] for row in centred(x)]

    trial(function)
    cases = [(n, t) for t in ("float64", "float32") for n in (1, 2, 5)]
    assert met == [case for case in cases for _ in range(2)]
    assert capsys.readouterr().out == "✓ label\n"


def test_the_arguments_follow_the_seed_of_the_notebook(monkeypatch):
    def met():
        seen = []
        trial(lambda x: seen.append(x.copy()) or centred(x))
        return np.concatenate(seen)

    monkeypatch.setattr("aelib._start.current_seed", 1)
    first = met()
    np.testing.assert_array_equal(met(), first)
    monkeypatch.setattr("aelib._start.current_seed", 2)
    assert not np.array_equal(met(), first)


def in_place(x):
    x -= x.mean(axis=0)
    return x


def remembered(x, seen=[]):  # noqa: B006
    seen.append(x)
    return centred(seen[0])


def of_doubles(x):
    return centred(x) if x.dtype == "float64" else x[:, :1] - x


def no_return(x):
    centred(x)


def of_two(x, y):
    return x - y


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (in_place, ["left as they were", "argument 1 changed", "work on a copy"]),
        (remembered, ["(size 2, float64)", "numbers of shape (1, 3)"]),
        (of_doubles, ["(size 1, float32)"]),
        (no_return, ["nothing (None): is there a `return`?", "think about: h"]),
        (of_two, ["expected: one result", "TypeError", "think about: h"]),
        (lambda x: (centred(x), x), ["numbers of shape (1, 3)", "(2, 1, 3)"]),
        (lambda x: x @ x, ["came: ValueError", "in `(lambda x: x @ x"]),
        (lambda x: 1 / 0, ["came: ZeroDivisionError"]),
    ],
)
def test_a_wrong_function_is_refused(function, words):
    message = refused(function)
    assert [word for word in words if word not in message] == []
    assert ", result" not in message  # there is one
    assert "aelib/exercises.py" not in message


def test_an_answer_that_overflows_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refused(lambda x: np.exp(1000 + centred(x)))
    assert "3 of 3 are infinite or NaN" in message


def test_a_function_must_give_the_same_again():
    calls = iter(range(100))
    assert "(size 1, float64)" in refused(lambda x: centred(x) + next(calls))


def test_a_list_is_an_argument_to_leave_alone():
    def last(rng, size):
        return (rng.integers(9, size=size).tolist(),)

    def arrays(rng, size):
        return ([*rows(rng, size), *rows(rng, 2)],)

    def shrink(a):
        a[1] *= 2
        return a[0]

    trial(lambda a: a[-1], lambda a: a[-1], last)
    trial(lambda a: 1 * a[0], lambda a: a[0], arrays)
    refused(lambda a: a.__setitem__(0, 9) or a[-1], lambda a: a[-1], last)
    assert "argument 1 changed" in refused(shrink, lambda a: a[0], arrays)
    assert "argument 1 changed" in refused(lambda a: a.pop(), lambda a: a[-1], last)


def test_a_hole_in_an_argument_is_left_as_it_was():
    def holes(rng, size):
        return (np.append(rng.random(size), np.nan),)

    trial(lambda x: np.nansum(x), np.nansum, holes)


def test_a_generator_starts_anew_for_each_call():
    def noise(x, rng):
        return x + rng.random(x.shape)

    def draw(rng, size):
        return *rows(rng, size), np.random.default_rng(rng.integers(99))

    trial(noise, noise, draw)
    own = np.random.default_rng(0)
    assert "size 1" in refused(lambda x, rng: noise(x, own), noise, draw)


def test_several_results():
    def both(x):
        return x.sum(), centred(x)

    trial(lambda x: list(both(x)), both)
    assert "result 2" in refused(lambda x: (x.sum(), x), both)
    assert "expected: 2 results" in refused(lambda x: x.sum(), both)
    assert "expected: 2 results" in refused(lambda x: (*both(x), 1), both)
    assert "result 1" in refused(lambda x: both(x) and None, both)


def test_a_slip_is_a_function_with_its_own_hint():
    slips = {"the mean of each column": lambda x: x - x.mean()}
    assert refused(lambda x: x - x.mean(), slips=slips).endswith("each column")
    message = refused(lambda x: x + 1, slips=slips)
    assert message.endswith("think about: h")
    assert "expected: 0 at index 0, 0" in message


def test_a_slip_may_have_fewer_results():
    def both(x):
        return x.sum(), centred(x)

    slips = {"both of them": lambda x: x.sum()}
    message = refused(lambda x: (x.sum(), x), both, slips=slips)
    assert "result 2" in message
    assert message.endswith("think about: h")


def test_a_function_that_takes_part_in_training():
    def scaled(x, k):
        return k * keras.ops.tanh(x)

    def draw(rng, size):
        return *rows(rng, size), 3

    def by_numpy(x, k):
        return k * np.tanh(x)

    def with_an_if(x, k):  # neither `fit` nor JAX knows which way it goes
        if keras.ops.max(x) > 0:
            return k * keras.ops.tanh(x)
        return keras.ops.tanh(x) * k

    trial(scaled, by_numpy, draw, tensors=True)
    refused(lambda x, k: k * np.tanh(np.asarray(x)), by_numpy, draw, tensors=True)
    refused(with_an_if, by_numpy, draw, tensors=True)


def test_a_function_that_nobody_has_written():
    def stub(x):
        raise NotImplementedError("Write your answer here.")

    with pytest.raises(WrongAnswer, match="not answered yet: the cell above"):
        trial(stub)


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (TypeError, {"function": 3}),
        (TypeError, {"reference": None}),
        (TypeError, {"draw": [1]}),
        (TypeError, {"slips": {"hint": 3}}),
        (TypeError, {"tensors": 1}),
        (ValueError, {"tolerance": -1}),
        (ValueError, {"hint": ""}),
    ],
)
def test_a_check_of_a_function_that_is_written_wrongly(error, arguments):
    right = {"label": "l", "function": centred, "reference": centred, "draw": rows}
    with pytest.raises(error, match=next(iter(arguments))):
        check_function(**{**right, "hint": "h", **arguments})


def test_bounds(capsys):
    check_bound("gain", 3.0, ">=", 3, unit="dB", hint="the hint")
    check_bound("loss", np.float32(0.5), "<", 1, hint="the hint")
    assert capsys.readouterr().out == "✓ gain ≥ 3 dB\n✓ loss < 1\n"


@pytest.mark.parametrize(
    ("answer", "relation", "words"),
    [
        (2.5, ">=", ["expected: ≥ 3 dB", "came: 2.5 dB"]),
        (3, ">", ["expected: > 3 dB", "came: 3 dB"]),
        (3, "<", ["expected: < 3 dB"]),
        (3.5, "<=", ["expected: ≤ 3 dB"]),
        (np.nan, "<=", ["a number ≤ 3 dB", "came: nan"]),
        ([1, 2], "<=", ["a number ≤ 3 dB", "came: [1, 2]"]),
        (lambda: 1 / 0, "<=", ["a number ≤ 3 dB", "came: ZeroDivisionError"]),
        (None, "<=", ["a number ≤ 3 dB", "came: nothing (None)"]),
    ],
)
def test_a_bound_that_is_missed(answer, relation, words):
    with pytest.raises(WrongAnswer) as caught:
        check_bound("gain", answer, relation, 3, unit="dB", hint="the hint")
    assert [word for word in words if word not in str(caught.value)] == []
    assert str(caught.value).endswith("think about: the hint")


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (ValueError, {"relation": "=="}),
        (TypeError, {"bound": "3"}),
        (ValueError, {"label": ""}),
        (ValueError, {"hint": ""}),
    ],
)
def test_a_bound_that_is_written_wrongly(error, arguments):
    right = {"label": "l", "answer": 4, "relation": ">=", "bound": 3, "hint": "h"}
    with pytest.raises(error, match=next(iter(arguments))):
        check_bound(**{**right, **arguments})


def test_jupyter_shows_the_message_alone(capsys):
    shell = InteractiveShell()
    shell.user_ns["exercises"] = aelib.exercises
    shell.run_cell("exercises.check('one', 2, 1, hint='less')")
    shown = capsys.readouterr().out
    assert "✗ one" in shown
    assert "think about: less" in shown
    assert "Traceback" not in shown
    assert "aelib/exercises.py" not in shown
