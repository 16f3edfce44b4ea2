"""aelib.Progress: one line that ends in a fixed text."""

import keras
import numpy as np
import pytest

import aelib

X = np.eye(4, dtype="float32")
DONE = "█" * 24


class Scripted(keras.callbacks.Callback):
    """Puts losses of the test's choice in the place of the measured ones."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        logs["loss"] = self.losses[epoch % len(self.losses)]


@pytest.fixture
def model():
    model = aelib.models.dense_autoencoder(4, (), 2)
    model.compile("sgd", "mse", jit_compile=False)
    return model


@pytest.fixture(autouse=True)
def draw_every_epoch(monkeypatch):
    monkeypatch.setattr(aelib.progress, "_PAUSE", 0)


def shown(text):
    """What a notebook keeps of a text with carriage returns."""
    *lines, last = text.split("\n")
    assert last == ""
    kept = []
    for line in lines:
        screen = ""
        for part in line.split("\r"):
            screen = part + screen[len(part) :]
        kept.append(screen.rstrip())
    return kept


@pytest.mark.parametrize("losses", [[0.5], [1e-9, 123456.789], [float("nan")]])
@pytest.mark.parametrize("validation", [None, (X, X)])
@pytest.mark.parametrize("epochs", [1, 3])
def test_fixed_text(model, capfd, losses, validation, epochs):
    model.fit(
        X,
        X,
        epochs=epochs,
        validation_data=validation,
        verbose=0,
        callbacks=[Scripted(losses), aelib.Progress("PCA's rival")],
    )
    out, err = capfd.readouterr()
    assert shown(out) == [f"PCA's rival {DONE} done (at most {epochs} epochs)"]
    assert err == ""
    drawn = out.split("\r")[1:]
    assert len(drawn) == epochs + 1
    assert f"{losses[0]:.4g}" in drawn[0]
    assert f"1/{epochs}" in drawn[0]
    assert ("held-out loss" in drawn[0]) == (validation is not None)
    assert {len(line.rstrip("\n")) for line in drawn} == {100}


def test_early_stopping_leaves_the_same_text(model, capfd):
    texts = []
    for losses in ([1, 2, 3, 4, 5, 6], [3, 2, 1, 4, 5, 6]):
        stop = keras.callbacks.EarlyStopping("loss", patience=1)
        callbacks = [Scripted(losses), stop, aelib.Progress()]
        model.fit(X, X, epochs=6, verbose=0, callbacks=callbacks)
        texts.append(capfd.readouterr().out)
    assert [text.count("\r") for text in texts] == [2 + 1, 4 + 1]
    assert [shown(text) for text in texts] == [
        [f"training {DONE} done (at most 6 epochs)"]
    ] * 2


def test_redraws_pause(model, capfd, monkeypatch):
    monkeypatch.setattr(aelib.progress, "_PAUSE", 3600)
    model.fit(X, X, epochs=5, verbose=0, callbacks=[aelib.Progress()])
    assert capfd.readouterr().out.count("\r") == 1


def test_a_long_label_keeps_the_line_short(model, capfd):
    model.fit(X, X, epochs=2, verbose=0, callbacks=[aelib.Progress("x" * 300)])
    assert shown(capfd.readouterr().out) == ["x" * 100]


@pytest.mark.parametrize(
    ("label", "kind"), [("", ValueError), (" ", ValueError), (3, TypeError)]
)
def test_bad_label(label, kind):
    with pytest.raises(kind, match="label takes a text"):
        aelib.Progress(label)


def test_time_left(monkeypatch, capsys):
    """After one of four epochs, which took 2 s, there are 6 s left."""
    clock = iter([10.0, 12.0])
    monkeypatch.setattr(aelib.progress.time, "monotonic", lambda: next(clock))
    progress = aelib.Progress()
    progress.set_params({"epochs": 4})
    progress.on_train_begin()
    progress.on_epoch_end(0, {"loss": 1.0})
    assert capsys.readouterr().out.rstrip().endswith("1/4  loss 1  6 s left")
