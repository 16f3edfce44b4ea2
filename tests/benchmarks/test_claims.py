"""benchmarks/claims.py: a sweep goes on where it stopped; only whole runs count.

Ten times the training and fresh images change a copy; the table says what turns.
"""

import csv
import json
import os
import signal
import subprocess
import sys

import lessons
import nbformat
import pytest
from distributed import LocalCluster
from nbformat.v4 import new_code_cell, new_notebook, new_output

from aelib import data
from benchmarks import claims, copies, record

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
        def run(notebook, seed, question):
            assert notebook == NOTEBOOK
            outcome = results[seed]
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome | {"digest": now}

        now = claims.digest(NOTEBOOK)
        monkeypatch.setattr(claims, "notebooks", lambda *_: [NOTEBOOK])
        monkeypatch.setattr(claims, "run", run)
        chosen = ["--seeds", str(len(results)), "--scheduler", scheduler]
        chosen += [] if claims.FIRST in results else ["--first", "0"]
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
    assert "1 claims of 1 notebooks vary with the seed" in text
    assert "2 checks. 1 more claims come out the same on every seed. 0 failed" in text
    # 1 / stdev(1, 2); the other claim is the same on every seed.
    assert "| 01_four_movies.ipynb | claim 0 | 1.0 | 1.4 |" in text
    assert "claim 1 |" not in text
    assert text in capsys.readouterr().out


def test_seeds_begin_with_100(sweep, tmp_path):
    path = tmp_path / "claims.json"
    assert sweep(path, {100: result(1), 101: result(2)}) == 0
    assert (
        (tmp_path / "claims.csv")
        .read_text()
        .startswith("notebook,claim,seed 100,seed 101\n")
    )


def test_each_question_has_a_store_of_its_own():
    assert claims.store_of("longer").name == "claims_longer.json"
    assert claims.store_of().name == "claims.json"


def test_failed_claim(sweep, tmp_path):
    results = {0: result(1), 1: result(-1, passed=False), 2: result(1)}
    path = tmp_path / "claims.json"
    assert sweep(path, results) == 1
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert "3 checks" in text
    assert "1 failed" in text
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
    seen = iter(["before", "before"])
    monkeypatch.setattr(record, "digest", lambda *_: next(seen, "after"))
    path = tmp_path / "claims.json"
    with pytest.raises(RuntimeError, match="changed while it ran"):
        sweep(path, {0: result(1)})
    assert not path.exists()


def test_a_worker_with_other_files_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(claims, "digest", lambda *_: "ours")
    found = {NOTEBOOK: {"digest": "ours", "runs": {}, "claims": {}}}
    theirs = result(1) | {"digest": "theirs"}
    with pytest.raises(RuntimeError, match="or a worker has others"):
        claims.keep(found, NOTEBOOK, 0, theirs, tmp_path / "claims.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_worker_that_dies_loses_no_result(monkeypatch, tmp_path):
    died = tmp_path / "died"

    def run(notebook, seed, question):
        if seed == 1 and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return made | {"digest": "same"}

    made = result(1)
    monkeypatch.setattr(claims, "run", run)
    monkeypatch.setattr(claims, "digest", lambda *_: "same")
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


@pytest.mark.parametrize(
    ("question", "taken"), [("seeds", None), ("longer", None), ("fresh", "a folder")]
)
def test_all_of_mnist_is_for_fresh_images_alone(monkeypatch, question, taken):
    found = {}

    def met(command, env, **options):
        found.update(env)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setenv("AELIB_DATA", "a folder")
    monkeypatch.setattr(subprocess, "run", met)
    claims.run(NOTEBOOK, 3, question)
    assert found.get("AELIB_DATA") == taken


def test_runs_keep_freed_memory_other_than_the_workers_of_dask(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    assert "MALLOC_TRIM_THRESHOLD_" not in record.environment()


def test_a_real_run():
    done = claims.run("tests/broken_notebooks/02_false_claim.ipynb", 4)
    assert not done["passed"]
    assert "The claim does not hold" in done["log"]
    assert [claim["holds"] for claim in done["claims"]][-1] is False
    assert {claim["seed"] for claim in done["claims"]} == {4}


def planted(path, cells, shown):
    """Write a notebook with these cells and what is stored as their outputs."""
    made = []
    for cell, text in zip(cells, shown, strict=True):
        outputs = [new_output("stream", text=text)] if text else []
        made.append(new_code_cell(cell, outputs=outputs, execution_count=1))
    nbformat.write(new_notebook(cells=made), path)
    return str(path)


@pytest.mark.parametrize(("more", "passed"), [("", True), ("print(seed)", False)])
def test_another_seed_may_measure_another_number_and_nothing_else(
    tmp_path, more, passed
):
    cells = [
        "import aelib\nseed = aelib.setup('planted')",
        f"aelib.claim('a', seed, '<=', 5)\n{more}",
    ]
    shown = ["", f"✓ a   3   ≤ 5\n{'3' * bool(more)}"]
    done = claims.run(planted(tmp_path / "planted.ipynb", cells, shown), 4)
    assert done["passed"] == passed, done["log"]
    assert ("mismatch 'stdout'" in done["log"]) != passed
    assert [claim["margin"] for claim in done["claims"]] == [1]


FIRST = 'def f(x):\n    """Add one."""\n    return x + 1\n'
MODULES = {
    "__init__": "from aelib import unused\nfrom aelib.fitting import train\n",
    "_start": "",
    "fitting": "import aelib.scores\n",
    "scores": FIRST,
    "unused": FIRST,
}


@pytest.mark.parametrize(
    ("name", "content", "counts"),
    [
        ("scores", FIRST.replace("one", "1").replace("+ 1", "+ 1  # one"), False),
        ("scores", FIRST.replace("+", "-"), True),
        ("unused", FIRST.replace("+", "-"), False),
        ("_start", "x = 1", True),
        ("__init__", MODULES["__init__"] + "x = 1", True),
        ("constraints.txt", "keras==3.16.0", True),
    ],
)
def test_digest_sees_the_code_that_a_notebook_can_reach(
    monkeypatch, tmp_path, name, content, counts
):
    monkeypatch.setattr(record, "ROOT", tmp_path)

    def write(name, content):
        path = tmp_path / (name if "." in name else f"aelib/{name}.py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")

    for one in MODULES.items():
        write(*one)
    write("constraints.txt", "keras==3.15.1")
    lessons.write(tmp_path / "a.ipynb", new_code_cell("x = 1\ntrain(x)"))
    before = record.digest(["a.ipynb"])
    write(name, content)
    assert (record.digest(["a.ipynb"]) != before) is counts


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("aelib.train(model, x, epochs=5)", "aelib.train(model, x, epochs=5 * 10)"),
        ("train(m, x, None, n + 1, loss)", "train(m, x, None, (n + 1) * 10, loss)"),
        ("m.fit(x, x, 64, 5, verbose=0)", "m.fit(x, x, 64, 5 * 10, verbose=0)"),
        ("s = {'epochs': n, 'rate': 1}", "s = {'epochs': n * 10, 'rate': 1}"),
        (
            "m.fit(x, x, initial_epoch=a, epochs=b)",
            "m.fit(x, x, initial_epoch=a * 10, epochs=b * 10)",
        ),
        ("CosineDecay(0.1, n * steps)", "CosineDecay(0.1, n * steps * 10)"),
        (
            "[train(m, x, epochs=1) for m in ms]",
            "[train(m, x, epochs=1 * 10) for m in ms]",
        ),
        # No training, or counted where it ends up in a call.
        ("PCA(2).fit(x)", "PCA(2).fit(x)"),
        ("trained_on(x, epochs=3)", "trained_on(x, epochs=3)"),
        ("train(m, x)", "train(m, x)"),
        ("epochs = 15", "epochs = 15"),
        ("runs = stored['epochs'][6]", "runs = stored['epochs'][6]"),
    ],
)
def test_ten_times_the_epochs(source, expected):
    assert copies.longer(source) == expected


def test_loops_that_count_by_themselves_are_in_the_lessons():
    for name, changes in copies.LOOPS.items():
        cells = nbformat.read(record.ROOT / f"notebooks/{name}.ipynb", 4).cells
        source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        assert all(old in source for old in changes), name


def test_a_claim_that_longer_training_breaks_turns_and_hides_no_other(tmp_path):
    cells = [
        "import aelib\naelib.setup('planted')\ntrain = lambda m, x, epochs: epochs",
        "aelib.claim('epochs', train(0, 0, epochs=3), '<=', 5)",
        "aelib.claim('half', 0.5, '>=', [0.1, 0.2][0], unit='nats')",
        "1 / 0\naelib.claim('never made', 1, '<=', 2)",
    ]
    shown = [
        "",
        "✓ epochs            3   ≤ 5\n",
        "✓ half          0.500   ≥ 0.1 nats\n",
        "✓ never made         1   ≤ 2\n✓ a check\n",
    ]
    path = planted(tmp_path / "planted.ipynb", cells, shown)
    found = {"planted": {"runs": {}, "claims": {}}}
    claims.add(found["planted"], 0, claims.run(path, 0, "longer"))
    compared, missed = claims.turns(found)
    assert compared == [
        ["planted", "epochs ≤ 5", "3", "30", "turns"],
        ["planted", "half ≥ 0.1 nats", "0.500", "0.5", "same"],
    ]
    assert missed == [["planted", "never made         1 ≤ 2"]]
    text = claims.comparison(found, "longer")
    assert (
        "1 claims of 1 lessons came out other than in the lesson: 1 turn, 0 hold. 1"
        in text
    )
    assert "1 were not reached" in text


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("0.660", "0.66", True),
        ("[1.07, 0.9541]", "[1.07, 0.954]", True),
        ("-0.151", "0.151", False),
        ("1,234", "1,300", False),
        ("21.6", "21.5", False),
        ("2.9e-15", "1.1e-16", True),
        ("1 … 2", "1", False),
    ],
)
def test_numbers_that_are_the_same(before, now, same):
    assert claims._same(claims._numbers(before), claims._numbers(now)) is same


def test_how_a_copy_is_changed_counts_for_its_results_alone(monkeypatch):
    before = {kind: claims.digest(NOTEBOOK, kind) for kind in claims.QUESTIONS}
    monkeypatch.setattr(copies, "__file__", __file__)
    after = {kind: claims.digest(NOTEBOOK, kind) for kind in claims.QUESTIONS}
    same = {kind: before[kind] == after[kind] for kind in before}
    assert same == {"seeds": True, "longer": False, "fresh": False}


def test_only_lessons_are_trained_longer_and_fresh_images_are_of_mnist():
    longer = claims.notebooks(question="longer")
    assert longer == record.lessons()
    fresh = claims.notebooks(question="fresh")
    assert NOTEBOOK not in fresh
    assert {"notebooks/00_start_here.ipynb"} < set(fresh) < set(longer)


@pytest.mark.skipif(not os.environ.get("AELIB_DATA"), reason="needs all of MNIST")
def test_fresh_images_are_of_no_lesson(monkeypatch):
    known = data.load_mnist()
    monkeypatch.setenv("AELIB_DATA", os.environ["AELIB_DATA"])  # both come back after
    monkeypatch.setattr(data, "load_mnist", data.load_mnist)
    copies.fresh_images()
    fresh = data.load_mnist()
    assert fresh.x_test.shape == known.x_test.shape
    assert (fresh.y_test == known.y_test).all()  # the digits take turns
    assert (fresh.x_train == known.x_train).all()
    seen = {
        x.tobytes()
        for part in ("train", "validation", "test")
        for x in getattr(known, f"x_{part}")
    }
    drawn = {x.tobytes() for x in fresh.x_test}
    assert len(drawn) == len(fresh.x_test)
    assert not seen & drawn


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seeds", "0"],
        ["--only", "99"],
        ["--first", "-1"],
        ["longer", "--seeds", "3"],
        ["fresh", "--first", "100"],
    ],
)
def test_bad_arguments(arguments, capsys):
    with pytest.raises(SystemExit):
        claims.main(arguments)
    assert arguments[0] in capsys.readouterr().err
