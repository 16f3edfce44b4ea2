"""benchmarks/sparsity.py: its stored result, its arguments, and a tiny run."""

import json

import lessons
import numpy as np
import pytest

from aelib import layers
from benchmarks import sparsity


def check(result):
    """Refuse a result that the lesson could not read."""
    short, long = result["epochs"]
    assert long == sparsity.LONGER * short
    seeds = len(result["seeds"])
    for epochs in (short, long):
        points = result["points"][f"{epochs}"]
        assert list(points) == list(sparsity.WAYS)
        for way, rules in sparsity.WAYS.items():
            assert list(points[way]) == [f"{setting:g}" for setting in rules]
            for run in points[way].values():
                only_kl = {"silenced", "repaired"} if way == "KL" else set()
                assert set(run) == {"awake", "error"} | only_kl
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


def test_lesson_and_script_build_alike():
    lessons.assert_alike(
        sparsity.__file__, "06_sparse.ipynb", {"standardise", "sparse_autoencoder"}
    )


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
