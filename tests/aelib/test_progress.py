"""aelib.Progress: one line that ends in a fixed text."""

import itertools
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import aelib

X = np.eye(4, dtype="float32")
DONE = "█" * 24


@pytest.fixture(autouse=True)
def draw_every_epoch(monkeypatch):
    monkeypatch.setattr(aelib.progress, "_PAUSE", 0)


def fit(label, losses, **options):
    """Fit for as many epochs as there are losses, which are shown as measured."""
    model = aelib.models.dense_autoencoder(4, (), 2)
    model.compile("sgd", "mse")
    scripted = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(loss=losses[epoch])
    )
    callbacks = [scripted, aelib.Progress(label), *options.pop("callbacks", ())]
    model.fit(X, X, epochs=len(losses), verbose=0, callbacks=callbacks, **options)


@pytest.mark.parametrize("losses", [[0.5], [1e-9, 123456.789, float("nan")]])
@pytest.mark.parametrize("held_out", [None, (X, X)])
def test_what_is_drawn_and_what_stays(capfd, losses, held_out):
    fit("PCA's\nrival", losses, validation_data=held_out)
    out, err = capfd.readouterr()
    assert err == ""
    *drawn, last = out.split("\r")[1:]
    count = len(losses)
    assert len(drawn) == count
    for epoch, (line, loss) in enumerate(zip(drawn, losses, strict=True), start=1):
        filled = 24 * epoch // count
        bar = "█" * filled + "░" * (24 - filled)
        assert line.startswith(f"PCA's rival {bar} {epoch}/{count}  loss {loss:.4g}")
        assert ("held-out loss" in line) == (held_out is not None)
        assert len(line) == 100  # so that it covers the line before
    # What stays has no measured number, and is as long.
    expected = f"PCA's rival {DONE} done (at most {count} epochs)"
    assert last == expected.ljust(100) + "\n"


def test_early_stopping_leaves_the_same_text(capfd):
    stop = keras.callbacks.EarlyStopping("loss", patience=0)
    fit("net", [1, 2, 3, 4], callbacks=[stop])
    assert capfd.readouterr().out.split("\r")[-1].rstrip() == (
        f"net {DONE} done (at most 4 epochs)"
    )


def test_time_left(capfd, monkeypatch):
    clock = itertools.count(0, 10)
    monkeypatch.setattr(
        aelib.progress, "time", SimpleNamespace(monotonic=lambda: next(clock))
    )
    fit("net", [1, 1, 1, 1])
    lines = capfd.readouterr().out.split("\r")[1:-1]
    left = [line.split("loss 1")[1].strip() for line in lines]
    assert left == ["30 s left", "20 s left", "10 s left", "0 s left"]


@pytest.mark.parametrize(("label", "kind"), [(3, TypeError), (" ", ValueError)])
def test_refusals(label, kind):
    with pytest.raises(kind, match="label takes a text"):
        aelib.Progress(label)
