"""What the tests share: which lessons they look at, and which file goes first."""

from pathlib import Path

import hypothesis
import lessons
import pytest

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
    """Try the same inputs on every run: a test fails for a change, not by chance."""
    hypothesis.settings.register_profile(
        "aelib",
        max_examples=config.getoption("--inputs"),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("aelib")


def pytest_generate_tests(metafunc):
    """Run a test that takes `lesson` or `solution` once for every such notebook."""
    folder = Path(metafunc.config.getoption("--notebooks"))
    for name, place in (("lesson", folder), ("solution", folder / "solutions")):
        if name not in metafunc.fixturenames:
            continue
        paths = lessons.find(place)
        if not paths:
            raise pytest.UsageError(f"There is no notebook in {place}.")
        metafunc.parametrize(name, [lessons.Lesson(path) for path in paths], ids=_stem)


def _stem(lesson):
    return lesson.path.stem


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
