"""A claim that holds without training says nothing about training.

Every lesson runs with a `fit` that learns nothing. Then in each section that trains,
at least one claim must fail, and nothing else may: a crash is no finding. On the way,
no two parts of a split may share a row.
"""

import os
import re
from collections import Counter
from pathlib import Path

import lessons
import pytest
import run_notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell

# Runs in the kernel before the lesson. The callbacks are told of every epoch, so that
# what a lesson records, or stops early on, exists; the weights stay as they are. So do
# those of scikit-learn's Boltzmann machine, which learns by `partial_fit`.
NO_TRAINING = """
import aelib
import keras
import matplotlib.pyplot as plt
from sklearn.neural_network import BernoulliRBM

plt.switch_backend("agg")  # the figures are looked at elsewhere
plt.show = lambda: plt.close("all")


def fit(
    self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
    validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
    sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
    validation_batch_size=None, validation_freq=1,
):
    print("<fit was called>")
    sizes = {"batch_size": batch_size, "verbose": 0, "return_dict": True}
    logs = self.evaluate(
        x, y, sample_weight=sample_weight, steps=steps_per_epoch, **sizes
    )
    held_out = {}
    if validation_data is not None:
        held_out = self.evaluate(
            *(validation_data if isinstance(validation_data, tuple)
              else [validation_data]),
            steps=validation_steps, **sizes,
        )
    elif validation_split:
        held_out = logs
    logs = {**logs, **{f"val_{name}": value for name, value in held_out.items()}}
    watchers = keras.callbacks.CallbackList(
        callbacks, add_history=True, model=self, epochs=epochs, steps=1, verbose=0
    )
    self.stop_training = False
    watchers.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        watchers.on_epoch_begin(epoch)
        watchers.on_train_batch_begin(0)
        watchers.on_train_batch_end(0, logs)
        watchers.on_epoch_end(epoch, dict(logs))
        if self.stop_training:
            break
    watchers.on_train_end(logs)
    return self.history


def partial_fit(self, X, y=None):
    print("<fit was called>")
    return self


keras.Model.fit = fit
BernoulliRBM.partial_fit = partial_fit
"""
MARK = "<fit was called>"
# After each cell: do x_train and x_test share an image, or train and test a number?
SPLITS = r"""
def _compare(result, _names=globals()):
    import itertools
    import re

    import numpy as np

    parts = []
    for name, array in _names.items():
        found = re.fullmatch(r"(x_)?(train|valid|validation|test)", name)
        if found and isinstance(array, np.ndarray) and array.ndim > bool(found[1]):
            if array.dtype == bool and array.ndim == 1:  # a mask
                array = np.flatnonzero(array)
            rows = {row.tobytes() for row in np.ascontiguousarray(array)}
            parts.append((found[1], array.shape[1:], array.dtype, name, rows))
    for one, other in itertools.combinations(parts, 2):
        common = one[-1] & other[-1]
        if one[:3] == other[:3] and common:
            print(f"<{one[3]} and {other[3]} share {len(common)} rows>")


get_ipython().events.register("post_run_cell", _compare)
"""
SHARED = re.compile(r"<\w+ and \w+ share \d+ rows>")
KERAS_WORDS = {"epochs", "callbacks", "validation_data", "verbose", "batch_size"}


def run_without_training(lesson):
    """Run a lesson to its end with the `fit` above; return its executed cells."""
    notebook = run_notebooks.read(lesson.path)
    notebook.cells.insert(0, new_code_cell(NO_TRAINING + SPLITS))
    # The claims of this run are no claims of the lesson, and need no more images.
    apart = ("AELIB_CLAIMS", "AELIB_DATA")
    before = {name: os.environ.pop(name) for name in apart if name in os.environ}
    try:
        run_notebooks.execute(notebook, lesson.path.parent, allow_errors=True)
    finally:
        os.environ.update(before)
    return notebook.cells[1:]


def sections(cells):
    """Return {(position, heading): code cells} for the cells under each ## heading."""
    found = {}
    current = (0, "the beginning")
    for position, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            source = lessons.FENCE.sub("", cell.source)
            for marks, text in lessons.HEADING.findall(source):
                if marks == "##":
                    current = (position, text)
        elif cell.source.strip():
            found.setdefault(current, []).append(cell)
    return found


def called_fit(cell):
    """Return whether a `fit` was called while the cell ran."""
    return any(
        MARK in text for output in cell.outputs for text in lessons.texts(output)
    )


def errors(cell):
    """Return the error outputs of a cell."""
    return [output for output in cell.outputs if output.output_type == "error"]


def verdict(cells):
    """Say what is wrong with an executed lesson, and what its sections did.

    Returns:
        A list of faults, and a Counter of the sections: "all" and "trained".
    """
    texts = [
        text
        for cell in cells
        for o in cell.get("outputs", [])
        for text in lessons.texts(o)
    ]
    faults, counts = sorted(set(SHARED.findall("".join(texts)))), Counter()
    for (_, heading), inside in sections(cells).items():
        faults += [
            f"section {heading!r} crashes where nothing is learned, before a claim can "
            f"fail: {error.ename}: {error.evalue}, in the cell\n{cell.source}"
            for cell in inside
            for error in errors(cell)
            if error.ename != "ClaimError"
            and "raises-exception" not in lessons.tags(cell)
        ]
        counts["all"] += 1
        if not any(called_fit(cell) for cell in inside):
            continue
        counts["trained"] += 1
        failed = [error.ename for cell in inside for error in errors(cell)]
        if "ClaimError" not in failed:
            faults.append(
                f"section {heading!r} trains, and each of its claims holds without "
                "training: claim what only a trained network does"
            )
    return faults, counts


def names_fit(lesson):
    """Return whether the source trains: by `aelib.train`, or by Keras' `fit`.

    What tells Keras' `fit` from scikit-learn's is its arguments: the latter has no
    epochs. `train` calls `fit`.
    """
    calls = [call for _, call in lesson.calls()]
    if any(lessons.called_name(call) == "train" for call in calls):
        return True
    return any(
        lessons.called_name(call) == "fit"
        and KERAS_WORDS & {word.arg for word in call.keywords}
        for call in calls
    )


def test_training_matters(lesson):
    if not names_fit(lesson):
        # A training loop written by hand is not replaced either.
        pytest.skip("the lesson calls no fit of Keras")
    faults, counts = verdict(run_without_training(lesson))
    if faults:
        pytest.fail(f"{lesson.path.name}:\n" + "\n".join(faults), pytrace=False)
    assert counts["all"] >= 2, "a lesson has sections, each under a ## heading"
    assert counts["trained"] >= 1, "fit is in the source, and was never reached"


def test_some_lesson_trains(pytestconfig):
    paths = lessons.find(pytestconfig.getoption("--notebooks"))
    assert any(names_fit(lessons.Lesson(path)) for path in paths)


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
    executed = run_without_training(lessons.Lesson(path))
    return {text: inside for (_, text), inside in sections(executed).items()}


def judge(small_lessons, heading):
    """Return the verdict on one section of the small notebook."""
    return verdict([new_markdown_cell(f"## {heading}"), *small_lessons[heading]])


def test_a_claim_that_cannot_fail_is_reported(small_lessons):
    faults, counts = judge(small_lessons, "Cannot fail")
    assert len(faults) == 1
    assert "each of its claims holds without training" in faults[0]
    assert counts == {"all": 1, "trained": 1}


def test_a_claim_that_fails_is_what_is_wanted(small_lessons):
    assert judge(small_lessons, "Can fail") == ([], {"all": 1, "trained": 1})


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
        assert names_fit(lessons.Lesson(path)) is expected
