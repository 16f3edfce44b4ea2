"""The examples in aelib's docstrings run, and every public function has one."""

import doctest
import types

import matplotlib.pyplot as plt
import numpy as np
import pytest

import aelib
from aelib import _start

MODULES = [
    aelib.baselines,
    aelib.codec,
    aelib.layers,
    aelib.losses,
    aelib.metrics,
    aelib.models,
    aelib.plots,
]
UNEXPLAINED = {"use_style", "CodeFileError"}  # no lesson calls them


class SilentExamples(doctest.OutputChecker):
    """An example without an output in the docstring may print what it likes."""

    def check_output(self, want, got, optionflags):  # noqa: D102
        return want == "" or super().check_output(want, got, optionflags)


def documented():
    """Return what lessons call; the examples of data.py have a test of their own."""
    found = [aelib.setup, aelib.claim, aelib.Progress, aelib.train]
    for module in MODULES:
        found += [
            value
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__
            and not name.startswith("_")
            and name not in UNEXPLAINED
        ]
    return found


@pytest.fixture(scope="module")
def at_hand():
    """What a lesson has defined by the time it needs the function."""
    full = aelib.data.load_mnist()
    digits = types.SimpleNamespace(x_train=full.x_train[:200], x_test=full.x_test[:20])
    x = digits.x_test
    model = aelib.models.dense_autoencoder(784, (), code_size=2)
    model.compile("sgd", "mse", jit_compile=False)
    wide = aelib.models.dense_autoencoder(784, (), code_size=30)
    mean, log_variance = np.zeros((2, 8, 2), "float32")
    return {
        "aelib": aelib,
        "digits": digits,
        "encoder": model.get_layer("encoder"),
        "history": model.fit(x, x, verbose=0),
        "log_variance": log_variance,
        "mean": mean,
        "model": model,
        "wide_encoder": wide.get_layer("encoder"),
        "x": x,
        "x_hat": model.predict(x, verbose=0),
        "x_test": x,
        "y_test": full.y_test[:20],
    }


@pytest.mark.parametrize("function", documented(), ids=lambda f: f.__name__)
def test_example_runs(function, at_hand, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # some write files
    monkeypatch.delenv("AELIB_CLAIMS", raising=False)
    monkeypatch.setattr(_start, "current_lesson", None)
    monkeypatch.setattr(_start, "current_seed", None)
    names = vars(aelib) | {f.__name__: f for f in documented()} | at_hand
    if function is aelib.layers.KeepLargest:
        names["encoder"] = at_hand["wide_encoder"]
    if module := vars(aelib).get(function.__module__.rpartition(".")[2]):
        names |= vars(module) if isinstance(module, types.ModuleType) else {}
    (example,) = doctest.DocTestFinder(recurse=False).find(
        function, function.__name__, globs=names
    )
    assert example.examples
    runner = doctest.DocTestRunner(SilentExamples(), verbose=False)
    with plt.rc_context():
        result = runner.run(example, out=(report := []).append)
    plt.close("all")
    assert result.failed == 0, "".join(report)
    assert result.attempted == len(example.examples)


def test_public_names_exist():
    assert {"setup", "claim", "Progress", "data", "plots"} <= set(aelib.__all__)
    assert [name for name in aelib.__all__ if not hasattr(aelib, name)] == []
