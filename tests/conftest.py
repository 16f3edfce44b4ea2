"""What all tests share: their options, and which file goes first."""

import hypothesis

# These run notebooks of their own, so they start before the lessons do.
LONG_FILES = ("test_training_matters.py", "test_guards.py", "test_exercises.py")


def pytest_addoption(parser):
    parser.addoption(
        "--notebooks", default="notebooks", help="the folder that holds the lessons"
    )
    parser.addoption(
        "--inputs", type=int, default=20, help="inputs that a property test tries"
    )


def pytest_configure(config):
    """Try the same inputs on every run, so that a test fails for a change alone.

    `make inputs` gives a seed (--hypothesis-seed) and so tries others.
    """
    hypothesis.settings.register_profile(
        "aelib",
        max_examples=config.getoption("--inputs"),
        derandomize=config.getoption("--hypothesis-seed", None) is None,
        print_blob=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("aelib")


def pytest_collection_modifyitems(items):
    """Put long files first: a long one that starts last would run all alone."""
    weights = {path: _weight(path) for path in {item.path for item in items}}
    items.sort(key=lambda item: -weights[item.path])


def _weight(path):
    """Guess how long a file of tests takes: the more training, the longer."""
    if path.name in LONG_FILES:
        return 1000
    if path.suffix == ".ipynb":
        return 1 + path.read_text(encoding="utf-8").count("epochs=")
    return 0
