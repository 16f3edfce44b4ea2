"""The quiet start of TensorFlow, its checks, and aelib.setup."""

import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import aelib
from aelib import _start

ROOT = Path(__file__).resolve().parents[1]
NEW = "99.0.0"

WHAT_A_LESSON_DOES = """
import aelib
import os, sys, keras, numpy as np

x = np.eye(8, dtype="float32")
model = aelib.models.dense_autoencoder(8, (4,), 2)
model.compile("adam", loss=aelib.losses.cross_entropy, jit_compile=False)
model.fit(x, x, epochs=2, verbose=0)
model.save(sys.argv[1])
loaded = keras.models.load_model(sys.argv[1])
assert abs(loaded.predict(x, verbose=0) - model.predict(x, verbose=0)).max() < 1e-6
for code_size in range(1, 11):  # TensorFlow warns of retracing after five
    aelib.models.dense_autoencoder(8, (), code_size).predict(x, verbose=0)
assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
"""


def run(source, *arguments, packages=None, **variables):
    """Run Python source in a process of its own; `packages` hide installed ones."""
    chosen = ("TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND", "KERAS_HOME", "PYTHONWARNINGS")
    environment = {k: v for k, v in os.environ.items() if k not in chosen}
    folders = [ROOT] if packages is None else [packages, ROOT]
    environment["PYTHONPATH"] = os.pathsep.join(map(str, folders))
    return subprocess.run(
        [sys.executable, "-c", source, *map(str, arguments)],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def fake(folder, name, source):
    """Write a package that stands in for an installed one."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(source, encoding="utf-8")


def fake_versions(folder, tensorflow=NEW, keras=NEW, backend="tensorflow"):
    fake(folder, "tensorflow", f"__version__ = {tensorflow!r}")
    source = f"__version__ = {keras!r}\nclass backend:\n    backend = lambda: "
    fake(folder, "keras", source + repr(backend))


def assert_refused(done, *parts):
    assert done.returncode == 1
    assert done.stdout == ""
    message = done.stderr.strip().splitlines()[-1]
    assert message.startswith("ImportError: ")
    for part in parts:
        assert part in message


# --- the start -------------------------------------------------------------------


def test_a_lesson_writes_nothing(tmp_path):
    done = run(WHAT_A_LESSON_DOES, tmp_path / "model.keras")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("chosen", "in_force"), [("1", "1"), (None, "3")])
def test_the_readers_log_level_is_kept(monkeypatch, chosen, in_force):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    if chosen is not None:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", chosen)
    _start.start_tensorflow()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == in_force


def test_stderr_is_hidden_and_comes_back(capfd):
    with _start._hidden_stderr():
        os.write(2, b"noise")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_a_failing_import_shows_what_tensorflow_wrote(tmp_path):
    source = "import os\nos.write(2, b'no libcudart\\n')\nraise OSError('broken')"
    fake(tmp_path, "tensorflow", source)
    done = run("import aelib", packages=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("no libcudart\n")
    assert done.stderr.endswith("OSError: broken\n")


@pytest.mark.parametrize("missing", ["tensorflow", "keras"])
def test_missing_package_is_told(tmp_path, missing):
    fake_versions(tmp_path)
    hide = f"import sys; sys.modules[{missing!r}] = None\nimport aelib"
    done = run(hide, packages=tmp_path)
    assert_refused(done, repr(missing), "pip install -r requirements.txt")


def test_a_package_that_tensorflow_misses_is_its_own_error(tmp_path):
    fake(tmp_path, "tensorflow", "import no_such_package")
    done = run("import aelib", packages=tmp_path)
    assert "ModuleNotFoundError: No module named 'no_such_package'" in done.stderr
    assert "aelib needs" not in done.stderr


@pytest.mark.parametrize(
    ("found", "parts"),
    [
        ({"tensorflow": "2.20.1"}, ["TensorFlow 2.21 or newer", "found 2.20.1"]),
        ({"keras": "3.14.9"}, ["Keras 3.15 or newer", "found 3.14.9"]),
        ({"backend": "jax"}, ["Keras on TensorFlow", "'jax'", "KERAS_BACKEND"]),
    ],
)
def test_unfit_packages_are_refused_on_import(tmp_path, found, parts):
    fake_versions(tmp_path, **found)
    assert_refused(run("import aelib", packages=tmp_path), *parts)


@pytest.mark.parametrize("backend", ["torch", "jax", "numpy"])
def test_another_backend_in_the_environment_is_refused(backend):
    # None of them is installed: Keras alone would say "No module named 'torch'".
    done = run("import aelib", KERAS_BACKEND=backend)
    assert_refused(done, "Keras on TensorFlow", repr(backend), "KERAS_BACKEND")


def test_another_backend_in_keras_json_is_refused(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    fake(tmp_path, "tensorflow", f"__version__ = {NEW!r}")
    done = run("import aelib", packages=tmp_path, KERAS_HOME=str(tmp_path))
    assert_refused(done, "Keras on TensorFlow", "'torch'", "keras.json")


@pytest.mark.parametrize(
    "versions",
    [
        ("2.21.0", "3.15.0"),
        ("2.22.0rc1", "3.100.0"),
        ("3.0.0", "4.0.0"),
        ("2.100.0-dev20260101", "3.15.0.dev1"),
    ],
)
def test_new_enough_versions_pass(versions):
    assert _start.check_versions(*versions, "tensorflow") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2.9.3", NEW, "tensorflow"), r"TensorFlow 2\.21 or newer, and found 2\.9\.3"),
        (("1.99.0", NEW, "tensorflow"), r"TensorFlow 2\.21 or newer"),
        ((NEW, "2.15.0", "tensorflow"), r"Keras 3\.15 or newer, and found 2\.15\.0"),
        ((NEW, "3.2.1", "tensorflow"), r"Keras 3\.15 or newer, and found 3\.2\.1"),
        ((NEW, NEW, "torch"), r"Keras is set to 'torch'.*KERAS_BACKEND"),
    ],
)
def test_unfit_versions_are_refused(arguments, message):
    with pytest.raises(ImportError, match=message):
        _start.check_versions(*arguments)


def test_pip_and_the_start_ask_for_the_same_versions():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = dict(re.findall(r'"(tensorflow|keras)>=([\d.]+)"', text))
    assert oldest == {
        "tensorflow": ".".join(map(str, _start.OLDEST_TENSORFLOW)),
        "keras": ".".join(map(str, _start.OLDEST_KERAS)),
    }


# --- setup -----------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_seed_from_outside(monkeypatch):
    monkeypatch.delenv("AELIB_SEED", raising=False)
    monkeypatch.setattr(_start, "current_lesson", None)
    monkeypatch.setattr(_start, "current_seed", None)


def first_weights(**options):
    aelib.setup("00_test", **options)
    return keras.layers.Dense(3)(np.ones((1, 3))).numpy(), np.random.random()  # noqa: NPY002


@pytest.mark.parametrize(
    ("options", "variable", "seed"),
    [
        ({}, None, 0),
        ({}, "", 0),
        ({"seed": 7}, None, 7),
        ({"seed": np.int64(2**32 - 1)}, None, 2**32 - 1),
        ({"seed": 7}, "0", 0),
        ({}, "4294967295", 2**32 - 1),
    ],
)
def test_seed_in_force(monkeypatch, options, variable, seed):
    if variable is not None:
        monkeypatch.setenv("AELIB_SEED", variable)
    found = aelib.setup("00_test", **options)
    assert found == seed
    assert type(found) is int
    assert (_start.current_lesson, _start.current_seed) == ("00_test", seed)


def test_same_seed_same_weights(monkeypatch):
    weights, number = first_weights(seed=3)
    again, same_number = first_weights(seed=3)
    other, other_number = first_weights(seed=4)
    np.testing.assert_array_equal(weights, again)
    assert number == same_number != other_number
    assert (weights != other).any()
    monkeypatch.setenv("AELIB_SEED", "3")
    np.testing.assert_array_equal(first_weights(seed=4)[0], weights)


@pytest.mark.parametrize("text", ["-1", "x", "4294967296", "1.5", " 1", "1e3"])
def test_bad_seed_variable(monkeypatch, text):
    monkeypatch.setenv("AELIB_SEED", text)
    with pytest.raises(ValueError, match=r"AELIB_SEED.*0 to 4294967295") as error:
        aelib.setup("00_test")
    assert repr(text) in str(error.value)
    assert _start.current_lesson is None


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"lesson": 1}, TypeError, "lesson takes a text"),
        ({"lesson": None}, TypeError, "lesson takes a text"),
        ({"lesson": " "}, ValueError, "lesson takes a text that is not empty"),
        ({"seed": "0"}, TypeError, "seed takes a whole number"),
        ({"seed": 1.0}, TypeError, "seed takes a whole number"),
        ({"seed": True}, TypeError, "seed takes a whole number"),
        ({"seed": -1}, ValueError, "seed takes a number from 0 to 4294967295"),
        ({"seed": 2**32}, ValueError, "seed takes a number from 0 to 4294967295"),
    ],
)
def test_setup_refuses(arguments, kind, message):
    with pytest.raises(kind, match=message):
        aelib.setup(**{"lesson": "00_test", **arguments})
    assert _start.current_lesson is None
