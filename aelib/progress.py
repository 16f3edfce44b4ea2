"""A progress bar for `fit` that redraws one line and ends in a fixed text."""

import time

import keras

from aelib import _screen, checks

_BAR = 24  # characters of the bar
_LINE = 100  # characters of the whole line
_PAUSE = 0.1  # seconds between two redraws: a notebook page can't show more


class Progress(keras.callbacks.Callback):
    """Show the epochs of a `fit` as one line that is drawn over and over.

    While training runs, the line has the epoch, the losses and the time left. When
    training ends it is replaced by a text without any measured number, so that a
    stored notebook reads the same after every run.

    Args:
        label: what is trained, such as "PCA's rival".

    Raises:
        TypeError: `label` is no text.
        ValueError: `label` is empty.

    Example:
        >>> history = model.fit(x, x, verbose=0, callbacks=[aelib.Progress()])
    """

    def __init__(self, label="training"):
        super().__init__()
        # A line break would leave every redraw on the page.
        self.label = " ".join(checks.text("label", label).splitlines())

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self._start = self._last_draw = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Redraw the line, at most ten times a second."""
        now = time.monotonic()
        if now - self._last_draw < _PAUSE:
            return
        self._last_draw = now
        done, planned = epoch + 1, self.params["epochs"]
        filled = _BAR * done // planned
        bar = "█" * filled + "░" * (_BAR - filled)
        losses = "  ".join(
            f"{name.replace('val_loss', 'held-out loss')} {value:.4g}"
            for name, value in (logs or {}).items()
            if name in {"loss", "val_loss"}
        )
        left = (now - self._start) / done * (planned - done)
        self._draw(f"{self.label} {bar} {done}/{planned}  {losses}  {left:.0f} s left")

    def on_train_end(self, logs=None):
        """Replace the line by a text that is the same on every run."""
        planned = self.params["epochs"]
        self._draw(f"{self.label} {'█' * _BAR} done (at most {planned} epochs)")
        _screen.write("\n")

    def _draw(self, text):
        """Write `text` over the line that stands there.

        Every line has the same length: the blanks cover what stood there before, and
        a stored output does not depend on how long the longest line happened to be.
        """
        _screen.write("\r" + text[:_LINE].ljust(_LINE))
