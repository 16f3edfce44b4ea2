"""Any input of `aelib.setup`: a seed in force, or an error that names what is wrong."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from attempts import NOT_TEXT, NOT_WHOLE, accept, refuse, refuse_one
from hypothesis import given
from hypothesis import strategies as st

import aelib
from aelib import _start

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

MOST = 2**32 - 1
LESSONS = st.text(min_size=1).filter(str.strip)
SEEDS = st.integers(0, MOST) | st.integers(0, MOST).map(np.uint32)
OUT_OF_RANGE = st.integers(max_value=-1) | st.integers(min_value=MOST + 1)
NO_SEED = st.text().filter(lambda text: not text.isdecimal() and "\0" not in text)


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Put back what `setup` sets."""
    monkeypatch.delenv(_start.SEED_VARIABLE, raising=False)
    monkeypatch.setattr(_start, "current_lesson", None)
    monkeypatch.setattr(_start, "current_seed", None)
    with plt.rc_context():
        yield


def state():
    return _start.current_lesson, _start.current_seed


@given(LESSONS, SEEDS, st.none() | st.integers(0, MOST))
def test_setup(lesson, seed, variable):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_start.SEED_VARIABLE, "" if variable is None else str(variable))
        chosen = accept(aelib.setup, lesson, seed)
    assert chosen == (seed if variable is None else variable)
    assert type(chosen) is int
    assert state() == (lesson, chosen)
    drawn = np.random.random(), keras.random.normal((3,))  # noqa: NPY002
    accept(aelib.setup, lesson=lesson, seed=chosen)
    assert np.random.random() == drawn[0]  # noqa: NPY002
    np.testing.assert_array_equal(keras.random.normal((3,)), drawn[1])


@given(st.data(), LESSONS, SEEDS)
def test_wrong_argument(data, lesson, seed):
    before = state()
    wrong = {
        "lesson": NOT_TEXT | st.sampled_from(["", " ", "\ud800"]),
        "seed": NOT_WHOLE | OUT_OF_RANGE,
    }
    refuse_one(data, aelib.setup, {"lesson": lesson, "seed": seed}, wrong)
    assert state() == before


@given(LESSONS, NO_SEED | OUT_OF_RANGE.map(str) | st.just("9" * 5000))
def test_wrong_variable(lesson, text):
    before = state()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_start.SEED_VARIABLE, text)
        if text:
            refuse(aelib.setup, _start.SEED_VARIABLE, lesson)
            assert state() == before
        else:
            assert accept(aelib.setup, lesson) == 0


@given(st.tuples(st.integers(0, 9), st.integers(0, 99)), st.sampled_from("ab"))
def test_versions_are_compared_as_numbers(version, name):
    found = ".".join(map(str, version))
    oldest = _start.OLDEST_TENSORFLOW if name == "a" else _start.OLDEST_KERAS
    arguments = (found, "99.0") if name == "a" else ("99.0", found)
    if version >= oldest:
        _start.check_versions(*arguments, "tensorflow")
    else:
        with pytest.raises(ImportError, match=found):
            _start.check_versions(*arguments, "tensorflow")
