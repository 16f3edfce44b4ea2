"""aelib.claim: what holds, what fails, what is refused, printed and recorded."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import aelib
from aelib import _start, claim

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def record(tmp_path, monkeypatch):
    """The file that claims are recorded in."""
    path = tmp_path / "claims.jsonl"
    monkeypatch.setenv("AELIB_CLAIMS", str(path))
    monkeypatch.setattr(_start, "current_lesson", "00_test")
    monkeypatch.setattr(_start, "current_seed", 5)
    return path


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("relation", "below", "at", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("==", False, True, False),
    ],
)
def test_relations(relation, below, at, above):
    for value, holds in [(1.5, below), (2, at), (2.5, above)]:
        if holds:
            assert claim("it", value, relation, 2) is None
        else:
            with pytest.raises(aelib.ClaimError, match=r"^it .* 2: does not hold"):
                claim("it", value, relation, 2)


@pytest.mark.parametrize(
    ("value", "relation", "bound", "margin"),
    [
        (1.5, "<", 2, 0.5),
        (1.5, "<=", 2, 0.5),
        (1.5, ">", 1, 0.5),
        (1.5, ">=", 1, 0.5),
        ([1, 4], "<=", 5, 1),  # the entry that is nearest to the bound counts
        ([1, 4], ">=", [0, 1], 1),
        ([1, 1], "==", [1, 1], 0),
    ],
)
def test_margins_that_hold(record, value, relation, bound, margin):
    claim("it", value, relation, bound)
    assert lines(record)[0]["margin"] == margin


@pytest.mark.parametrize(
    ("value", "relation", "bound", "margin"),
    [
        (2.5, "<", 2, -0.5),
        (2.5, "<=", 2, -0.5),
        (0.5, ">", 1, -0.5),
        (0.5, ">=", 1, -0.5),
        (0.5, "==", 1, -0.5),
        ([1, 4, 9], "<", 6, -3),
        ([1, 4], ">=", [0, 6], -2),
        ([1, 2], "==", [1, 1], -1),
        (np.uint8(5), "<", np.uint8(3), -2),  # must not wrap around to 254
        (np.array([[1, 1], [1, 0]], np.uint8), ">", np.uint8(0), 0),
    ],
)
def test_margins_that_fail(record, value, relation, bound, margin):
    with pytest.raises(aelib.ClaimError):
        claim("it", value, relation, bound)
    assert lines(record)[0]["margin"] == margin
    assert lines(record)[0]["holds"] is False


@pytest.mark.parametrize("value", [0.75, 0.875, 1, 1.25])
def test_tolerance_reaches_to_both_sides_and_includes_its_ends(record, value):
    claim("it", value, "==", 1, tolerance=0.25)
    assert lines(record)[0]["margin"] == 0.25 - abs(value - 1)


@pytest.mark.parametrize("value", [0.7, 1.3, [1, 1.3]])
def test_outside_the_tolerance(value):
    with pytest.raises(aelib.ClaimError, match=r"it = 1 ± 0\.25: .* bound by 0\.05"):
        claim("it", value, "==", 1, tolerance=0.25)


@pytest.mark.parametrize(
    ("values", "arguments", "options", "text"),
    [
        ((0.1, 0.6), ("<=", 0.9), {}, "✓ it ≤ 0.9\n"),
        ((0.1, 0.6), ("<", 0.9), {"unit": "dB"}, "✓ it < 0.9 dB\n"),
        ((4, 5.5), (">=", 3), {"unit": "nats"}, "✓ it ≥ 3 nats\n"),
        ((4, 5.5), (">", -3), {}, "✓ it > -3\n"),
        ((0.9, 1.1), ("==", 1), {"tolerance": 0.5}, "✓ it = 1 ± 0.5\n"),
        (([1, 2], [2, 3]), (">=", [1, 0.5]), {}, "✓ it ≥ [1, 0.5]\n"),
        (([[1]], [[2]]), (">=", [[1e-6]]), {}, "✓ it ≥ [[1e-06]]\n"),
        (([1, 2], 4), (">=", 1), {}, "✓ it ≥ 1\n"),
        ((0, 1), ("<=", 1234567), {}, "✓ it ≤ 1234567\n"),  # every digit of a count
    ],
)
def test_printed_text_is_the_statement_alone(capfd, values, arguments, options, text):
    for value in values:
        claim("it", value, *arguments, **options)
        assert tuple(capfd.readouterr()) == (text, "")


def test_error_has_the_statement_and_the_measured_number(capfd):
    with pytest.raises(aelib.ClaimError) as error:
        claim("the gain over a median filter", 2.625, ">=", 3, unit="dB")
    assert str(error.value) == (
        "the gain over a median filter ≥ 3 dB: does not hold. Measured 2.625 dB, "
        "which misses the bound by 0.375."
    )
    assert isinstance(error.value, AssertionError)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"value": math.nan}, ValueError, "value holds NaN"),
        ({"value": [1, math.inf]}, ValueError, "value holds NaN or infinity"),
        ({"bound": math.nan}, ValueError, "bound holds NaN"),
        ({"bound": -math.inf}, ValueError, "bound holds NaN or infinity"),
        ({"value": True}, TypeError, "value takes an array of numbers"),
        ({"value": np.array([True])}, TypeError, "value takes an array of numbers"),
        ({"bound": False}, TypeError, "bound takes an array of numbers"),
        ({"value": "1"}, TypeError, "value takes an array of numbers"),
        ({"bound": "1"}, TypeError, "bound takes an array of numbers"),
        ({"value": None}, TypeError, "value takes an array of numbers"),
        ({"value": 1j}, TypeError, "value takes an array of numbers"),
        ({"value": []}, ValueError, "value is empty"),
        ({"value": [[1], [1, 2]]}, ValueError, "value takes an array of numbers"),
        ({"value": [1, 2], "bound": [1, 2, 3]}, ValueError, "bound takes one number"),
        ({"value": [[1, 2]], "bound": [1, 2]}, ValueError, "bound takes one number"),
        ({"value": [1, 2], "bound": [1]}, ValueError, "bound takes one number"),
        ({"value": 1, "bound": [1, 1]}, ValueError, "bound takes one number"),
        ({"relation": "!="}, ValueError, "relation takes one of '<'"),
        ({"relation": "≤"}, ValueError, "relation takes one of '<'"),
        ({"relation": None}, TypeError, "relation takes one of '<'"),
        ({"label": ""}, ValueError, "label takes a text that is not empty"),
        ({"label": 3}, TypeError, "label takes a text"),
        ({"unit": None}, TypeError, "unit takes a text"),
        ({"tolerance": 0.1}, ValueError, "tolerance goes with '=='"),
        ({"relation": "==", "tolerance": -0.1}, ValueError, "tolerance takes a number"),
        ({"relation": "==", "tolerance": math.nan}, ValueError, "tolerance takes a fi"),
        ({"relation": "==", "tolerance": "0"}, TypeError, "tolerance takes a number"),
        ({"relation": "==", "tolerance": True}, TypeError, "tolerance takes a number"),
    ],
)
def test_refused(record, capfd, changes, kind, message):
    arguments = {"label": "it", "value": 1.0, "relation": "<=", "bound": 1.0} | changes
    with pytest.raises(kind, match=message):
        claim(**arguments)
    assert not record.exists()
    assert capfd.readouterr().out == ""


def test_record(record):
    claim("größe", np.float32(0.5), "<=", 1, unit="dB")
    with pytest.raises(aelib.ClaimError):
        claim("two", np.array([1, 2]), "==", np.array([1, 4]))
    shared = {"lesson": "00_test", "seed": 5}
    assert lines(record) == [
        {
            "statement": "größe ≤ 1 dB",
            "relation": "<=",
            "value": 0.5,
            "bound": 1,
            "margin": 0.5,
            "holds": True,
            **shared,
        },
        {
            "statement": "two = [1, 4]",
            "relation": "==",
            "value": [1, 2],
            "bound": [1, 4],
            "margin": -2,
            "holds": False,
            **shared,
        },
    ]


@pytest.mark.parametrize("unset", [None, ""])
def test_nothing_is_recorded_unasked(record, monkeypatch, unset):
    if unset is None:
        monkeypatch.delenv("AELIB_CLAIMS")
    else:
        monkeypatch.setenv("AELIB_CLAIMS", unset)
    claim("it", 1, "==", 1)
    assert list(record.parent.iterdir()) == []


# A writer without TensorFlow: claims.py needs nothing of it.
WRITER = """
import importlib.util, pathlib, sys, types
aelib = types.ModuleType("aelib")
aelib.__path__ = [sys.argv[1]]
sys.modules["aelib"] = aelib
aelib._start = sys.modules["aelib._start"] = types.ModuleType("aelib._start")
aelib._start.current_lesson, aelib._start.current_seed = sys.argv[2], 0
from aelib import claims
sys.stdin.readline()  # all writers start at once
for number in range(300):
    claims.claim("a statement " * 30, [number] * 50, ">=", 0)
"""


def test_parallel_writers_do_not_mix(record):
    command = [sys.executable, "-c", WRITER, ROOT / "aelib"]
    writers = [
        subprocess.Popen(
            [*command, name],
            env=os.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for name in "abc"
    ]
    for writer in writers:
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    written = [(line["lesson"], line["value"][0]) for line in lines(record)]
    assert sorted(written) == [(name, n) for name in "abc" for n in range(300)]
