"""benchmarks/scale.py: what it calculates, and what it says of its measurements."""

import keras
import numpy as np
import pytest

from benchmarks import record, scale, scale_worker


def epochs(*losses, seconds=0.01, first=0):
    """Return what process 0 reports of epochs with these losses."""
    return [
        {"epoch": i, "loss": loss, "seconds": seconds, "bytes": 10.0, "weights": 1000}
        for i, loss in enumerate(losses, first)
    ]


def found(last=2.0):
    """Return what `measure` returns where the losses of two processes end so."""
    whole = {1: epochs(4, 3, 2), 2: epochs(4, 3, last)}
    killed = {"before": epochs(4, 3), "after": epochs(3, 2, first=1), "error": "gone"}
    return {"shared": whole, "killed": killed, "alone": {"a network": epochs(4, 3)}}


def test_ring():
    assert scale.ring(1000, 1) == 0
    assert scale.ring(1000, 2) == 4000  # half of it, twice
    assert scale.ring(1000, 4) == 6000


def test_speedup_without_a_word_between_the_machines(monkeypatch):
    monkeypatch.setattr(scale, "LATENCY", 0)
    assert scale.speedup(1.0, 0, 4, 1e9) == pytest.approx(4)
    # As long to talk as to compute a fourth: twice as fast.
    assert scale.speedup(1.0, 1000, 4, 6000 / 0.25) == pytest.approx(2)


def test_difference_is_the_largest():
    assert scale.difference(epochs(2, 4), epochs(2, 5)) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="longer"):
        scale.difference(epochs(2), epochs(2, 5))


def test_seconds_leave_the_first_epoch_out():
    assert scale.seconds(epochs(1, seconds=9) + epochs(1, 1)) == (0.01, 0.01, 0.01)


@pytest.mark.parametrize(("last", "code"), [(2.0, 0), (2.1, 1)])
def test_exit_code_and_summary(monkeypatch, tmp_path, capsys, last, code):
    monkeypatch.setattr(scale, "measure", lambda epochs: found(last))
    monkeypatch.setattr(record, "versions", lambda packages: {})
    path = tmp_path / "scale.json"
    assert scale.main(["--out", str(path)]) == code
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "went on with epoch 2" in text
    assert "| a network |" in text


def test_too_few_epochs(capsys):
    with pytest.raises(SystemExit):
        scale.main(["--epochs", "3"])
    assert "--epochs" in capsys.readouterr().err


def test_training_goes_on_after_the_stored_weights(tmp_path):
    def epochs_of_training(until):
        model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        x, backup = np.eye(8, dtype="float32"), scale_worker.backup(tmp_path, 0)
        options = {"batch_size": 4, "verbose": 0, "callbacks": [backup]}
        return model.fit(x, x[:, :1], epochs=until, **options).epoch

    assert epochs_of_training(until=2) == [0, 1]
    # As if it had died between the weights of an epoch and the epoch's number.
    number = tmp_path / "0" / "training_metadata.json"
    number.write_text('{"epoch": 1, "batch": 0}', encoding="utf-8")
    assert epochs_of_training(until=4) == [2, 3]
