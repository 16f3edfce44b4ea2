"""The quiet start of Keras and its backend, and the one set-up call of a notebook."""

import contextlib
import importlib
import logging
import os
import sys
import tempfile
import warnings

from aelib import checks

# The oldest releases that the course was run on. Newer ones are let in: the lessons'
# own claims tell whether they still hold.
OLDEST = {"keras": (3, 15), "tensorflow": (2, 21), "jax": (0, 10)}
BACKENDS = ("tensorflow", "jax")
OTHER_BACKENDS = ("openvino", "torch")  # Keras knows them, the course does not
INSTALL = "pip install -r requirements.txt -c constraints.txt"

SEED_VARIABLE = "AELIB_SEED"
current_lesson = None  # set by setup(), read by claim()
current_seed = None


@contextlib.contextmanager
def _hidden_stderr():
    """Keep what is written to file descriptor 2; show it only if the block fails.

    TensorFlow's C++ code writes there before any of its log settings take effect, so
    redirecting `sys.stderr` would not reach it.
    """
    closed = getattr(sys.stderr, "closed", sys.stderr is None)
    if not closed:
        sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # closed: there is nothing to hide
        yield
        return
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            hidden.seek(0)
            if not closed:
                sys.stderr.write(hidden.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def start_keras():
    """Import Keras and its backend without their start-up messages, and check them.

    Raises:
        ImportError: Keras or its backend is missing, too old, or not one that the
            course runs on; says what was found and what to do.
    """
    # First of all: on a backend that is not installed, Keras fails without a word of
    # what chose it.
    _check_backend(os.environ.get("KERAS_BACKEND") or "tensorflow")
    # Level 3 silences the C++ messages that come after the import (first op, first
    # fit); a reader who wants them sets the variable before importing aelib.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _hidden_stderr():
        try:
            keras = importlib.import_module("keras")
        except ModuleNotFoundError as error:
            if error.name in OTHER_BACKENDS:  # chosen by keras.json
                _check_backend(error.name)
            if error.name not in OLDEST:
                raise
            raise ImportError(
                f"aelib needs the package {error.name!r}, which is not installed "
                f"here. Install the pinned versions: {INSTALL}"
            ) from error
    # Python's side of TensorFlow warns on stderr too, such as of the retracing that a
    # lesson with several models cannot avoid. Its errors still come through.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    backend = keras.backend.backend()
    _check_backend(backend)
    if backend == "jax":
        # NumPy's float64 becomes float32, as everywhere in Keras; JAX warns each time.
        warnings.filterwarnings("ignore", "Explicitly requested dtype float64")
    for name in ("keras", backend):
        check_version(name, importlib.import_module(name).__version__)


def check_version(name, version):
    """Refuse a package that is older than what the course was run on.

    Args:
        name: "keras", "tensorflow" or "jax".
        version: text, such as "2.21.0rc1".

    Raises:
        ImportError: says what was found, what is needed and how to get it.
    """
    major, minor = OLDEST[name]
    if tuple(map(int, version.split(".")[:2])) < (major, minor):
        raise ImportError(
            f"aelib needs {name} {major}.{minor} or newer, and found {version}. "
            f"Install the pinned versions: {INSTALL}"
        )


def _check_backend(backend):
    """Refuse a backend of Keras that the course was never run on."""
    if backend not in BACKENDS:
        raise ImportError(
            f"aelib needs Keras on TensorFlow or JAX, and Keras is set to {backend!r}. "
            "Unset the environment variable KERAS_BACKEND (or the 'backend' entry of "
            "~/.keras/keras.json) and start the kernel again."
        )


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


start_keras()
