"""Any answer: right, or wrong with a message of four lines; never another error."""

import contextlib
import io
from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
from attempts import NOT_NUMBER, NOT_TEXT, accept, refuse_one
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aelib import exercises

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SHAPES = st.sampled_from([(), (3,), (2, 2), (0, 3)])
NUMBERS = st.integers(-3, 3) | st.floats(-1e300, 1e300) | st.sampled_from([1e-320, 0.1])
ARRAYS = SHAPES.flatmap(
    lambda shape: npst.arrays("float64", shape, elements=NUMBERS.map(float))
)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)
EXPECTED = ARRAYS | TEXTS | st.booleans() | NUMBERS
STRANGE = st.sampled_from(
    [
        None,
        ...,
        1j,
        b"1",
        {"a": 1},
        {1, 2},
        [[1], [1, 2]],
        [10**400, 1.0],
        10**400,
        np.mean,
        object(),
        Fraction(1, 2),
        np.array([None, 1]),
        np.array(["a"]),
        np.inf,
        [np.nan] * 3,
        [1e308, -1e308, 1e308],
        np.longdouble("1e4000"),
        np.float16([1, 2, 3]),
        keras.KerasTensor((3,)),
        tf.constant([1.0, 2.0, 3.0]),
        tf.constant("a"),
        keras.Variable([1.0, 2.0, 3.0]),
        range(3),
        (number for number in [1, 2, 3]),
        "\ud800",
    ]
)
NO_TEXT = NOT_TEXT | st.sampled_from(["", " ", "\ud800"])
NOT_EXPECTED = st.sampled_from(
    [None, np.nan, [1, np.inf], {"a": 1}, [[1], [1, 2]], 1j, 10**400, np.mean]
)
NOT_TOLERANCE = NOT_NUMBER | st.sampled_from([-1, -1e-300, 10**400])


@st.composite
def questions(draw):
    """Draw what a check takes, but for the answer."""
    return {
        "label": draw(TEXTS),
        "expected": draw(EXPECTED),
        "hint": draw(TEXTS),
        "slips": draw(st.none() | st.dictionaries(TEXTS, EXPECTED, max_size=2)),
        "tolerance": draw(st.sampled_from([1e-5, 0, 1, Fraction(1, 3), 1e308])),
        "reveal": draw(st.sampled_from([True, False, np.True_])),
    }


def answered(function, right):
    """Return whether an answer is right, after a look at what is said of it."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            accept(function, **right)
    except exercises.WrongAnswer as error:
        said = str(error)
        assert printed.getvalue() == ""
        assert said.startswith(f"✗ {right['label']}\n  expected: ")
        assert "\n  came: " in said
        assert "\n  think about: " in said
        return False
    assert printed.getvalue().startswith(f"✓ {right['label']}")
    return True


@given(questions())
def test_what_is_expected_is_right(right):
    expected = right["expected"]
    answers = [expected]
    if isinstance(expected, str):
        answers += [f" {expected}\n"]
    elif np.ndim(expected):
        answers += [expected.tolist()] if expected.size else []
        answers += [keras.ops.convert_to_tensor(expected)]
    assert all(answered(exercises.check, right | {"answer": it}) for it in answers)


@given(questions(), EXPECTED)
def test_another_answer_is_right_where_it_is_near(right, answer):
    found = answered(exercises.check, right | {"answer": answer})
    expected = right["expected"]
    if isinstance(expected, str) or isinstance(answer, str):
        same = isinstance(answer, str) and isinstance(expected, str)
        same = same and answer.strip().casefold() == expected.strip().casefold()
    else:
        with np.errstate(over="ignore"):
            answer, expected = np.asarray(answer, float), np.asarray(expected, float)
            same = answer.shape == expected.shape
            room = float(right["tolerance"]) * np.maximum(1, abs(expected))
            same = same and bool(np.all(abs(answer - expected) <= room))
    assert found == same


@given(questions(), STRANGE)
def test_a_strange_answer_is_a_wrong_answer(right, answer):
    right["expected"] = "no answer says this"
    assert not answered(exercises.check, right | {"answer": answer})
    right["expected"] = 12345.0
    right["tolerance"] = 0.5
    assert not answered(exercises.check, right | {"answer": answer})
    right["expected"] = np.array([12345.0, 1, 1e308])
    assert not answered(exercises.check, right | {"answer": answer})
    del right["expected"], right["slips"], right["tolerance"], right["reveal"]
    right |= {"relation": "==", "bound": 1e301} | {"relation": ">"}
    assert not answered(exercises.check_bound, right | {"answer": answer})


@given(questions(), st.data())
def test_check_refuses(right, data):
    wrong = {
        "label": NO_TEXT,
        "hint": NO_TEXT,
        "expected": NOT_EXPECTED,
        "slips": st.sampled_from([[1.0], "2", 3, {3: 1.0}, {"": 1.0}])
        | st.dictionaries(TEXTS, NOT_EXPECTED, min_size=1, max_size=2),
        "tolerance": NOT_TOLERANCE,
        "reveal": st.sampled_from([None, 0, 1, "no", [], np.nan]),
    }
    right["answer"] = data.draw(EXPECTED | STRANGE)
    refuse_one(data, exercises.check, right, wrong)


@st.composite
def bounded(draw):
    return {
        "label": draw(TEXTS),
        "answer": draw(NUMBERS | NUMBERS.map(np.float64) | NUMBERS.map(np.array)),
        "relation": draw(st.sampled_from(["<", "<=", ">", ">="])),
        "bound": draw(NUMBERS | st.sampled_from([Fraction(1, 2), np.int8(3)])),
        "hint": draw(TEXTS),
        "unit": draw(st.sampled_from(["", "dB"])),
    }


@given(bounded())
def test_check_bound(right):
    found = answered(exercises.check_bound, right)
    answer, bound = float(right["answer"]), float(right["bound"])
    holds = {
        "<": answer < bound,
        "<=": answer <= bound,
        ">": answer > bound,
        ">=": answer >= bound,
    }
    assert found == holds[right["relation"]]


@given(bounded(), st.data())
def test_check_bound_refuses(right, data):
    wrong = {
        "label": NO_TEXT,
        "hint": NO_TEXT,
        "relation": NOT_TEXT | st.sampled_from(["", "==", "≤"]),
        "bound": NOT_NUMBER | st.just(10**400),
        "unit": NOT_TEXT | st.just("\ud800"),
    }
    refuse_one(data, exercises.check_bound, right, wrong)
