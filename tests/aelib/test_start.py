"""The quiet start of Keras, its checks, the streams, and aelib.setup."""

import io
import os
import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from processes import run

import aelib
from aelib import _screen, _start

ROOT = Path(__file__).resolve().parents[2]
BACKEND = keras.backend.backend()

WHAT_A_LESSON_DOES = """
import aelib
import sys, keras, numpy as np

x = np.eye(8, dtype="float32")
model = aelib.models.dense_autoencoder(8, (4,), 2)
model.compile("adam", loss=aelib.losses.cross_entropy, jit_compile=False)
model.fit(x, x, epochs=2, verbose=0)
model.save(sys.argv[1])
loaded = keras.models.load_model(sys.argv[1])
assert abs(loaded.predict(x, verbose=0) - model.predict(x, verbose=0)).max() < 1e-6
for code_size in range(1, 11):  # TensorFlow warns of retracing after five
    aelib.models.dense_autoencoder(8, (), code_size).predict(x, verbose=0)
"""
TRAINS = """
import sys
{before}
import aelib, numpy as np
model = aelib.models.dense_autoencoder(8, (), 2, name="net")
aelib.train(model, np.eye(8, dtype="float32"), epochs=1)
aelib.claim("half", 0.5, "<=", 1)
aelib.exercises.check("third", 3, 3, hint="count")
"""


def fake(folder, name, source):
    """Write a package that stands in for an installed one."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(source, encoding="utf-8")


def fake_keras(folder, version="99.0", backend="tensorflow", first=""):
    source = f"{first}\n__version__ = {version!r}\nclass backend:\n    backend = "
    fake(folder, "keras", f"{source}lambda: {backend!r}")


def refusal(done):
    """Return the message of an import that was refused."""
    assert (done.returncode, done.stdout) == (1, "")
    message = done.stderr.strip().splitlines()[-1]
    assert message.startswith("ImportError: ")
    return message


def test_a_lesson_writes_nothing(tmp_path):
    done = run(WHAT_A_LESSON_DOES, tmp_path / "model.keras")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_stderr_is_hidden_and_comes_back(capfd):
    with _start._hidden_stderr():
        os.write(2, b"noise")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_a_failing_import_shows_what_was_written(tmp_path):
    first = "import os\nos.write(2, b'no libcudart\\n')\nraise OSError('broken')"
    fake_keras(tmp_path, first=first)
    done = run("import aelib", packages=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("no libcudart\n")
    assert done.stderr.endswith("OSError: broken\n")


# --- streams ----------------------------------------------------------------------


def test_a_screen_of_one_byte_a_character_gets_plain_signs():
    done = run(TRAINS.format(before=""), PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()[-3:]
    assert shown[0].rstrip() == f"net {'#' * 24} done (at most 1 epochs)"
    assert shown[1:] == ["ok half      0.500   <= 1", "ok third"]


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "ok Zo?"), ("cp1252", "ok Zoé")]
)
def test_of_a_text_a_screen_gets_what_it_can_show(monkeypatch, encoding, shown):
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", screen)
    _screen.write("✓ Zoé")
    assert screen.buffer.getvalue().decode(encoding) == shown


@pytest.mark.parametrize(
    ("before", "shell"),
    [
        ("", "2>&-"),
        ("", ">&- 2>&-"),
        ("sys.stdout = sys.stderr = None", ""),
        ("sys.stderr.close()", ""),
    ],
)
def test_streams_that_are_missing_are_skipped(before, shell):
    done = run(TRAINS.format(before=before), shell=shell)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


# --- what is refused --------------------------------------------------------------


@pytest.mark.parametrize("missing", ["keras", BACKEND])
def test_a_missing_package_is_told(tmp_path, missing):
    if missing != "keras":
        fake_keras(tmp_path, first=f"import {missing}")
    hide = f"import sys; sys.modules[{missing!r}] = None\nimport aelib"
    message = refusal(run(hide, packages=tmp_path))
    assert repr(missing) in message
    assert "pip install -r requirements.txt" in message


def test_a_package_that_keras_misses_is_its_own_error(tmp_path):
    fake_keras(tmp_path, first="import no_such_package")
    done = run("import aelib", packages=tmp_path)
    assert "ModuleNotFoundError: No module named 'no_such_package'" in done.stderr
    assert "aelib needs" not in done.stderr


def test_an_old_package_is_refused_on_import(tmp_path):
    fake_keras(tmp_path, version="3.14.9")
    message = refusal(run("import aelib", packages=tmp_path))
    assert "keras 3.15 or newer, and found 3.14.9" in message


@pytest.mark.parametrize("version", ["2.21.0", "2.22.0rc1", "3.0", "2.100.0-dev2026"])
def test_new_enough_versions_pass(version):
    _start.check_version("tensorflow", version)
    with pytest.raises(ImportError, match=r"tensorflow 2\.21 or newer"):
        _start.check_version("tensorflow", "2.9" + version[1:])


@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_another_backend_is_refused(tmp_path, backend):
    message = refusal(run("import aelib", KERAS_BACKEND=backend))
    assert "Keras on TensorFlow or JAX" in message
    assert repr(backend) in message


def test_another_backend_in_keras_json_is_refused(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    home = {"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": ""}
    message = refusal(run("import aelib", **home))
    assert "'torch'" in message
    assert "keras.json" in message


def test_pip_and_the_start_ask_for_the_same_versions():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = dict(re.findall(r'"(tensorflow|keras|jax)>=([\d.]+)"', text))
    assert oldest == {n: ".".join(map(str, v)) for n, v in _start.OLDEST.items()}


# --- setup -----------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_seed_from_outside(monkeypatch):
    monkeypatch.delenv("AELIB_SEED", raising=False)
    monkeypatch.setattr(_start, "current_lesson", None)
    monkeypatch.setattr(_start, "current_seed", None)


@pytest.mark.parametrize(
    ("options", "variable", "seed"),
    [
        ({}, None, 0),
        ({}, "", 0),
        ({"seed": np.int64(2**32 - 1)}, None, 2**32 - 1),
        ({"seed": 7}, "0", 0),
        ({}, "4294967295", 2**32 - 1),
    ],
)
def test_seed_in_force(monkeypatch, options, variable, seed):
    if variable is not None:
        monkeypatch.setenv("AELIB_SEED", variable)
    assert aelib.setup("00_test", **options) == seed
    assert (_start.current_lesson, _start.current_seed) == ("00_test", seed)


def test_same_seed_same_weights():
    drawn = []
    for seed in (3, 3, 4):
        aelib.setup("00_test", seed=seed)
        layer = keras.layers.Dense(3)
        layer.build((1, 3))
        drawn.append((*layer.get_weights()[0].ravel(), np.random.random()))  # noqa: NPY002
    assert drawn[0] == drawn[1]
    assert not set(drawn[0]) & set(drawn[2])


def test_the_variable_seeds_what_is_drawn(monkeypatch):
    drawn = []
    for variable in ("3", "3", "4"):
        monkeypatch.setenv("AELIB_SEED", variable)
        aelib.setup("00_test", seed=7)
        drawn.append(np.random.random())  # noqa: NPY002
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("text", ["-1", "x", "4294967296", " 1"])
def test_bad_seed_variable(monkeypatch, text):
    monkeypatch.setenv("AELIB_SEED", text)
    with pytest.raises(ValueError, match=r"AELIB_SEED.*0 to 4294967295") as error:
        aelib.setup("00_test")
    assert repr(text) in str(error.value)
    assert _start.current_lesson is None


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"lesson": None}, TypeError, "lesson takes a text"),
        ({"lesson": " "}, ValueError, "lesson takes a text that is not empty"),
        ({"seed": 1.0}, TypeError, "seed takes a whole number"),
        ({"seed": 2**32}, ValueError, "seed takes a number from 0 to 4294967295"),
    ],
)
def test_setup_refuses(arguments, kind, message):
    with pytest.raises(kind, match=message):
        aelib.setup(**{"lesson": "00_test", **arguments})
    assert _start.current_lesson is None
