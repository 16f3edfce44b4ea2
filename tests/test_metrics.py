"""The metrics: hand-computed cases, and what they must not depend on."""

import numpy as np
import pytest

from aelib import metrics

RNG = np.random.default_rng(0)
NAN = float("nan")


# --- squared error ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "x_hat", "expected"),
    [
        ([[0, 1]], [[0, 1]], 0),
        ([[0, 1]], [[0.5, 1]], 0.25),
        ([[0, 1]], [[1, 0]], 2),  # a sum over pixels
        ([[0, 1], [0, 0]], [[1, 0], [0, 0]], 1),  # a mean over images
        ([[1], [1], [1]], [[0], [3], [1]], 5 / 3),
    ],
)
def test_squared_error_by_hand(x, x_hat, expected):
    found = metrics.squared_error_per_image(x, x_hat)
    assert type(found) is float
    assert found == pytest.approx(expected, abs=1e-15)


def test_squared_error_of_whole_numbers_does_not_wrap():
    x, x_hat = np.array([[0, 255]], np.uint8), np.array([[255, 0]], np.uint8)
    assert metrics.squared_error_per_image(x, x_hat) == 2 * 255**2


def test_squared_error_knows_no_order_and_no_copies():
    x, x_hat = RNG.random((2, 200, 784), dtype="float32")
    expected = np.mean([np.sum((a - b) ** 2) for a, b in zip(x, x_hat, strict=True)])
    found = metrics.squared_error_per_image(x, x_hat)
    assert found == pytest.approx(expected, rel=1e-5)
    for i in (RNG.permutation(200), [*range(200)] * 2):
        assert metrics.squared_error_per_image(x[i], x_hat[i]) == pytest.approx(
            found, rel=1e-13
        )


def test_squared_error_adds_in_float64():
    # In float32, 1e-8 is lost beside 1.
    x = np.array([[1, *[1e-4] * 1000]], "float32")
    found = metrics.squared_error_per_image(x, np.zeros_like(x))
    assert found == pytest.approx(1 + 1e-5, abs=1e-11)


@pytest.mark.parametrize(
    ("x", "x_hat", "kind", "message"),
    [
        ([[1, 2]], [[1, 2, 3]], ValueError, "x and x_hat take the same shape"),
        ([[1], [2]], [[1]], ValueError, r"same shape, and got \(2, 1\) and \(1, 1\)"),
        ([1, 2], [1, 2], ValueError, "x takes 2 axes"),
        ([[1]], [1], ValueError, "x_hat takes 2 axes"),
        ([[NAN]], [[1]], ValueError, "x holds NaN"),
        ([[1]], [[float("inf")]], ValueError, "x_hat holds NaN or infinity"),
        (np.zeros((0, 3)), np.zeros((0, 3)), ValueError, "x is empty"),
        ([["1"]], [[1]], TypeError, "x takes an array of numbers"),
        ([[1]], None, TypeError, "x_hat takes an array of numbers"),
        ([[True]], [[1]], TypeError, "x takes an array of numbers"),
    ],
)
def test_squared_error_refuses(x, x_hat, kind, message):
    with pytest.raises(kind, match=message):
        metrics.squared_error_per_image(x, x_hat)


# --- neighbours ------------------------------------------------------------------

CODES = np.array([[0.0], [1], [2], [10], [11], [12]])
LABELS = np.array([3, 3, 3, 7, 7, 7])


@pytest.mark.parametrize(
    ("new_codes", "new_labels", "neighbours", "expected"),
    [
        ([[0.4], [11.2]], [3, 7], 1, 1),
        ([[0.4], [11.2]], [7, 3], 1, 0),
        ([[0.4], [11.2], [1.5], [10.4]], [3, 7, 7, 7], 3, 0.75),
        ([[5]], [3], 5, 1),  # 0, 1, 2 outvote 10 and 11
        ([[7]], [3], 5, 0),  # 10, 11, 12 outvote 1 and 2
    ],
)
def test_neighbours_by_hand(new_codes, new_labels, neighbours, expected):
    found = metrics.neighbour_accuracy(
        CODES, LABELS, new_codes, new_labels, neighbours=neighbours
    )
    assert type(found) is float
    assert found == expected


def test_five_neighbours_vote_where_left_out():
    # The nearest is a 7, the nearest three are 7s, but of five 3 has the majority.
    codes, labels = [[0], [1], [-3], [4], [-5], [60]], [7, 7, 3, 3, 3, 7]
    assert metrics.neighbour_accuracy(codes, labels, [[0]], [3]) == 1
    assert metrics.neighbour_accuracy(codes, labels, [[0]], [3], 3) == 0


def test_neighbours_know_no_order():
    codes, labels = RNG.random((60, 3)), np.arange(60) % 4
    new_codes, new_labels = RNG.random((40, 3)), np.arange(40) % 4
    found = metrics.neighbour_accuracy(codes, labels, new_codes, new_labels)
    i, j = RNG.permutation(60), RNG.permutation(40)
    assert found == metrics.neighbour_accuracy(
        codes[i], labels[i], new_codes[j], new_labels[j]
    )


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"codes": [1, 2]}, ValueError, "codes takes 2 axes"),
        ({"codes": "x"}, TypeError, "codes takes an array of numbers"),
        ({"codes": CODES * NAN}, ValueError, "codes holds NaN"),
        ({"new_codes": [[1, 2]]}, ValueError, "new_codes takes 1 columns"),
        ({"new_codes": [[1], [2]]}, ValueError, "new_codes and new_labels take the sa"),
        ({"labels": LABELS[:-1]}, ValueError, "codes and labels take the same length"),
        ({"labels": LABELS[:, None]}, ValueError, "labels takes 1 axes"),
        ({"labels": LABELS + 0.5}, ValueError, "labels takes whole numbers"),
        ({"labels": ["a"] * 6}, TypeError, "labels takes an array of numbers"),
        ({"new_labels": [0.5]}, ValueError, "new_labels takes whole numbers"),
        ({"new_labels": []}, ValueError, "new_labels is empty"),
        ({"neighbours": 0}, ValueError, "neighbours takes a number from 1 to 6"),
        ({"neighbours": 7}, ValueError, "neighbours takes a number from 1 to 6"),
        ({"neighbours": 2.0}, TypeError, "neighbours takes a whole number"),
        ({"neighbours": True}, TypeError, "neighbours takes a whole number"),
    ],
)
def test_neighbours_refuse(changes, kind, message):
    arguments = {
        "codes": CODES,
        "labels": LABELS,
        "new_codes": [[1]],
        "new_labels": [3],
    }
    with pytest.raises(kind, match=message):
        metrics.neighbour_accuracy(**arguments | changes)


# --- dead units ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "dead"),
    [
        ([[0, 1], [0, 2]], [True, False]),
        ([[5, 5], [5, 5]], [True, True]),  # dead at any value, not at zero alone
        ([[0, 1], [1, 0], [0, 1]], [False, False]),
        ([[-1, 0], [1, 1e-30]], [False, False]),
    ],
)
def test_dead_units_by_hand(codes, dead):
    for images in (codes, codes[::-1], codes * 2):
        found = metrics.dead_units(images)
        assert found.dtype == bool
        np.testing.assert_array_equal(found, dead)


@pytest.mark.parametrize(
    ("codes", "kind", "message"),
    [
        ([[1, 2]], ValueError, "codes takes two images or more, and got 1"),
        ([1, 2], ValueError, "codes takes 2 axes"),
        ([[1, NAN], [1, 2]], ValueError, "codes holds NaN"),
        ([], ValueError, "codes takes 2 axes"),
        (None, TypeError, "codes takes an array of numbers"),
    ],
)
def test_dead_units_refuse(codes, kind, message):
    with pytest.raises(kind, match=message):
        metrics.dead_units(codes)
