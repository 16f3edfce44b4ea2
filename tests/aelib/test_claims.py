"""Claims: what they print, what they refuse, what they record."""

import configparser
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import aelib
from aelib import ClaimError, _start, claim, claims

RULES = configparser.ConfigParser()
RULES.read(Path(__file__).parents[1] / "nbval_sanitize.cfg", encoding="utf-8")
(SECTION,) = RULES.sections()


def sanitized(text):
    """Return what nbval compares."""
    return re.sub(RULES[SECTION]["regex"], RULES[SECTION]["replace"], text)


def failure(*arguments, **options):
    """Return the message of a claim that does not hold."""
    with pytest.raises(ClaimError) as error:
        claim(*arguments, **options)
    return str(error.value)


@pytest.fixture(autouse=True)
def nothing_is_recorded(monkeypatch):
    monkeypatch.delenv("AELIB_CLAIMS", raising=False)


# --- what is shown ----------------------------------------------------------------


def test_a_claim_shows_what_was_measured(capsys):
    claim("the gain", 3.21456, ">=", 3, unit="dB")
    assert capsys.readouterr().out == "✓ the gain       3.21   ≥ 3 dB\n"


def test_claims_of_a_block_are_one_table(capsys):
    with claims("On 1,000 test digits"):
        claim("small network's error over the wide's", 1.9312, ">=", 1.75)
        claim("share lost on noise", 2.1, "==", 2, unit="nats", tolerance=0.25)
    assert capsys.readouterr().out == (
        "On 1,000 test digits                      measured   claimed\n"
        "✓ small network's error over the wide's       1.93   ≥ 1.75\n"
        "✓ share lost on noise                         2.10   = 2 ± 0.25 nats\n"
    )


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((13, "==", 13), "13"),
        ((-0.0, "<=", 0), "0"),
        ((-1.5, "<", 0), "-1.50"),
        ((999.6, ">=", 1), "1,000"),
        ((0.0105, "<=", 0.02), "0.0105"),
        ((3e-8, "<=", 1e-6), "3.00e-08"),
        ((123456.7, ">=", 1000), "123,457"),
        ((1.74999, "<", 1.75), "1.74999"),  # 1.75 would look like a miss
        ((1.7512, ">=", 1.75), "1.75"),
        ((0.50149, "==", 0.502, "", 0.00055), "0.5015"),  # 0.501 would look like one
        (([0.776, 0.105], "==", [0.776, 0.105]), "[0.776, 0.105]"),
        ((np.linspace(0.1, 0.9, 20), "<=", 1), "0.100 … 0.900"),
    ],
)
def test_digits(capsys, arguments, shown):
    claim("it", *arguments)
    line = capsys.readouterr().out
    assert re.split(" {2,}", line)[1].removesuffix("   ").strip() == shown
    assert sanitized(line) == f"✓ it MEASURED   {line.split('   ')[-1]}"


def test_the_layout_does_not_depend_on_what_was_measured(capsys):
    lines = []
    for value in (0.123, 1.5e-7, 2, 99_999.5):
        claim("it", value, "<=", 1e6)
        claim("five", [value] * 5, "<=", 1e6)
        claim("many", [value] * 50, "<=", 1e6)
        lines.append(capsys.readouterr().out)
    places = {tuple(line.index("   ≤") for line in text.splitlines()) for text in lines}
    assert len(places) == 1
    assert len(set(map(sanitized, lines))) == 1


def test_a_closed_screen_is_skipped(monkeypatch):
    screen = io.StringIO()
    screen.close()
    monkeypatch.setattr("sys.stdout", screen)
    claim("it", 1, "<=", 2)


def test_nbval_still_sees_everything_else():
    row = "✓ gain at 3 dB       1.93   ≥ 1.75 dB\n"
    assert sanitized(row) == sanitized(row.replace("1.93", "2.08"))
    for old, new in [
        ("gain", "loss"),
        ("at 3", "at 4"),
        ("≥", ">"),
        ("1.75", "1.76"),
        (" dB\n", "\n"),
        ("✓", "✗"),
        ("1.93", "nan"),
        ("1.93", "inf"),
        ("1.93", ""),
        ("1.93", "1.93 1.94"),
        ("1.93", "1.9.3"),
        ("1.93", "one"),
    ]:
        assert sanitized(row.replace(old, new)) != sanitized(row)
    for other in ("epoch 3   = 4\n", "✗ a       1.93   ≥ 1.95\n", "loss 0.21\n"):
        assert sanitized(other) == other


# --- what holds -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("==", False, True, False),
    ],
)
def test_relations(relation, below, equal, above):
    for value, holds in ((1, below), (2, equal), (3, above)):
        for measured in (value, [2.0, value] if equal else [value, value]):
            if holds:
                claim("it", measured, relation, 2)
            else:
                assert "✗ it" in failure("it", measured, relation, 2)


def test_tolerance_reaches_to_both_sides():
    for value in (0.75, 1, 1.25):
        claim("it", value, "==", 1, tolerance=0.25)
    assert "misses by 0.01" in failure("it", 1.26, "==", 1, tolerance=0.25)
    assert failure("it", 2, "<", 2).splitlines()[1].endswith("< 2   misses by 0")


def test_small_types_do_not_wrap_around():
    claim("it", np.uint8(3), "<=", np.uint8(5))
    assert "misses by 2" in failure("it", np.uint8(3), ">=", np.uint8(5))


def test_a_table_that_fails_shows_all_of_it(capsys):
    with pytest.raises(ClaimError) as error, claims("Of three"):  # noqa: PT012
        claim("first", 1, ">=", 2)
        claim("second", 2, ">=", 2)
        claim("third", 0.5, ">=", 2, unit="dB")
    headline, *table, advice = str(error.value).splitlines()
    assert headline == "2 of 3 claims do not hold:"
    assert table == [
        "Of three   measured   claimed",
        "✗ first           1   ≥ 2   misses by 1",
        "✓ second          2   ≥ 2",
        "✗ third       0.500   ≥ 2 dB   misses by 1.5",
    ]
    assert "restart the kernel" in advice
    assert capsys.readouterr().out == ""
    # Jupyter shows these lines and no traceback.
    assert error.value._render_traceback_()[1:] == [*table, advice]


@pytest.mark.parametrize("kernel", [True, False])
def test_a_notebook_scrolls_to_what_fails(monkeypatch, kernel):
    IPython = pytest.importorskip("IPython")  # noqa: N806
    shell, shown = SimpleNamespace(), []
    if kernel:
        shell.kernel = "here"
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", shown.append)
    ClaimError("The claim does not hold:\nit")._render_traceback_()
    assert ["scrollIntoView" in one.data for one in shown] == [True] * kernel


def test_an_interrupt_closes_the_block(capsys):
    with pytest.raises(KeyboardInterrupt), claims():  # noqa: PT012
        claim("a", 1, "<=", 2)
        raise KeyboardInterrupt
    claim("b", 1, "<=", 2)
    assert capsys.readouterr().out.startswith("✓ b")


def test_an_error_within_a_block_comes_through_and_loses_nothing(capsys):
    with pytest.raises(ZeroDivisionError), claims():  # noqa: PT012
        claim("first", 1, "<=", 2)
        1 / 0  # noqa: B018
    assert "✓ first" in capsys.readouterr().out
    claim("alone", 1, "<=", 2)  # the block is closed
    assert capsys.readouterr().out.startswith("✓ alone")


def test_a_claim_that_failed_before_an_error_comes_first():
    with pytest.raises(ClaimError) as error, claims():  # noqa: PT012
        claim("first", 3, "<=", 2)
        claim("second", np.nan, "<=", 2)  # such as a correlation of what never moved
    assert "✗ first" in str(error.value)
    assert isinstance(error.value.__cause__, ValueError)


# --- what is refused --------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"label": " "}, ValueError, "label takes a text that is not empty"),
        ({"unit": 3}, TypeError, "unit takes a text"),
        ({"relation": "="}, ValueError, "relation takes one of '<'"),
        ({"value": np.nan}, ValueError, "value holds NaN"),
        ({"value": "1"}, TypeError, "value takes numbers"),
        ({"bound": [1, 2]}, ValueError, "bound takes one number or the shape of value"),
        ({"tolerance": 0.1}, ValueError, "tolerance goes with '=='"),
        ({"tolerance": -1}, ValueError, "tolerance takes a number of 0 or more"),
    ],
)
def test_refusals(change, kind, message):
    good = {"label": "it", "value": 1, "relation": "<=", "bound": 2}
    with pytest.raises(kind, match=f"^{message}"):
        claim(**good | change)


def test_blocks_that_prove_nothing():
    with pytest.raises(ValueError, match="one claim or more, and got none"), claims():
        pass
    nested = pytest.raises(ValueError, match="no block of claims within another")
    with nested, claims(), claims():
        pass


# --- the record -------------------------------------------------------------------


def test_record(monkeypatch, tmp_path):
    path = tmp_path / "claims.jsonl"
    monkeypatch.setenv("AELIB_CLAIMS", str(path))
    monkeypatch.setattr(_start, "current_lesson", "03_lesson")
    monkeypatch.setattr(_start, "current_seed", 5)
    with claims("A table"):
        claim("the gain", [3.5, 4], ">=", 3, unit="dB")
    failure("half", 0.6, "==", 0.5, tolerance=0.05)
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first == {
        "statement": "the gain ≥ 3 dB",
        "relation": ">=",
        "value": [3.5, 4],
        "bound": 3,
        "margin": 0.5,
        "holds": True,
        "lesson": "03_lesson",
        "seed": 5,
    }
    assert second["statement"] == "half = 0.5 ± 0.05"
    assert second["holds"] is False
    assert second["margin"] == pytest.approx(-0.05)


def test_the_module_offers_both():
    assert aelib.claim is claim
    assert aelib.claims is claims
