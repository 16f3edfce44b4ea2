"""benchmarks/portability.py: its set-ups, its table, and what a failure does."""

import json
import sys
import types

import pytest

from benchmarks import portability, record

GOOD = {"outcome": "passed", "passed": 3, "failed": [], "blocks": True}
GOOD["versions"] = {"python": "3.12.1"}
BAD = {**GOOD, "outcome": "failed", "failed": ["a Cell 1"]}


@pytest.fixture(autouse=True)
def few_setups(monkeypatch):
    """Two set-ups, the second of which only reports."""
    made = [portability.Setup("here"), portability.Setup("there", blocks=False)]
    monkeypatch.setattr(portability, "setups", lambda pythons: made)


def run(monkeypatch, path, rows, *arguments):
    """Run `main` with `rows` by set-up in place of real runs; return its exit code."""

    def made(setup, stored, now):
        return rows.pop(setup.name) | {"digests": now}

    monkeypatch.setattr(portability, "run", made)
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
    assert run(monkeypatch, path, {"there": BAD}) == 1
    assert run(monkeypatch, path, {"there": GOOD}) == 0
    assert list(json.loads(path.read_text())["setups"]) == ["here", "there"]
    assert run(monkeypatch, path, {"here": BAD, "there": BAD}, "--again") == 1


@pytest.fixture
def lessons(monkeypatch):
    """What runs in place of `make lessons`, with its outcomes, by lesson."""
    made = types.SimpleNamespace(ran=[], code=0, found={}, versions={"python": "3"})

    def ran(setup, python, names):
        made.ran += names
        of = {name: made.found.get(name, 2) for name in [*names, "rules"]}
        tests = {
            name: {"passed": n, "failed": ["x"] * (not n)} for name, n in of.items()
        }
        return types.SimpleNamespace(returncode=made.code, stdout="", stderr=""), tests

    monkeypatch.setattr(portability, "_lessons", ran)
    monkeypatch.setattr(portability, "ready", lambda setup: "python")
    monkeypatch.setattr(portability, "versions", lambda python: dict(made.versions))
    return made


def test_a_change_of_a_lesson_runs_it_and_the_rules_alone(lessons):
    setup = portability.Setup("here")
    first = portability.run(setup, {}, {"a": 1, "b": 1, "c": 1})
    assert (first["passed"], lessons.ran) == (8, ["a", "b", "c"])
    lessons.found = {"b": 5, "rules": 3}
    second = portability.run(setup, first, {"a": 1, "b": 2})
    assert lessons.ran[3:] == ["b"]
    assert second["tests"] == {
        "a": {"passed": 2, "failed": []},
        "b": {"passed": 5, "failed": []},
        "rules": {"passed": 3, "failed": []},
    }
    assert (second["outcome"], second["passed"]) == ("passed", 10)


def test_what_a_lesson_had_before_does_not_count_for_it(lessons, monkeypatch):
    setup = portability.Setup("here")
    first = portability.run(setup, {}, {"a": 1, "b": 1})
    done = types.SimpleNamespace(returncode=0, stdout="", stderr="")
    rules = {"rules": {"passed": 1, "failed": []}}  # b has no tests here any more
    monkeypatch.setattr(portability, "_lessons", lambda *_: (done, rules))
    second = portability.run(setup, first, {"a": 1, "b": 2})
    assert second["tests"].keys() == {"a", "rules"}
    assert second["passed"] == 3


@pytest.mark.parametrize("why", ["failed", "no report", "other versions"])
def test_what_runs_all_again(lessons, why):
    setup, now = portability.Setup("here"), {"a": 1, "b": 1}
    if why == "failed":
        lessons.found = {"b": 0}
    lessons.code = int(why != "other versions")
    row = portability.run(setup, {}, now)
    assert row["outcome"] == ("failed" if lessons.code else "passed")
    lessons.versions["python"] += ".1" * (why == "other versions")
    lessons.code = 0
    portability.run(setup, row, now | {"b": 2})
    assert lessons.ran == ["a", "b"] * 2


def test_a_change_runs_a_stored_set_up_again(monkeypatch, tmp_path):
    path = tmp_path / "portability.json"
    run(monkeypatch, path, {"here": GOOD, "there": GOOD})
    assert run(monkeypatch, path, {}) == 0
    monkeypatch.setattr(portability, "digests", lambda: {"a": "other"})
    rows = {"here": GOOD, "there": GOOD}
    assert run(monkeypatch, path, rows) == 0
    assert rows == {}


def test_what_this_machine_lacks_is_said():
    setup = portability.Setup("a", python="/no/such/python3.99")
    row = portability.run(setup, {}, {})
    assert row["outcome"] == "not run"
    assert "python3.99" in row["why"]
    assert "/no/such" in portability.as_table({"a": row})


def test_a_real_run(tmp_path):
    """`make lessons` with a set-up's arguments, on a notebook that is broken."""
    name = "04_untagged_error.ipynb"
    broken = record.ROOT / "tests" / "broken_notebooks" / name
    (tmp_path / name).write_bytes(broken.read_bytes())
    arguments = (f"NOTEBOOKS={tmp_path}", "WORKERS=0")
    setup = portability.Setup("here", arguments=arguments)
    row = portability.run(setup, {}, {"04": "x"})
    assert row["outcome"] == "failed"
    assert row["passed"] > 10
    assert any("no_untagged_error" in test for test in row["failed"])
    assert any("Cell 2" in test for test in row["failed"])
    assert row["versions"] == record.versions()
    assert row["versions"]["python"] == sys.version.split()[0]


def test_outcomes_are_told_lesson_by_lesson(tmp_path):
    report = tmp_path / "report.xml"
    assert portability.outcomes(report) == {}
    report.write_text("<testsuite><testcase", encoding="utf-8")
    assert portability.outcomes(report) == {}
    report.write_text(
        "<testsuite>"
        '<testcase classname="notebooks.02_a.ipynb" name="Cell 0"/>'
        '<testcase classname="notebooks.02_a.ipynb" name="Cell 1"><failure/></testcase>'
        '<testcase classname="notebooks.02_a.ipynb" name="Cell 2"><skipped/></testcase>'
        '<testcase classname="tests.pages.test_notebook_hygiene" name="test[02_a]"/>'
        "</testsuite>",
        encoding="utf-8",
    )
    assert portability.outcomes(report) == {
        "02_a": {"passed": 1, "failed": ["notebooks.02_a.ipynb Cell 1"]},
        "rules": {"passed": 1, "failed": []},
    }


def test_what_is_newer_is_listed(monkeypatch):
    listed = [{"name": "Keras", "version": "99.0"}, {"name": "own", "version": "1"}]
    monkeypatch.setattr(portability, "_call", lambda command: json.dumps(listed))
    assert portability.unpinned("python") == ["keras 99.0"]
    text = portability.as_table({"new": {**GOOD, "unpinned": ["keras 99.0"]}})
    assert "new, other than the pinned ones: keras 99.0." in text


def test_without_newer_versions_there_is_no_row(monkeypatch, tmp_path):
    monkeypatch.setattr(portability, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(portability, "_call", lambda command: "[]")
    setup = portability.Setup("new", python=sys.executable, newest=True)
    row = portability.run(setup, {}, {})
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
