"""benchmarks/portability.py: its set-ups, its table, and what a failure does."""

import json
import sys

import pytest

from benchmarks import portability, record

GOOD = {"outcome": "passed", "passed": 3, "failed": [], "seconds": 1, "blocks": True}
GOOD["versions"] = {"python": "3.12.1"}
BAD = {**GOOD, "outcome": "failed", "failed": ["a Cell 1"]}


@pytest.fixture(autouse=True)
def few_setups(monkeypatch):
    """Two set-ups, the second of which only reports."""
    made = [portability.Setup("here"), portability.Setup("there", blocks=False)]
    monkeypatch.setattr(portability, "setups", lambda pythons: made)


def run(monkeypatch, path, rows, *arguments):
    """Run `main` with `rows` by set-up in place of real runs; return its exit code."""
    monkeypatch.setattr(portability, "run", lambda setup: rows.pop(setup.name))
    return portability.main(["--out", str(path), *arguments])


def test_table(monkeypatch, tmp_path):
    path = tmp_path / "portability.json"
    reported = {**BAD, "blocks": False}
    assert run(monkeypatch, path, {"here": GOOD, "there": reported}) == 0
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "| here | passed | 3 | 0 | 3.12.1 |" in text
    assert "| there | failed (reported only) | 3 | 1 |" in text
    assert "- there: a Cell 1" in text


def test_a_failure_here_blocks(monkeypatch, tmp_path):
    path = tmp_path / "portability.json"
    assert run(monkeypatch, path, {"here": BAD, "there": GOOD}) == 1


def test_goes_on_where_it_stopped(monkeypatch, tmp_path):
    path = tmp_path / "portability.json"
    assert run(monkeypatch, path, {"here": GOOD}, "--only", "here") == 0
    assert run(monkeypatch, path, {"there": GOOD}) == 0
    assert list(json.loads(path.read_text())["setups"]) == ["here", "there"]
    assert run(monkeypatch, path, {"here": BAD, "there": BAD}, "--again") == 1


def test_a_change_runs_all_again(monkeypatch, tmp_path):
    path = tmp_path / "portability.json"
    run(monkeypatch, path, {"here": BAD, "there": GOOD})
    monkeypatch.setattr(portability, "digest", lambda: "other")
    assert run(monkeypatch, path, {"here": GOOD, "there": GOOD}) == 0


def test_what_this_machine_lacks_is_said():
    row = portability.run(portability.Setup("a", python="/no/such/python3.99"))
    assert row["outcome"] == "not run"
    assert "python3.99" in row["why"]
    assert "/no/such" in portability.as_table({"a": row})


def test_a_real_run(tmp_path):
    """`make lessons` with a set-up's arguments, on a notebook that is broken."""
    name = "04_untagged_error.ipynb"
    broken = record.ROOT / "tests" / "broken_notebooks" / name
    (tmp_path / name).write_bytes(broken.read_bytes())
    arguments = (f"NOTEBOOKS={tmp_path}", "WORKERS=0")
    row = portability.run(portability.Setup("here", arguments=arguments))
    assert row["outcome"] == "failed"
    assert row["passed"] > 10
    assert any("no_untagged_error" in test for test in row["failed"])
    assert any("Cell 2" in test for test in row["failed"])
    assert row["versions"] == record.versions()
    assert row["versions"]["python"] == sys.version.split()[0]


def test_what_is_newer_is_listed(monkeypatch):
    listed = [{"name": "Keras", "version": "99.0"}, {"name": "own", "version": "1"}]
    monkeypatch.setattr(portability, "_call", lambda command: json.dumps(listed))
    assert portability.unpinned("python") == ["keras 99.0"]
    text = portability.as_table({"new": {**GOOD, "unpinned": ["keras 99.0"]}})
    assert "new, other than the pinned ones: keras 99.0." in text


def test_without_newer_versions_there_is_no_row(monkeypatch, tmp_path):
    monkeypatch.setattr(portability, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(portability, "_call", lambda command: "[]")
    row = portability.run(portability.Setup("new", python=sys.executable, newest=True))
    text = portability.as_table({"new": row})
    assert "| new |" not in text
    assert "Not run: new: the pinned versions are the newest." in text


def test_versions_of_an_environment_without_tensorflow(monkeypatch):
    def call(command):
        return (
            json.dumps([{"name": "Keras", "version": "3"}])
            if "pip" in command
            else "3.12\n"
        )

    monkeypatch.setattr(portability, "_call", call)
    assert portability.versions("python") == {"python": "3.12", "keras": "3"}


def test_each_python_is_run_once(monkeypatch):
    monkeypatch.undo()  # the real set-ups
    names = [setup.name for setup in portability.setups(("python3.11", "python3.99"))]
    other = {"Python 3.11"} - {f"Python 3.{sys.version_info.minor}"}
    found = {name for name in names if name.startswith("Python")}
    assert found == {"Python 3.99"} | other


def test_newest_versions_have_no_pins():
    names = portability.newest_requirements()
    assert {"tensorflow", "keras", "nbval", "-e", "."} < set(names)
    assert not any("=" in name for name in names)


def test_unknown_set_up(capsys):
    with pytest.raises(SystemExit):
        portability.main(["--only", "nowhere"])
    assert "nowhere" in capsys.readouterr().err
