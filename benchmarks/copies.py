"""Copies of a lesson: trained ten times as long, or tested on images it never saw.

`make longer` and `make fresh` run them (benchmarks/claims.py).
"""

import ast
import inspect
from pathlib import Path

import nbformat

from benchmarks import record

TIMES = 10
COUNTS = ("epochs", "initial_epoch", "decay_steps")
PLACES = {"train": 3, "fit": 3, "CosineDecay": 1}  # of the same, among the arguments
# Training that no argument counts, and axes of figures, for ten times as many epochs.
LOOPS = {
    "02_training_step_by_step": {"range(30)": "range(300)", "(1, 31)": "(1, 301)"},
    "08_feature_detection": {"(few, 300 * 50)": "(few, 3000 * 50)"},
    "11_boltzmann_machine": {
        "range(0, len(x_train), 100)": "10 * [*range(0, len(x_train), 100)]"
    },
    "16_vector_quantisation": {'in use", range(12)': 'in use", range(120)'},
    "18_superposition": {
        "x_train, **options)": "x_train, **options | {'epochs': options['epochs']})"
    },
}


class _Longer(ast.NodeTransformer):
    """Multiplies the epochs of `train` and `fit`, and the steps of `CosineDecay`."""

    def visit_Call(self, node):
        """Multiply arguments, by name or place."""
        self.generic_visit(node)
        place = PLACES.get(getattr(node.func, "attr", getattr(node.func, "id", 0)))
        if place is not None:
            for word in node.keywords:
                if word.arg in COUNTS:
                    word.value = _times(word.value)
            node.args[place : place + 1] = map(_times, node.args[place : place + 1])
        return node

    def visit_Dict(self, node):
        """Multiply settings that are handed over as a dict."""
        self.generic_visit(node)
        counts = [getattr(key, "value", None) in COUNTS for key in node.keys]
        pairs = zip(counts, node.values, strict=True)
        node.values = [_times(value) if count else value for count, value in pairs]
        return node


def _times(value):
    """Return the expression that is TIMES another."""
    return ast.BinOp(value, ast.Mult(), ast.Constant(TIMES))


def longer(source):
    """Return a cell's code with ten times the epochs."""
    return ast.unparse(ast.fix_missing_locations(_Longer().visit(ast.parse(source))))


def fresh_images():
    """Load, from here on, 1,000 images of MNIST's test part as the small test set.

    All of the course's 5,000 are of MNIST's training part. As there, the digits take
    turns. Runs in the kernel, before a lesson.
    """
    import dataclasses
    import os

    import numpy as np

    from aelib import data

    load, whole = data.load_mnist, data.load_mnist("full")
    os.environ.pop("AELIB_DATA", None)  # lesson 12 takes all of MNIST where it is set
    rng = np.random.default_rng(0)
    kinds = [np.flatnonzero(whole.y_test == digit) for digit in range(10)]
    drawn = np.stack([rng.choice(kind, 100, replace=False) for kind in kinds], axis=1)
    x, y = whole.x_test[drawn.ravel()], whole.y_test[drawn.ravel()]
    data.load_mnist = lambda which="small": dataclasses.replace(
        load(which), x_test=x.copy(), y_test=y.copy()
    )


def changed(notebook, question):
    """Return a copy of a notebook, changed as a question asks."""
    copy = nbformat.read(record.ROOT / notebook, as_version=4)
    code = [cell for cell in copy.cells if cell.cell_type == "code"]
    if question == "fresh":
        code[0].source = (
            f"{inspect.getsource(fresh_images)}\n\n{fresh_images.__name__}()\n"
            + code[0].source
        )
        return copy
    for cell in code:
        for old, new in LOOPS.get(Path(notebook).stem, {}).items():
            cell.source = cell.source.replace(old, new)
        cell.source = longer(cell.source)
    return copy
