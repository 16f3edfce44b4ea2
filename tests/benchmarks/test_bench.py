"""benchmarks/bench.py: what is stored, what runs again, and the tables."""

import functools
import types
from unittest import mock

import keras
import nbformat
import numpy as np
import pytest

from aelib import data
from benchmarks import bench, course, record, speed, splits, stale


@pytest.fixture
def counter(monkeypatch, tmp_path):
    """Return a benchmark that counts its runs, with a place of its own for results."""
    script = tmp_path / "counter.py"
    script.write_text("'''A script.'''\nx = 1\n", encoding="utf-8")
    calls = []

    def count(load, **settings):
        calls.append(load)
        return {"count": len(calls)}

    module = types.SimpleNamespace(
        __file__=str(script),
        RUNS={"first": count, "second": count},
        TRIED={"other": functools.partial(count)},
        calls=calls,
        script=script,
        table=lambda runs: record.table(["run"], [[label] for label in runs]),
    )
    monkeypatch.setattr(bench, "BENCHMARKS", {"counter": "counter"})
    monkeypatch.setattr(bench, "load", lambda name: module)
    monkeypatch.setattr(bench, "path_of", lambda name: tmp_path / f"{name}.json")
    monkeypatch.setattr(bench, "README", tmp_path / "README.md")
    bench.README.write_text(
        "# Benchmarks\n<!-- stale: begin -->\n<!-- stale: end -->\n"
        "<!-- counter: begin -->\nold\n<!-- counter: end -->\nend\n",
        encoding="utf-8",
    )
    return module


def test_a_stored_run_is_not_repeated(counter):
    assert bench.main([]) == 0
    assert counter.calls == [splits.final, splits.final]
    bench.main(["counter"])
    assert len(counter.calls) == 2
    bench.main(["--again"])
    assert len(counter.calls) == 4


@pytest.mark.parametrize(
    ("source", "runs", "tried"),
    [
        ("'''Other words.'''\nx = 1  # one\n", 0, 0),
        ("x = 1\ndef table(runs): ...\n", 0, 0),
        ("x = 1\nCHANGES = {'third': {}}\nTRIED = CHANGES\n", 0, 0),
        ("x = 2\n", 2, 1),
        ("x = 1\nOURS = {}\n", 2, 1),
    ],
)
def test_what_runs_again_after_a_change(counter, source, runs, tried):
    bench.main([])
    bench.main(["--tried"])
    counter.script.write_text(source, encoding="utf-8")
    counter.calls.clear()
    bench.main([])
    assert len(counter.calls) == runs
    bench.main(["--tried"])
    assert len(counter.calls) == runs + tried


def test_an_attempt_runs_again_after_a_change_of_its_own_settings(counter):
    attempt, loss = counter.TRIED["other"], keras.losses.poisson
    counter.TRIED["second"] = functools.partial(attempt, rate=1)
    bench.main(["--tried"])
    assert len(counter.calls) == 2
    counter.TRIED["third"] = functools.partial(attempt, rate=2)
    bench.main(["--tried"])
    assert len(counter.calls) == 3
    counter.TRIED["second"] = functools.partial(attempt, rate=1, loss=loss)
    bench.main(["--tried"])
    assert len(counter.calls) == 4
    assert bench._settings(functools.partial(print, 1)) == "print [1]"


def test_a_result_says_what_keras_computed_with(counter):
    bench.main([])
    stored = record.read(bench.path_of("counter"))["runs"]["first"]["backend"]
    assert stored.split() == [keras.backend.backend(), mock.ANY]
    text = bench.README.read_text(encoding="utf-8")
    assert f", computed with {stored}." in text


def test_another_machine_runs_again(counter, monkeypatch):
    bench.main([])
    monkeypatch.setattr(record, "machine", lambda: {"processor": "other", "cores": 2})
    bench.main([])
    assert len(counter.calls) == 4


def test_what_is_older_is_found_marked_and_said(counter, monkeypatch, tmp_path):
    monkeypatch.setattr(stale, "WHOLE", ())
    monkeypatch.setattr(stale.claims, "stores", dict)
    monkeypatch.setattr(stale.no_training, "stored", dict)
    monkeypatch.setattr(record, "STALE", tmp_path / "stale.json")
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    bench.main([])
    bench.main(["--tried"])
    assert stale.find(stale.results()) == {}
    counter.TRIED = {"new": counter.TRIED["other"]}
    assert stale.main() == 0
    assert record.stale() == {"counter": ["tried: other"]}
    said = "Older than today's code: 0 of 2 runs, 1 of 1 attempts."
    assert said in bench.README.read_text(encoding="utf-8")
    counter.TRIED["other"] = counter.TRIED.pop("new")
    stale.main()
    assert "Older" not in bench.README.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "imported"),
    [("k_sparse", {"curve.py", "deep_autoencoder.py"}), ("forest", {"curve.py"})],
)
def test_a_script_counts_with_what_it_imports(name, imported):
    script = record.ROOT / f"benchmarks/published/{name}.py"
    found = {path.name for path in record._with_imported({script})}
    assert found == {"__init__.py", script.name} | imported


def test_what_does_not_count_of_a_script_counts_of_a_test(monkeypatch, tmp_path):
    monkeypatch.setattr(record, "ROOT", tmp_path)
    for folder, counts in (("benchmarks", False), ("tests", True), ("tools", True)):
        path = tmp_path / folder / "a.py"
        path.parent.mkdir()
        path.write_text("def write_table(): ...\n", encoding="utf-8")
        assert ("write_table" in record._content(path, "table")) is counts


def test_code_reads_the_same_on_every_python():
    # Some write down empty fields, and empty parts of texts such as this one.
    number, width = (
        f"FormattedValue(value=Name(id='{name}' ctx=Load()) conversion=-1{{}})"
        for name in "xn"
    )
    right = f"JoinedStr(values=[Constant(value='>') {width.format('')}])"
    shown = f"JoinedStr(values=[{number.format(f' format_spec={right}')}])"
    body = f"[FunctionDef(name='f' args=arguments() body=[Return(value={shown})])]"
    source = 'def f():\n    """Words."""\n    return f"{x:>{n}}"  # more words\n'
    assert record._code(source, "") == f"Module(body={body})"


def test_every_result_is_looked_at():
    files = {path.stem for path in record.RESULTS.glob("*.json")} - {"stale"}
    assert {file for file, *_ in stale.results()} == files


def test_a_part_can_be_run_alone(counter):
    bench.main(["counter", "--part", "sec"])
    assert list(record.read(bench.path_of("counter"))["runs"]) == ["second"]
    bench.main([])
    assert len(counter.calls) == 2


def test_a_failure_is_told_and_the_others_are_kept(counter, capsys):
    def fail(load):
        raise RuntimeError("the machine was switched off")

    second, counter.RUNS["second"] = counter.RUNS["second"], fail
    assert bench.main([]) == 1
    assert "switched off" in capsys.readouterr().out
    stored = record.read(bench.path_of("counter"))["runs"]
    assert list(stored) == ["first"]
    assert set(stored["first"]) >= {"count", "versions", "machine", "wall seconds"}
    counter.RUNS["second"] = second
    bench.main([])
    assert len(counter.calls) == 2  # the first once, the second once


def test_a_script_that_changes_while_it_runs_is_refused(counter, capsys):
    def change(load):
        counter.script.write_text("x = 3\n", encoding="utf-8")
        return {}

    counter.RUNS["first"] = change
    assert bench.main([]) == 1
    assert "changed while it ran" in capsys.readouterr().out
    assert "first" not in record.read(bench.path_of("counter"))["runs"]


def test_what_was_tried_is_measured_on_validation_images(counter):
    bench.main(["--tried"])
    assert counter.calls == [splits.validation]
    stored = record.read(bench.path_of("counter"))
    assert list(stored) == ["tried"]
    assert "Not measured yet." in bench.README.read_text(encoding="utf-8")


def test_the_table_replaces_what_stands_between_its_marks(counter):
    bench.main([])
    text = bench.README.read_text(encoding="utf-8")
    assert "old" not in text
    assert "| first |\n| second |\n\nOn " in text
    assert text.endswith(".\n<!-- counter: end -->\nend\n")
    bench.main(["--tables"])
    assert bench.README.read_text(encoding="utf-8") == text


def test_what_was_tried_may_have_a_table_of_its_own(counter):
    counter.table_of_tried = lambda tried: f"tried: {list(tried)}\n"
    with bench.README.open("a", encoding="utf-8") as file:
        file.write("<!-- counter, tried: begin -->\n<!-- counter, tried: end -->\n")
    bench.main([])
    assert "begin -->\ntried: []\n<!--" in bench.README.read_text(encoding="utf-8")
    bench.main(["--tried"])
    text = bench.README.read_text(encoding="utf-8")
    assert "begin -->\ntried: ['other']\n<!--" in text


def test_a_readme_without_marks_is_refused():
    with pytest.raises(ValueError, match="counter: begin"):
        bench.with_table("no marks", "counter", "| a |")


def test_an_unknown_benchmark_is_refused(counter, capsys):
    with pytest.raises(SystemExit):
        bench.main(["sped"])
    assert "there is no benchmark 'sped'" in capsys.readouterr().err


def test_test_images_are_in_neither_training_nor_validation(monkeypatch):
    parts = [np.full((n, 784), value) for n, value in ((6, 1), (3, 2), (4, 3))]
    labels = [part[:, 0] for part in parts]
    pairs = [array for pair in zip(parts, labels, strict=True) for array in pair]
    monkeypatch.setattr(data, "load_mnist", lambda which: data.Digits(*pairs))
    final, validation = splits.final.__wrapped__(), splits.validation.__wrapped__()
    assert final.x_train[:, 0].tolist() == final.y_train.tolist() == [1] * 6 + [2] * 3
    assert set(final.y_test) == {3}
    assert set(validation.y_train) == {1}
    assert validation.x_test[:, 0].tolist() == validation.y_test.tolist() == [2] * 3


def test_every_benchmark_has_runs_a_table_and_words():
    for name in bench.BENCHMARKS:
        module = bench.load(name)
        assert module.__doc__.strip()
        assert module.RUNS
        assert callable(module.table)
        assert all(
            map(callable, {**module.RUNS, **getattr(module, "TRIED", {})}.values())
        )


# --- speed ------------------------------------------------------------------------


@pytest.mark.parametrize("name", speed.CONTENDERS)
def test_each_contender_gives_the_seconds_of_each_epoch(name):
    if name == speed.PEER:
        pytest.importorskip("torch")
    if "JAX" in name:
        pytest.importorskip("jax")
    x = data.load_mnist().x_train[:100]
    seconds = speed.CONTENDERS[name](x, 50)(2)
    assert len(seconds) == 2
    assert all(0 < second < 60 for second in seconds)


def test_the_contenders_take_turns():
    order = []

    def contender(name):
        def turn(epochs):
            order.append(name)
            return [9.0] + [1.0] * (epochs - 1)

        return lambda x, batch_size: turn

    contenders = {name: contender(name) for name in "ab"}
    split = splits.Split(*[np.zeros((2, 784), "float32")] * 4)
    found = speed.measure(lambda: split, 2, 3, contenders)
    assert order == list("abbaab")
    assert found["seconds an epoch"]["a"] == [1.0] * 3 * (speed.EPOCHS - 1)
    assert found["first epochs"]["a"] == [9.0] * 3


def test_a_ratio_is_taken_within_each_round():
    n = speed.EPOCHS - 1
    found = {
        "seconds an epoch": {"a": [2.0] * n + [6.0] * n, "b": [1.0] * n + [2.0] * n}
    }
    assert speed.ratios(found, "a", "b") == (2.5, 2.0, 3.0)


# --- the course -------------------------------------------------------------------


def test_a_lesson_has_seconds_and_the_kernels_peak(tmp_path):
    pytest.importorskip("resource")  # not on Windows
    # What this process holds is not the kernel's, though it starts it.
    held = bytearray(1_200_000_000)
    held[::4096] = b"x" * len(held[::4096])
    code = "import time\nx = bytearray(300_000_000)\ndel x\ntime.sleep(0.2)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    path = tmp_path / "tiny.ipynb"
    nbformat.write(notebook, path)
    found = course.lesson(path)
    assert 0.2 <= found["seconds"] < 60
    assert 300 < found["peak MB"] < 1000


def test_nobody_answers_on_a_free_port():
    assert not course._answers(f"http://127.0.0.1:{course._free_port()}/lab")
