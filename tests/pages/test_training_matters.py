"""A claim that holds without training says nothing about training.

`benchmarks/no_training.py` runs every lesson with a `fit` that learns nothing; a lesson
that changed since it is stored runs here.
"""

from pathlib import Path

import lessons
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from benchmarks import no_training, record


def test_training_matters(lesson):
    if not no_training.trains(lesson):
        # A training loop written by hand is not replaced either.
        pytest.skip("the lesson calls no fit of Keras")
    found = no_training.judged(lesson)
    if found["faults"]:
        faults = "\n".join(found["faults"])
        pytest.fail(f"{lesson.path.name}:\n{faults}", pytrace=False)
    assert found["all"] >= 2, "a lesson has sections, each under a ## heading"
    assert found["trained"] >= 1, "fit is in the source, and was never reached"


def test_some_lesson_trains(pytestconfig):
    paths = lessons.find(pytestconfig.getoption("--notebooks"))
    assert any(no_training.trains(lessons.Lesson(path)) for path in paths)


def test_what_is_stored_of_a_lesson_counts_until_it_changes(tmp_path, monkeypatch):
    name, ran = record.lessons()[0], []
    lesson = lessons.Lesson(record.ROOT / name)
    monkeypatch.setattr(no_training, "run", lambda lesson: ran.append(lesson) or [])
    monkeypatch.setattr(no_training, "RESULT", tmp_path / "no_training.json")
    found = no_training.judged(lesson)
    assert found == no_training.judged(lesson)
    assert len(ran) == 2
    record.write(no_training.RESULT, {"lessons": {name: found | {"all": 7}}})
    assert no_training.judged(lesson)["all"] == 7
    changed = found | {"digest": "of another lesson"}
    record.write(no_training.RESULT, {"lessons": {name: changed}})
    assert no_training.judged(lesson) == found
    assert len(ran) == 3


# The tests from here on try the machinery on small notebooks of its own.

TRAINING = """
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
model.compile("adam", "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
before = model.get_weights()[0]
history = model.fit(
    x, x, epochs=4, verbose=0, validation_data=(x, x), callbacks=[stop]
).history
after = model.get_weights()[0]
"""
EMPTY_CLAIM = 'aelib.claim("the loss", history["loss"][-1], ">=", 0)'
REAL_CLAIM = 'aelib.claim("the weights move", np.abs(after - before).max(), ">", 0)'
HISTORY_CLAIMS = """
aelib.claim("epochs until patience ends", len(history["loss"]), "==", 2)
aelib.claim("entries of the history", len(history), "==", 4)
aelib.claim("loss over held-out loss", history["loss"][0] / history["val_loss"][0],
    "==", 1, tolerance=1e-5)
aelib.claim("mae moves", np.ptp(history["val_mae"]), "==", 0)
"""


@pytest.fixture(scope="module")
def small_lessons(tmp_path_factory):
    """Run one notebook with four sections; return its cells by their heading."""
    cells = [new_markdown_cell("# Title"), new_code_cell("import aelib")]
    for heading, source in [
        ("Cannot fail", TRAINING + EMPTY_CLAIM),
        ("Can fail", TRAINING + REAL_CLAIM),
        ("Crashes", TRAINING + "[][0]"),
        ("History", TRAINING + HISTORY_CLAIMS),
        ("Does not train", "1 + 1"),
        ("Splits badly", "x_train, x_test = x[:50], x[49:]"),
        (
            "Splits badly by number",
            "x_train = x[:49]; train, test = np.arange(64) < 9, np.arange(8, 64)",
        ),
        ("Splits well", "test = np.arange(9, 64)"),
    ]:
        cells += [new_markdown_cell(f"## {heading}"), new_code_cell(source)]
    path = lessons.write(tmp_path_factory.mktemp("small") / "small.ipynb", *cells)
    executed = no_training.run(lessons.Lesson(path))
    return {
        text: inside for (_, text), inside in no_training.sections(executed).items()
    }


def judge(small_lessons, heading):
    """Return the verdict on one section of the small notebook."""
    return no_training.verdict(
        [new_markdown_cell(f"## {heading}"), *small_lessons[heading]]
    )


def test_a_claim_that_cannot_fail_is_reported(small_lessons):
    faults, counts = judge(small_lessons, "Cannot fail")
    assert len(faults) == 1
    assert "each of its claims holds without training" in faults[0]
    assert counts == {"all": 1, "trained": 1, "noticed": 0}


def test_a_claim_that_fails_is_what_is_wanted(small_lessons):
    assert judge(small_lessons, "Can fail") == (
        [],
        {"all": 1, "trained": 1, "noticed": 1},
    )


def test_a_crash_is_reported(small_lessons):
    faults, _ = judge(small_lessons, "Crashes")
    assert "crashes where nothing is learned" in faults[0]
    assert "IndexError" in faults[0]


def test_the_history_is_whole_and_constant(small_lessons):
    shown = [
        text for o in small_lessons["History"][0].outputs for text in lessons.texts(o)
    ]
    assert "".join(shown).count("✓") == 4, shown


def test_a_section_that_does_not_train_owes_nothing(small_lessons):
    assert judge(small_lessons, "Does not train") == ([], {"all": 1})


@pytest.mark.parametrize(
    ("heading", "faults"),
    [
        ("Splits badly", ["<x_train and x_test share 1 rows>"]),
        ("Splits badly by number", ["<train and test share 1 rows>"]),
        ("Splits well", []),
    ],
)
def test_a_row_in_two_parts_is_reported(small_lessons, heading, faults):
    assert judge(small_lessons, heading)[0] == faults


def test_fit_is_told_from_scikit_learns(tmp_path):
    for source, expected in [
        ("m.fit(x, x, epochs=2)", True),
        ("PCA(2).fit(x)", False),
        ("aelib.train(m, x)", True),
        ("history = aelib.train(m, x, epochs=2)", True),
        ("train(m, [x, label], x)", True),
        ("digits.x_train.mean()", False),
    ]:
        path = lessons.write(Path(tmp_path) / "one.ipynb", new_code_cell(source))
        assert no_training.trains(lessons.Lesson(path)) is expected
