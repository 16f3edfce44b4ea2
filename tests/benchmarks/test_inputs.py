"""benchmarks/inputs.py: what must be tried, and what it does with a failure."""

import collections
import json

import pytest

from benchmarks import inputs


def counts(names):
    return collections.Counter({(name, "accepted"): 2 for name in names})


def test_public_names():
    names = inputs.public()
    assert {"_start.setup", "metrics.psnr", "layers.KeepLargest"} < names
    assert {"training.train", "claims.claim", "progress.Progress"} < names
    # What is raised or returned, and what is private, is nobody's to call.
    assert not {"claims.ClaimError", "metrics.Elbo", "data.Digits"} & names
    assert not any(name.split(".")[1].startswith("_") for name in names)
    assert not any(name.startswith("checks.") for name in names)


def test_table(monkeypatch, tmp_path):
    found = counts(inputs.public())
    found["metrics.psnr", "refused"] = 1
    found["keras.Layer.__call__", "refused"] = 3
    monkeypatch.setattr(inputs, "run", lambda *_: (0, "", found))
    path = tmp_path / "inputs.json"
    assert inputs.main(["--out", str(path)]) == 0
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["names"]["metrics.psnr"] == {"accepted": 2, "refused": 1}
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    total = 2 * len(inputs.public())
    assert f"{total} accepted" in text
    assert f"of {len(inputs.public())} public names" in text
    assert "| metrics.psnr | 2 | 1 |" in text
    assert text.endswith("| layers, models and figures in use | 0 | 3 |\n")


@pytest.mark.parametrize("code", [0, 1])
def test_failure_writes_nothing(monkeypatch, tmp_path, capsys, code):
    names = inputs.public() if code else inputs.public() - {"metrics.psnr"}
    monkeypatch.setattr(inputs, "run", lambda *_: (code, "", counts(names)))
    assert inputs.main(["--out", str(tmp_path / "inputs.json")]) == 1
    assert list(tmp_path.iterdir()) == []
    assert ("metrics.psnr" in capsys.readouterr().out) == (code == 0)
