"""A test that takes `lesson` or `solution` runs once for every such notebook."""

from pathlib import Path

import lessons
import pytest


def pytest_generate_tests(metafunc):
    folder = Path(metafunc.config.getoption("--notebooks"))
    for name, place in (("lesson", folder), ("solution", folder / "solutions")):
        if name not in metafunc.fixturenames:
            continue
        paths = lessons.find(place)
        if not paths:
            raise pytest.UsageError(f"There is no notebook in {place}.")
        found = [lessons.Lesson(path) for path in paths]
        metafunc.parametrize(name, found, ids=[path.stem for path in paths])
