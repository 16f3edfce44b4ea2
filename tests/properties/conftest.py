"""No input may hang; and where AELIB_TALLY names a folder, inputs are counted there."""

import json
import os
import signal
from pathlib import Path

import attempts
import pytest

SECONDS = 300  # for all inputs of one test


@pytest.fixture(autouse=True)
def no_hang(request):
    """Fail a test that does not come to an end (not on Windows: it has no alarm)."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def fail(*_):
        raise TimeoutError(f"{request.node.name} still ran after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, fail)
    # Again and again: Hypothesis catches the first error and replays the input.
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 10)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def pytest_sessionfinish():
    """Write how often what was accepted and refused in this process."""
    folder = os.environ.get("AELIB_TALLY")
    if folder:
        counts = [[*key, count] for key, count in attempts.TALLY.items()]
        path = Path(folder) / f"{os.getpid()}.json"
        path.write_text(json.dumps(counts), encoding="utf-8")
