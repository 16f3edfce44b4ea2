"""The quiet start of TensorFlow, and the one set-up call of a notebook."""

import contextlib
import importlib
import logging
import os
import sys
import tempfile

from aelib import checks

# The oldest releases that the course was run on. Newer ones are let in: the lessons'
# own claims tell whether they still hold.
OLDEST_TENSORFLOW = (2, 21)
OLDEST_KERAS = (3, 15)

# What Keras imports where another backend is set. Keras runs on one of them at a time.
OTHER_BACKENDS = {"jax", "openvino", "torch"}

SEED_VARIABLE = "AELIB_SEED"
current_lesson = None  # set by setup(), read by claim()
current_seed = None


@contextlib.contextmanager
def _hidden_stderr():
    """Keep what is written to file descriptor 2; show it only if the block fails.

    TensorFlow's C++ code writes there before any of its log settings take effect, so
    redirecting ``sys.stderr`` would not reach it.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            hidden.seek(0)
            sys.stderr.write(hidden.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _version_tuple(version):
    """Return the (major, minor) of a version text such as "2.21.0rc1"."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def check_versions(tensorflow_version, keras_version, backend):
    """Refuse a TensorFlow, a Keras or a Keras backend that the course cannot use.

    Args:
        tensorflow_version: text, such as `tensorflow.__version__`.
        keras_version: text, such as `keras.__version__`.
        backend: name of the backend that Keras runs on.

    Raises:
        ImportError: says what was found, what is needed and how to get it.
    """
    for name, found, oldest in [
        ("TensorFlow", tensorflow_version, OLDEST_TENSORFLOW),
        ("Keras", keras_version, OLDEST_KERAS),
    ]:
        if _version_tuple(found) < oldest:
            raise ImportError(
                f"aelib needs {name} {oldest[0]}.{oldest[1]} or newer, and found "
                f"{found}. Install the pinned versions: "
                "pip install -r requirements.txt -c constraints.txt"
            )
    _check_backend(backend)


def _check_backend(backend):
    """Refuse a backend of Keras that is not TensorFlow."""
    if backend != "tensorflow":
        raise ImportError(
            f"aelib needs Keras on TensorFlow, and Keras is set to {backend!r}. Unset "
            "the environment variable KERAS_BACKEND (or the 'backend' entry of "
            "~/.keras/keras.json) and start the kernel again."
        )


def start_tensorflow():
    """Import TensorFlow and Keras without their start-up messages, and check them.

    Raises:
        ImportError: TensorFlow is missing, too old, or Keras runs on another backend.
    """
    # First of all: on a backend that is not installed, Keras fails without a word of
    # what chose it.
    _check_backend(os.environ.get("KERAS_BACKEND") or "tensorflow")
    # Level 3 silences the C++ messages that come after the import (first op, first
    # fit); a reader who wants them sets the variable before importing aelib.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _hidden_stderr():
        try:
            tensorflow = importlib.import_module("tensorflow")
            keras = importlib.import_module("keras")
        except ModuleNotFoundError as error:
            if error.name in OTHER_BACKENDS:  # chosen by keras.json
                _check_backend(error.name)
            if error.name not in {"tensorflow", "keras"}:
                raise
            raise ImportError(
                f"aelib needs the package {error.name!r}, which is not installed "
                "here. Install the pinned versions: "
                "pip install -r requirements.txt -c constraints.txt"
            ) from error
    # Python's side of TensorFlow warns on stderr too, such as of the retracing that a
    # lesson with several models cannot avoid. Its errors still come through.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    check_versions(tensorflow.__version__, keras.__version__, keras.backend.backend())


def _seed_from_environment():
    """Return the seed that AELIB_SEED asks for, or None where it is unset."""
    text = os.environ.get(SEED_VARIABLE, "")
    if not text:
        return None
    # Ten digits are enough, and Python reads no number of 5000.
    if not text.isdecimal() or len(text) > 10 or int(text) >= 2**32:
        raise ValueError(
            f"the environment variable {SEED_VARIABLE} is {text!r}; it takes a whole "
            "number from 0 to 4294967295, or nothing"
        )
    return int(text)


def setup(lesson, seed=0):
    """Set the seed and the plot style: the first call of every lesson.

    Args:
        lesson: file name of the notebook without ".ipynb", such as
            "01_four_movies"; claims are recorded under it.
        seed: whole number from 0 to 2**32 - 1. The environment variable `AELIB_SEED`
            overrides it, so that a lesson can be run on other seeds unchanged.

    Returns:
        The seed in force, for `numpy.random.default_rng(seed)`.

    Raises:
        TypeError: `lesson` is no text, or `seed` is no whole number.
        ValueError: `lesson` is empty, or `seed` or `AELIB_SEED` is out of range.

    Example:
        >>> seed = aelib.setup(lesson="01_four_movies")
    """
    checks.text("lesson", lesson)
    checks.whole_number("seed", seed, low=0, high=2**32 - 1)
    chosen = _seed_from_environment()
    if chosen is None:
        chosen = int(seed)
    import keras

    from aelib import plots

    keras.utils.set_random_seed(chosen)
    plots.use_style()
    global current_lesson, current_seed
    current_lesson, current_seed = lesson, chosen
    return chosen


start_tensorflow()
