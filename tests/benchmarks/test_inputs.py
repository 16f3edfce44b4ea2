"""benchmarks/inputs.py: its table, other inputs every time, and a failure."""

import collections
import json

import pytest

from benchmarks import inputs

FOUND = collections.Counter(
    {("metrics.psnr", "accepted"): 2, ("metrics.psnr", "refused"): 1}
)


def test_table(monkeypatch, tmp_path):
    monkeypatch.setattr(inputs, "run", lambda *_: (0, "", FOUND))
    path = tmp_path / "inputs.json"
    assert inputs.main(["--out", str(path), "--seed", "7"]) == 0
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["seed"] == 7
    assert stored["names"] == {"metrics.psnr": {"accepted": 2, "refused": 1}}
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "3 inputs of 1 public names: 2 accepted" in text
    assert text.endswith("| metrics.psnr | 2 | 1 |\n")


def test_every_run_tries_others_and_says_which(monkeypatch, tmp_path, capsys):
    seeds = []
    monkeypatch.setattr(
        inputs, "run", lambda *given: seeds.append(given[-1]) or (1, "", FOUND)
    )
    for _ in range(2):
        assert inputs.main(["--out", str(tmp_path / "inputs.json")]) == 1
    assert list(tmp_path.iterdir()) == []  # a failure writes nothing
    assert seeds[0] != seeds[1]
    assert f"--seed={seeds[1]}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--inputs", "0"], ["--jobs", "0"]])
def test_bad_arguments(arguments, capsys):
    with pytest.raises(SystemExit):
        inputs.main(arguments)
    assert arguments[0] in capsys.readouterr().err
