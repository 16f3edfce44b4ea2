"""The examples in aelib's docstrings run, and every public function has one."""

import doctest
import types

import attempts
import matplotlib.pyplot as plt
import numpy as np
import pytest

import aelib
from aelib import _start

UNEXPLAINED = {"plots.use_style", "losses.check_target"}  # no lesson calls them
NAMES = [name for name in attempts.public() if name not in UNEXPLAINED]


class SilentExamples(doctest.OutputChecker):
    """An example without an output in the docstring may print what it likes."""

    def check_output(self, want, got, optionflags):  # noqa: D102
        return want == "" or super().check_output(want, got, optionflags)


@pytest.fixture(scope="module")
def at_hand():
    """What a lesson has defined by the time it needs the function."""
    full = aelib.data.load_mnist()
    digits = types.SimpleNamespace(x_train=full.x_train[:200], x_test=full.x_test[:20])
    x = digits.x_test
    model = aelib.models.dense_autoencoder(784, (), code_size=2)
    model.compile("sgd", "mse")
    mean, log_variance = np.zeros((2, 8, 2), "float32")
    return vars(aelib) | {
        "digits": digits,
        "encoder": aelib.models.dense_encoder(784, (), code_size=30),
        "images": x,
        "np": np,
        "history": model.fit(x, x, verbose=0),
        "log_variance": log_variance,
        "mean": mean,
        "model": model,
        "x": x,
        "x_hat": model.predict(x, verbose=0),
        "x_test": x,
        "y_test": full.y_test[:20],
    }


@pytest.mark.parametrize("name", NAMES)
def test_example_runs(name, at_hand, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # some write files
    monkeypatch.delenv("AELIB_CLAIMS", raising=False)
    monkeypatch.setattr(_start, "current_lesson", None)
    monkeypatch.setattr(_start, "current_seed", None)
    home, _, own = name.rpartition(".")
    beside = vars(attempts.find(home)) if home else {}
    names = {"aelib": aelib, **vars(aelib.models), **beside, **at_hand}
    function = attempts.find(name)
    finder = doctest.DocTestFinder(recurse=False)
    (example,) = finder.find(function, own, globs=names)
    assert example.examples
    runner = doctest.DocTestRunner(SilentExamples(), verbose=False)
    with plt.rc_context():
        result = runner.run(example, out=(report := []).append)
    plt.close("all")
    assert result.failed == 0, "".join(report)
    assert result.attempted == len(example.examples)


def test_public_names_exist():
    assert [name for name in aelib.__all__ if not hasattr(aelib, name)] == []
