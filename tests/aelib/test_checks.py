"""The argument checks: what passes unchanged, and what an error says."""

import numpy as np
import pytest

from aelib import checks

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("check", "arguments", "expected"),
    [
        (checks.text, ["a b"], "a b"),
        (checks.whole_number, [np.uint8(3), 3, 3], 3),
        (checks.number, [np.float32(0.5), 0.5, 0.5], 0.5),
        (checks.number, [3], 3.0),
        (checks.one_of, ["b", ("a", "b")], "b"),
        (checks.widths, [[3, np.int64(1)]], (3, 1)),
        (checks.yes_or_no, [np.True_], True),
    ],
)
def test_good_values_come_back(check, arguments, expected):
    found = check("it", *arguments)
    assert found == expected
    assert type(found) is type(expected)


def test_arrays_come_back():
    np.testing.assert_array_equal(checks.array("it", [[1, 2]], ndim=2), [[1, 2]])
    np.testing.assert_array_equal(checks.labels("it", [1.0, 2.0]), [1, 2])
    found = checks.zeros_and_ones("it", [0, 1.0])
    np.testing.assert_array_equal(found, [False, True])
    import keras

    half = keras.ops.convert_to_tensor([0.5], "bfloat16")
    assert checks.array("it", half).dtype == "float32"


@pytest.mark.parametrize(
    ("check", "arguments", "kind", "message"),
    [
        (checks.text, [3], TypeError, "it takes a text, and got 3"),
        (checks.text, [" "], ValueError, "that is not empty, and got ' '"),
        (checks.text, ["\ud800"], ValueError, "it takes whole characters"),
        (checks.path, ["/"], ValueError, "it takes the path of a file"),
        (checks.yes_or_no, [1], TypeError, "it takes True or False, and got 1"),
        (checks.whole_number, [True], TypeError, "a whole number, and got True"),
        (checks.whole_number, [1.0], TypeError, r"a whole number, and got 1\.0"),
        (checks.whole_number, [9, 1, 8], ValueError, "a number from 1 to 8, and got 9"),
        (checks.number, ["1"], TypeError, "it takes a number, and got '1'"),
        (checks.number, [NAN, 0, 1], ValueError, "it takes a finite number, and got n"),
        (checks.number, [-INF], ValueError, "it takes a finite number, and got -inf"),
        (checks.number, [10**5000], ValueError, "of thousands of digits"),
        (checks.number, [-0.1, 0], ValueError, "of 0 or more, and got -0.1"),
        (checks.one_of, ["c", ("a", "b")], ValueError, "one of 'a', 'b', and got 'c'"),
        (checks.widths, ["ab"], TypeError, "it takes whole numbers such as"),
        (checks.array, ["a"], TypeError, "it takes numbers"),
        (checks.array, [[[1], [1, 2]]], ValueError, "it takes an array of numbers"),
        (checks.array, [[]], ValueError, r"it is empty: it got shape \(0,\)"),
        (checks.array, [[1, NAN]], ValueError, "it holds NaN or infinity"),
        (checks.array, [[1, 2], 2], ValueError, r"takes 2 axes, and got shape \(2,\)"),
        (checks.array, [[[1]], 2, 3], ValueError, "it takes 3 columns"),
        (checks.array, [[1e16]], ValueError, "and got 1e"),
        (checks.labels, [[0.5]], ValueError, "it takes whole numbers"),
        (checks.zeros_and_ones, [[0, 1, 3]], ValueError, "it takes 0 and 1, and got 3"),
    ],
)
def test_refusals(check, arguments, kind, message):
    with pytest.raises(kind, match=message):
        check("it", *arguments)


def test_arrays_that_do_not_fit_each_other():
    one, other = np.ones((2, 3)), np.ones((4, 3))
    with pytest.raises(ValueError, match="a and b take the same shape"):
        checks.same_shape("a", one, "b", other)
    with pytest.raises(ValueError, match="a and b take the same length, and got 2 and"):
        checks.same_length("a", one, "b", other)
