"""Any claim: it holds and is printed, it fails and says so, or an error names why."""

import contextlib
import io
import json
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from attempts import NOT_NUMBER, NOT_TEXT, accept, broken, holding, refuse_one, resized
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aelib import claims

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

HALVES = st.integers(-6, 6).map(lambda number: number / 2)  # some are equal
NUMBERS = HALVES | st.floats(-1e300, 1e300) | st.integers(-(2**60), 2**60)
LABELS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)
FAR = st.sampled_from([1.1e300, -1e305])
RELATIONS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
}


@st.composite
def claimed(draw):
    """Draw a claim about one number, or about several."""
    shape = draw(st.sampled_from([(), (3,), (2, 2), (1,)]))
    array = npst.arrays("float64", shape, elements=NUMBERS.map(float))
    kind = st.sampled_from([np.asarray, lambda a: a.tolist()])
    relation = draw(st.sampled_from(sorted(RELATIONS)))
    tolerance = st.sampled_from([0, 0.5, np.float16(1), Fraction(1, 2), 1e308])
    value = draw(array)
    bound = draw(st.sampled_from([value, draw(array), draw(NUMBERS)]))
    return {
        "label": draw(LABELS),
        "value": draw(kind)(value),
        "relation": relation,
        "bound": draw(kind)(np.asarray(bound)),
        "unit": draw(st.sampled_from(["", "dB", "nats per image"])),
        "tolerance": draw(tolerance) if relation == "==" else 0.0,
    }


def outcome(right):
    """Return whether a claim holds, what it prints, and what it records."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims"
        record = mock.patch.dict(os.environ, {claims.RECORD_VARIABLE: str(path)})
        with record, contextlib.redirect_stdout(printed):
            try:
                accept(claims.claim, **right)
                holds = True
            except claims.ClaimError as error:
                holds = False
                assert right["label"].strip() in str(error)  # noqa: PT017
        (line,) = path.read_text(encoding="utf-8").splitlines()[-1:]
        return holds, printed.getvalue(), line


@given(claimed())
def test_a_claim_holds_or_fails(right):
    holds, printed, line = outcome(right)
    value, bound = (np.asarray(right[name], "float64") for name in ("value", "bound"))
    if right["relation"] == "==":
        expected = np.all(abs(value - bound) <= float(right["tolerance"]))
    else:
        expected = np.all(RELATIONS[right["relation"]](value, bound))
    assert holds == expected
    assert printed == (f"✓ {json.loads(line)['statement']}\n" if holds else "")

    def strange(text):
        raise AssertionError(f"{text} in the record, which no other reader takes")

    recorded = json.loads(line, parse_constant=strange)
    assert recorded["holds"] == expected
    assert recorded["value"] == value.tolist()
    assert recorded["statement"].startswith(right["label"])
    if not holds:
        assert recorded["margin"] <= 0


@given(claimed(), st.data())
def test_a_claim_refuses(right, data):
    value, bound = (np.asarray(right[name], "float64") for name in ("value", "bound"))
    wrong = {
        "label": NOT_TEXT | st.sampled_from(["", " \n", "\ud800"]),
        "relation": NOT_TEXT | st.sampled_from(["", "=", "!=", "≤", "< "]),
        "unit": NOT_TEXT | st.just("\udfff"),
        "tolerance": NOT_NUMBER | st.sampled_from([-1e-9, -1, 10**400]),
        "value": holding(value, FAR) | st.sampled_from([None, "1", True, 1j, 10**400]),
        "bound": holding(bound, FAR) | st.sampled_from([None, "1", True, 1j, {}]),
    }
    if value.ndim:
        wrong["value"] |= broken(value) | st.just([[1], [1, 2]])
        wrong["bound"] |= st.just(value[None]) | resized(value, (0,))
    if right["relation"] != "==":
        wrong["tolerance"] |= st.just(0.1)
    refuse_one(data, claims.claim, right, wrong)
