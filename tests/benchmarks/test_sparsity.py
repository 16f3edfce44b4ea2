"""benchmarks/sparsity.py: its stored result, its arguments, and a tiny run."""

import ast
import json
from pathlib import Path

import lessons
import numpy as np
import pytest

from aelib import layers
from benchmarks import sparsity

ROOT = Path(__file__).resolve().parents[2]
SHARED = {"standardise", "sparse_autoencoder"}


def check(result):
    """Refuse a result that the lesson could not read."""
    short, long = result["epochs"]
    assert long == sparsity.LONGER * short
    for epochs, seeds in ((short, len(result["seeds"])), (long, 1)):
        points = result["points"][f"{epochs}"]
        assert list(points) == list(sparsity.WAYS)
        for way, rules in sparsity.WAYS.items():
            assert list(points[way]) == [f"{setting:g}" for setting in rules]
            for run in points[way].values():
                assert {"awake", "error", "repaired"} <= set(run)
                assert ("silenced" in run) == (way == "KL")
                assert all(len(numbers) == seeds for numbers in run.values())
                assert all(0 <= awake <= 900 for awake in run["awake"])
    assert list(result["strip"]) == [f"{k}" for k in sparsity.STRIP_SIZES]
    for found in result["strip"].values():
        units = np.frombuffer(bytes.fromhex(found["units"]), "int8")
        units = units.reshape(sparsity.SHOWN, 784)
        assert np.all(np.abs(units.astype(int)).max(axis=1) == 127)
        assert 0 < found["likeness"] < 1


def test_stored_result():
    result = json.loads(sparsity.RESULT.read_text(encoding="utf-8"))
    check(result)
    # Stored with the settings that the script has now, and with the lesson's epochs.
    assert result["training"] == sparsity.TRAINING
    assert result["epochs"] == [6, 60]
    assert result["strip epochs"] == sparsity.STRIP["epochs"]
    for points in result["points"].values():
        for k, run in points["k largest"].items():
            assert run["awake"] == [float(k)] * len(run["awake"])


def functions(source):
    """Return the functions of `source` that the lesson and the script share."""
    return {
        node.name: ast.dump(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name in SHARED
    }


def test_lesson_and_script_build_alike():
    lesson = lessons.Lesson(ROOT / "notebooks" / "06_sparse.ipynb")
    shown = functions("\n".join(cell.source for _, cell in lesson.code()))
    assert shown == functions(Path(sparsity.__file__).read_text(encoding="utf-8"))
    assert set(shown) == SHARED


def test_tiny_run(monkeypatch, tmp_path, capsys):
    tiny = {
        "k largest": {5: lambda: (sparsity.standardise(), layers.KeepLargest(5))},
        "KL": {0.1: sparsity.WAYS["KL"][0.1]},
    }
    monkeypatch.setattr(sparsity, "WAYS", tiny)
    monkeypatch.setattr(sparsity, "LONGER", 1)
    monkeypatch.setattr(sparsity, "REPAIR", {**sparsity.REPAIR, "epochs": 1})
    monkeypatch.setattr(sparsity, "STRIP_SIZES", (3,))
    path = tmp_path / "result.json"
    arguments = ["--seeds", "3", "--epochs", "1", "--strip", "1", "--out", str(path)]
    assert sparsity.main(arguments) == 0
    assert "✓" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [path]
    result = json.loads(path.read_text(encoding="utf-8"))
    check(result)
    assert (result["seeds"], result["epochs"]) == ([3], [1, 1])
    assert result["points"]["1"]["k largest"]["5"]["awake"] == [5.0]


@pytest.mark.parametrize(
    "arguments",
    [["--seeds", "one"], ["--seeds", "1", "1"], ["--epochs", "0"], ["--strip", "0"]],
)
def test_refuses(arguments, capsys):
    with pytest.raises(SystemExit):
        sparsity.main(arguments)
    assert "takes" in capsys.readouterr().err
