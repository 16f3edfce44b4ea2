"""Made-up inputs of everything public: accepted with finite results, or refused.

`cases.CASES` says for each public name which arguments are right, and for each argument
which values are wrong. One wrong argument at a time must be named by the error.
"""

import attempts
import matplotlib as mpl
import pytest
from cases import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

mpl.use("Agg")
every_case = pytest.mark.parametrize("name", sorted(CASES))


def test_everything_public_has_a_case():
    assert set(attempts.public()) <= set(CASES)


@pytest.fixture(autouse=True)
def style(monkeypatch):
    """Leave no settings behind: `setup` and `use_style` change them."""
    monkeypatch.delenv("AELIB_SEED", raising=False)
    monkeypatch.delenv("AELIB_CLAIMS", raising=False)
    with mpl.rc_context():
        yield


def inputs_of(case):
    """Return how many inputs are tried: fewer of what is slow."""
    return max(3, settings.default.max_examples // case.slow)


@every_case
def test_right_arguments(name):
    case = CASES[name]

    @settings(max_examples=inputs_of(case))
    @given(case.right)
    def check(drawn):
        right = case.make(drawn)
        result = attempts.accept(name, case.call, **right)
        attempts.accept(name, case.use, result, right)

    check()


@every_case
def test_a_wrong_argument_is_named(name):
    case = CASES[name]
    if not case.wrong:
        pytest.skip("it takes nothing")

    @settings(max_examples=inputs_of(case) * 2)
    @given(st.data())
    def check(data):
        right = case.make(data.draw(case.right))
        argument = data.draw(st.sampled_from(sorted(case.wrong)), label="argument")
        wrong = case.wrong[argument]
        wrong = wrong(right, argument) if callable(wrong) else wrong
        value = data.draw(wrong, label="wrong value")
        attempts.refuse(name, case.call, argument, **right | {argument: value})

    check()
