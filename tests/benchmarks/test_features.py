"""benchmarks/features.py: its stored table, its arguments, and a tiny run."""

import json

import lessons
import numpy as np
import pytest

from aelib import models
from benchmarks import features


def check(table):
    """Refuse a table that the lesson could not read."""
    shape = tuple(len(table[k]) for k in ("classifiers", "representations", "labels"))
    for name in ("mean", "deviation"):
        numbers = np.array(table[name])
        assert numbers.shape == shape
        assert np.all((numbers >= 0) & (numbers <= 1))
    assert len(table["sizes"]) == shape[1]
    assert len(table["draws per seed"]) == shape[2]
    assert len(set(table["seeds"])) == len(table["seeds"])


def test_stored_table():
    table = json.loads(features.RESULT.read_text(encoding="utf-8"))
    check(table)
    assert len(table["seeds"]) >= 5
    # Stored with the settings that the script has now, and with six epochs, as lesson
    # 08 says.
    assert (table["rate"], table["epochs"]) == (features.RATE, 6)
    assert table["classifiers"] == list(features.CLASSIFIERS)
    assert dict(zip(table["labels"], table["draws per seed"], strict=True)) == (
        features.DRAWS
    )
    assert set(features.NETWORKS) < set(table["representations"])
    assert np.min(table["mean"]) > 0.2  # twice what guessing gives
    assert np.min(np.diff(table["mean"], axis=2)) > 0, "more labels, more right"


def test_lesson_and_script_measure_alike():
    lessons.assert_alike(features.__file__, "08_feature_detection.ipynb", {"balanced"})


def test_tiny_run(monkeypatch, tmp_path, capsys):
    tiny = {"denoising": lambda: models.dense_autoencoder(784, (), 4)}
    monkeypatch.setattr(features, "NETWORKS", tiny)
    monkeypatch.setattr(features, "DRAWS", {10: 2, 30: 1})
    path = tmp_path / "table.json"
    arguments = ["--seeds", "3", "--epochs", "1", "--draws", "1", "--out", str(path)]
    assert features.main(arguments) == 0
    assert "✓" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [path]
    table = json.loads(path.read_text(encoding="utf-8"))
    check(table)
    assert table["representations"] == ["raw pixels", "PCA", "untrained", "denoising"]
    assert table["sizes"] == [784, 32, 4, 4]
    assert (table["seeds"], table["epochs"]) == ([3], 1)
    assert table["draws per seed"] == [1, 1]
    assert np.max(table["deviation"]) == 0  # of one draw each


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "-1"], "argument --seeds: takes a whole number from 0"),
        (["--seeds", str(2**32)], "to 4294967295, and got '4294967296'"),
        (["--seeds", "1", "1"], "--seeds: takes each seed once, and got [1, 1]"),
        (["--epochs", "0"], "argument --epochs: takes a whole number from 1"),
        (["--draws", "many"], "and got 'many'"),
        (["--out", "nowhere/table.json"], "--out: there is no folder nowhere"),
    ],
)
def test_bad_arguments(capsys, arguments, message):
    with pytest.raises(SystemExit) as error:
        features.main(arguments)
    assert error.value.code == 2
    assert message in capsys.readouterr().err
