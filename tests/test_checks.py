"""The argument checks: what passes unchanged, and what an error says."""

from fractions import Fraction

import numpy as np
import pytest

from aelib import checks

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("check", "arguments", "expected"),
    [
        (checks.text, ["a b"], "a b"),
        (checks.whole_number, [3], 3),
        (checks.whole_number, [np.uint8(3), 3, 3], 3),
        (checks.whole_number, [-3], -3),
        (checks.number, [3], 3.0),
        (checks.number, [np.float32(0.5), 0.5, 0.5], 0.5),
        (checks.number, [-1e300], -1e300),
        (checks.number, [Fraction(1, 2)], 0.5),
        (checks.one_of, ["b", ("a", "b")], "b"),
        (checks.widths, [()], ()),
        (checks.widths, [[3, np.int64(1)]], (3, 1)),
        (checks.widths, [np.array([3, 1])], (3, 1)),
    ],
)
def test_good_values_come_back(check, arguments, expected):
    found = check("it", *arguments)
    assert found == expected
    assert type(found) is type(expected)
    if isinstance(found, tuple):
        assert {type(entry) for entry in found} <= {int}


@pytest.mark.parametrize(
    ("check", "arguments", "kind", "message"),
    [
        (checks.text, [3], TypeError, "it takes a text, and got 3"),
        (checks.text, [b"a"], TypeError, "it takes a text, and got b'a'"),
        (checks.text, [" "], ValueError, "that is not empty, and got ' '"),
        (checks.whole_number, [True], TypeError, "a whole number, and got True"),
        (checks.whole_number, [np.True_], TypeError, "a whole number"),
        (checks.whole_number, [1.0], TypeError, r"a whole number, and got 1\.0"),
        (checks.whole_number, ["1"], TypeError, "a whole number, and got '1'"),
        (checks.whole_number, [np.array([1])], TypeError, "a whole number"),
        (checks.whole_number, [0, 1], ValueError, "a number of 1 or more, and got 0"),
        (checks.whole_number, [9, 1, 8], ValueError, "a number from 1 to 8, and got 9"),
        (checks.whole_number, [0, 1, 8], ValueError, "a number from 1 to 8, and got 0"),
        (checks.number, ["1"], TypeError, "it takes a number, and got '1'"),
        (checks.number, [1j], TypeError, "it takes a number, and got 1j"),
        (checks.number, [False], TypeError, "it takes a number, and got False"),
        (checks.number, [NAN], ValueError, "it takes a finite number, and got nan"),
        (checks.number, [-INF], ValueError, "it takes a finite number, and got -inf"),
        (checks.number, [-0.1, 0], ValueError, "of 0 or more, and got -0"),
        (checks.number, [1.1, 0, 1], ValueError, r"from 0 to 1, and got 1\.1"),
        (checks.one_of, ["c", ("a", "b")], ValueError, "one of 'a', 'b', and got 'c'"),
        (checks.one_of, [None, ("a", "b")], TypeError, "one of 'a', 'b', and got None"),
        (checks.one_of, [["a"], ("a", "b")], TypeError, "one of 'a', 'b', and got"),
        (checks.widths, ["12"], TypeError, "a sequence of whole numbers .* got '12'"),
        (checks.widths, [3], TypeError, "a sequence of whole numbers .* got 3"),
        (checks.widths, [np.array(3)], TypeError, "a sequence of whole numbers"),
        (checks.widths, [[3, 0]], ValueError, r"it\[1\] takes a number of 1 or more"),
        (checks.widths, [[True]], TypeError, r"it\[0\] takes a whole number"),
    ],
)
def test_bad_values_are_refused(check, arguments, kind, message):
    with pytest.raises(kind, match=message) as error:
        check("it", *arguments)
    assert str(error.value).startswith("it")


@pytest.mark.parametrize(
    "value", [1, 1.5, [1, 2], np.zeros((2, 3), "float16"), np.array([1], "uint8")]
)
def test_arrays_keep_type_and_shape(value):
    found, plain = checks.array("it", value), np.asarray(value)
    assert (found.dtype, found.shape) == (plain.dtype, plain.shape)
    np.testing.assert_array_equal(found, plain)


@pytest.mark.parametrize(
    ("value", "options", "kind", "message"),
    [
        ("x", {}, TypeError, "numbers, and got str of dtype"),
        (None, {}, TypeError, "numbers, and got NoneType of dtype object"),
        ([True], {}, TypeError, "numbers, and got list of dtype bool"),
        ([1j], {}, TypeError, "numbers, and got list of dtype complex128"),
        ([[1], [1, 2]], {}, ValueError, "it takes an array of numbers: "),
        ([1], {"ndim": 2}, ValueError, r"it takes 2 axes, and got shape \(1,\)"),
        ([[1, 2]], {"ndim": 2, "columns": 3}, ValueError, r"3 columns, .* \(1, 2\)"),
        ([], {}, ValueError, r"it is empty: it got shape \(0,\)"),
        ([1, NAN], {}, ValueError, "it holds NaN or infinity"),
        ([1, -INF], {}, ValueError, "it holds NaN or infinity"),
    ],
)
def test_bad_arrays_are_refused(value, options, kind, message):
    with pytest.raises(kind, match=message):
        checks.array("it", value, **options)


@pytest.mark.parametrize("value", [[0, 9], [3.0], np.array([5], "uint8")])
def test_labels(value):
    np.testing.assert_array_equal(checks.labels("it", value, low=0, high=9), value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.5], "it takes whole numbers"),
        ([0, 10], "it takes a number from 0 to 9, and got .*10"),
        ([-1, 0], "it takes a number from 0 to 9, and got .*-1"),
        ([[1]], "it takes 1 axes"),
        ([NAN], "it holds NaN"),
    ],
)
def test_bad_labels_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        checks.labels("it", value, low=0, high=9)


def test_shapes_and_lengths_that_fit():
    assert checks.same_shape("a", np.ones((2, 3)), "b", np.zeros((2, 3))) is None
    assert checks.same_length("a", np.ones((2, 3)), "b", [1, 2]) is None


def test_shapes_and_lengths_that_do_not_fit():
    with pytest.raises(ValueError, match=r"a and b .* got \(2,\) and \(1, 2\)"):
        checks.same_shape("a", np.ones(2), "b", np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"take the same length, and got 2 and 3"):
        checks.same_length("a", [1, 2], "b", [1, 2, 3])


@pytest.mark.parametrize("check", [checks.number, checks.whole_number])
def test_a_number_that_python_cannot_write_out(check):
    """Python's own error about 5000 digits would not name the argument."""
    with pytest.raises(ValueError, match=r"size takes .* thousands of digits"):
        check("size", 10**5000, high=3)


def test_a_number_is_shown_as_it_was_given():
    with pytest.raises(ValueError, match=r"stars takes a number from 0\.5 to 5, .* 6$"):
        checks.number("stars", 6, low=0.5, high=5)
