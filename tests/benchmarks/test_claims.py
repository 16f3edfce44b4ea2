"""benchmarks/claims.py: a sweep goes on where it stopped; only whole runs count."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest
from distributed import LocalCluster

from benchmarks import claims, record

NOTEBOOK = "notebooks/01_four_movies.ipynb"


@pytest.fixture(scope="module")
def scheduler():
    """Return the address of a Dask cluster of one thread in this process."""
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(processes=False, **options) as cluster:
        yield cluster.scheduler_address


def result(*margins, passed=True):
    """Return what `claims.run` returns for a notebook with these claims."""
    made = [
        {"statement": f"claim {i}", "margin": margin, "holds": margin >= 0}
        for i, margin in enumerate(margins)
    ]
    return {"passed": passed, "seconds": 1, "claims": made, "log": ""}


@pytest.fixture
def sweep(monkeypatch, scheduler):
    """Return `main` on one notebook, with results by seed in place of real runs."""

    def sweep(path, results, *arguments):
        def run(notebook, seed):
            assert notebook == NOTEBOOK
            outcome = results[seed]
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome | {"digest": now}

        now = claims.digest(NOTEBOOK)
        monkeypatch.setattr(claims, "notebooks", lambda only="": [NOTEBOOK])
        monkeypatch.setattr(claims, "run", run)
        chosen = ["--seeds", str(len(results)), "--scheduler", scheduler]
        return claims.main([*chosen, "--out", str(path), *arguments])

    return sweep


def stored(path):
    return json.loads(path.read_text(encoding="utf-8"))["notebooks"][NOTEBOOK]


def test_table_and_summary(sweep, tmp_path, capsys):
    path = tmp_path / "claims.json"
    assert sweep(path, {0: result(1, 0.5), 1: result(2, 0.5)}) == 0
    rows = list(csv.reader((tmp_path / "claims.csv").read_text().splitlines()))
    assert rows == [
        ["notebook", "claim", "seed 0", "seed 1"],
        [NOTEBOOK, "claim 0", "1.0", "2.0"],
        [NOTEBOOK, "claim 1", "0.5", "0.5"],
    ]
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert "2 claims of 1 notebooks" in text
    assert "4 checks, 0 failed" in text
    # 1 / stdev(1, 2); the other claim is the same on every seed.
    assert "| 01_four_movies.ipynb | claim 0 | 1.0 | 1.4 |" in text
    assert "claim 1 |" not in text
    assert text in capsys.readouterr().out


def test_failed_claim(sweep, tmp_path):
    results = {0: result(1), 1: result(-1, passed=False), 2: result(1)}
    path = tmp_path / "claims.json"
    assert sweep(path, results) == 1
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert "3 checks, 1 failed" in text
    assert "| 01_four_movies.ipynb | claim 0 | 1 |" in text


def test_a_cell_that_prints_something_else_fails(sweep, tmp_path):
    results = {0: result(1), 1: result(1, passed=False)}
    assert sweep(tmp_path / "claims.json", results) == 1


def test_a_claim_that_one_seed_does_not_make_fails(sweep, tmp_path):
    results = {0: result(1, 1), 1: result(1)}
    assert sweep(tmp_path / "claims.json", results) == 1
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert "| 01_four_movies.ipynb | claim 1 | 1 |" in text


def test_goes_on_where_it_stopped(sweep, tmp_path):
    path = tmp_path / "claims.json"
    broken_off = {0: result(1), 1: RuntimeError("ended"), 2: result(1)}
    with pytest.raises(RuntimeError, match="ended"):
        sweep(path, broken_off)
    assert "0" in stored(path)["runs"]
    assert not path.with_suffix(".md").exists()
    rest = {0: None, 1: result(3), 2: result(1)}  # seed 0 is not run
    assert sweep(path, rest) == 0
    assert stored(path)["claims"]["claim 0"]["margins"] == {"0": 1, "1": 3, "2": 1}


def test_a_changed_notebook_runs_again(sweep, monkeypatch, tmp_path):
    path = tmp_path / "claims.json"
    sweep(path, {0: result(1)})
    monkeypatch.setattr(record, "digest", lambda *_: "other")
    assert sweep(path, {0: result(5)}) == 0
    assert stored(path)["claims"]["claim 0"]["margins"] == {"0": 5}


def test_a_failure_stays_until_it_is_asked_for_again(sweep, tmp_path):
    path = tmp_path / "claims.json"
    assert sweep(path, {0: result(-1, passed=False)}) == 1
    assert sweep(path, {0: result(1)}) == 1
    assert sweep(path, {0: result(1)}, "--again") == 0
    assert stored(path)["claims"]["claim 0"] == {"margins": {"0": 1}, "failed": []}
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "0 failed; 1 were run again after a failure" in text


def test_what_changes_during_a_sweep_is_not_counted(sweep, monkeypatch, tmp_path):
    seen = iter(["before", "before", "before", "after"])
    monkeypatch.setattr(record, "digest", lambda *_: next(seen, "after"))
    path = tmp_path / "claims.json"
    with pytest.raises(RuntimeError, match="changed while it ran"):
        sweep(path, {0: result(1)})
    assert not path.exists()


def test_a_worker_with_other_files_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(claims, "digest", lambda notebook: "ours")
    found = {NOTEBOOK: {"digest": "ours", "runs": {}, "claims": {}}}
    theirs = result(1) | {"digest": "theirs"}
    with pytest.raises(RuntimeError, match="or a worker has others"):
        claims.keep(found, NOTEBOOK, 0, theirs, tmp_path / "claims.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_worker_that_dies_loses_no_result(monkeypatch, tmp_path):
    died = tmp_path / "died"

    def run(notebook, seed):
        if seed == 1 and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return made | {"digest": "same"}

    made = result(1)
    monkeypatch.setattr(claims, "run", run)
    monkeypatch.setattr(claims, "digest", lambda notebook: "same")
    found = {NOTEBOOK: {"digest": "same", "runs": {}, "claims": {}}}
    with claims.workers(None, 2) as client:
        work = [(seed, NOTEBOOK) for seed in range(4)]
        claims.sweep(found, work, client, tmp_path / "claims.json")
    assert died.exists()
    assert set(stored(tmp_path / "claims.json")["runs"]) == {"0", "1", "2", "3"}


def test_same_words_twice_are_two_claims():
    found = {"runs": {}, "claims": {}}
    twice = result(1, 2)
    twice["claims"][1]["statement"] = "claim 0"
    claims.add(found, 0, twice)
    assert list(found["claims"]) == ["claim 0", "claim 0 (2)"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_run_that_was_killed_is_no_result(monkeypatch):
    real = subprocess.run

    def killed(command, **options):
        code = f"import os; os.kill(os.getpid(), {signal.SIGKILL})"
        return real([sys.executable, "-c", code], **options)

    monkeypatch.setattr(subprocess, "run", killed)
    with pytest.raises(RuntimeError, match="seed 3"):
        claims.run(NOTEBOOK, 3)


def test_a_real_run():
    done = claims.run("tests/broken_notebooks/03_false_claim.ipynb", 4)
    assert not done["passed"]
    assert "The claim does not hold" in done["log"]
    assert [claim["holds"] for claim in done["claims"]][-1] is False
    assert {claim["seed"] for claim in done["claims"]} == {4}


def test_digest_sees_code_and_no_words(monkeypatch, tmp_path):
    (tmp_path / "aelib").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "a.ipynb").write_bytes((record.ROOT / NOTEBOOK).read_bytes())
    monkeypatch.setattr(record, "ROOT", tmp_path)
    module, lock = tmp_path / "aelib" / "m.py", tmp_path / "constraints.txt"
    seen = []
    for source, pin in (
        ('def f(x):\n    """Add one."""\n    return x + 1\n', "keras==3.15.1"),
        ('def f(x):\n    """Add 1."""\n    return x + 1  # one\n', "keras==3.15.1"),
        ("def f(x):\n    return x - 1\n", "keras==3.15.1"),
        ("def f(x):\n    return x + 1\n", "keras==3.16.0"),
    ):
        module.write_text(source, encoding="utf-8")
        lock.write_text(pin, encoding="utf-8")
        seen.append(record.digest(["a.ipynb"]))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--only", "99"]])
def test_bad_arguments(arguments, capsys):
    with pytest.raises(SystemExit):
        claims.main(arguments)
    assert arguments[0] in capsys.readouterr().err
