"""Run every lesson with a `fit` that learns nothing, and see which sections notice.

    python -m benchmarks.no_training          (some minutes; goes on where it stopped)

A claim that holds without training says nothing about training. So in each section
that trains, at least one claim must fail, and nothing else may: a crash is no finding.
On the way, no two parts of a split may share a row.

What is stored, and is of the present lesson, aelib, data and versions, runs no second
time, here or in `make test`, which runs the other lessons itself. Beside the JSON it
writes a table as Markdown. The exit code is 1 where something is wrong with a lesson.
"""

import argparse
import os
import re
import sys
from collections import Counter

from nbformat.v4 import new_code_cell

from benchmarks import record

sys.path.insert(0, str(record.ROOT / "tools"))

import lessons
import run_notebooks

RESULT = record.RESULTS / "no_training.json"
TOOLS = ("tools/lessons.py", "tools/run_notebooks.py")
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


def run(lesson):
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
        A list of faults, and a Counter of the sections: "all", "trained", and of these
        "noticed", where a claim failed.
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
        counts["noticed"] += "ClaimError" in failed
        if "ClaimError" not in failed:
            faults.append(
                f"section {heading!r} trains, and each of its claims holds without "
                "training: claim what only a trained network does"
            )
    return faults, counts


def trains(lesson):
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


def judged(lesson):
    """Return the verdict on a lesson: what is stored, or of a run where it is older.

    Returns:
        "faults", a list of texts; the numbers of sections, "all", "trained" and
        "noticed"; and "digest", of what all this depends on.
    """
    name = _name(lesson)
    now = digest(name)
    before = record.read(RESULT).get("lessons", {}).get(name, {})
    if before.get("digest") == now:
        return before
    faults, counts = verdict(run(lesson))
    counts = {what: counts[what] for what in ("all", "trained", "noticed")}
    return {"faults": faults, **counts, "digest": now}


def _name(lesson):
    """Return the path of a lesson relative to the project's folder, if it is in there.

    Others keep their whole path, and are never stored.
    """
    path = lesson.path.resolve()
    inside = path.is_relative_to(record.ROOT)
    return (path.relative_to(record.ROOT) if inside else path).as_posix()


def digest(name):
    """Return a text that changes with what the verdict on a lesson depends on."""
    return record.digest([name, __file__, *TOOLS])


def stored():
    """Return {lesson: its verdict} of the stored lessons that there are."""
    found = record.read(RESULT).get("lessons", {})
    return {name: found[name] for name in record.lessons() if name in found}


def as_table(found):
    """Return what was found as Markdown."""
    header = ["notebook", "sections", "train", "have a claim that fails untrained"]
    rows = [
        [name.removeprefix("notebooks/"), row["all"], row["trained"], row["noticed"]]
        for name, row in found.items()
    ]
    text = "Each lesson ran with a `fit` that learns nothing. By `make no-training`."
    return f"# The lessons without training\n\n{text}\n\n{record.table(header, rows)}"


def main(arguments=None):
    """Run what is not stored, store it, and return the exit code."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args(arguments)
    for lesson in map(lessons.Lesson, map(record.ROOT.joinpath, record.lessons())):
        if not trains(lesson):
            continue
        name, row = _name(lesson), judged(lesson)
        if stored().get(name) != row:  # it ran; a run that is ended goes on here
            found = stored() | {name: row}
            record.write(RESULT, {"lessons": found, **record.made_by()})
        print(f"{'✗' if row['faults'] else '✓'} {name}", flush=True)
        print("".join(f"{fault}\n" for fault in row["faults"]), end="")
    record.write(RESULT.with_suffix(".md"), as_table(stored()))
    return int(any(row["faults"] for row in stored().values()))


if __name__ == "__main__":
    sys.exit(main())
