"""Any input of `aelib.Progress`: one line on the page, or an error that names it."""

import keras
import pytest
from attempts import NOT_TEXT, accept, refuse_one
from hypothesis import given
from hypothesis import strategies as st

import aelib

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

LABELS = st.text(min_size=1).filter(str.strip)
LOSSES = st.dictionaries(
    st.sampled_from(["loss", "val_loss", "kl"]), st.floats(), max_size=3
)


@pytest.fixture(autouse=True)
def draw_every_epoch(monkeypatch):
    monkeypatch.setattr(aelib.progress, "_PAUSE", 0)


@given(LABELS, st.lists(LOSSES, max_size=5), st.integers(0, 3))
def test_one_line_that_ends_the_same(label, losses, left):
    """`left` epochs are planned and not trained, as after early stopping."""
    bar = accept(aelib.Progress, label)
    assert isinstance(bar, keras.callbacks.Callback)
    bar.set_params({"epochs": len(losses) + left})
    with pytest.MonkeyPatch.context() as patch:
        written = []
        patch.setattr(aelib.progress.sys, "stdout", Screen(written))
        accept(bar.on_train_begin)
        for epoch, logs in enumerate(losses):
            accept(bar.on_epoch_end, epoch, logs)
        accept(bar.on_train_end)
    *drawn, end = written
    assert end == "\n"
    assert len(drawn) == len(losses) + 1
    for text in drawn:
        assert len(text.splitlines()) == 2  # nothing, a carriage return, and the line
        assert text[0] == "\r"
        assert len(text) == 101
    done = f"{bar.label} {'█' * 24} done (at most {len(losses) + left} epochs)"
    assert drawn[-1][1:].rstrip() == done[:100].rstrip()


class Screen:
    """Keeps what is written to it."""

    def __init__(self, written):
        self.write = written.append

    def flush(self):
        """Keep what there is."""


@given(st.data(), LABELS)
def test_wrong_label(data, label):
    blank = st.sampled_from(["", " ", "\n\t"])
    refuse_one(data, aelib.Progress, {"label": label}, {"label": NOT_TEXT | blank})
