"""Training with the clock stopped while the held-out images are looked at."""

import time

import keras

import aelib
from benchmarks import record


class Curve(keras.callbacks.Callback):
    """Measures a model after every epoch; the clock runs in training only.

    Args:
        measure: function of the model that returns a number.
        label: what the progress is shown under.
        every: how many epochs lie between two measurements; the last is measured, too.
        start: `time.perf_counter()` when the model was built and not yet compiled, so
            that the time that TensorFlow takes to begin counts.
    """

    def __init__(self, measure, label, every=1, start=None):
        super().__init__()
        self.measure, self.label, self.every = measure, label, every
        self.resumed = time.perf_counter() if start is None else start
        self.trained = 0.0
        self.epochs, self.seconds, self.values = [], [], []

    def on_epoch_end(self, epoch, logs=None):
        """Stop the clock, measure, and let it run again."""
        done, planned = epoch + 1, self.params["epochs"]
        if done % self.every and done != planned:
            return
        self.trained += time.perf_counter() - self.resumed
        self.epochs.append(done)
        self.seconds.append(round(self.trained, 2))
        self.values.append(round(float(self.measure(self.model)), 5))
        print(
            f"{self.label}: epoch {done} of {planned}, {self.trained:.0f} s, "
            f"held out {self.values[-1]}",
            flush=True,
        )
        self.resumed = time.perf_counter()

    def seconds_until(self, value):
        """Return the seconds until a value of at most `value` was held out, or None."""
        pairs = zip(self.seconds, self.values, strict=True)
        return next((seconds for seconds, held_out in pairs if held_out <= value), None)

    def as_dict(self):
        """Return the curve as JSON can hold it."""
        return {"epochs": self.epochs, "seconds": self.seconds, "values": self.values}


def own_loss(x, output):
    """A loss of 0 an image, for a model that brings its own (`add_loss`)."""
    return keras.ops.zeros(keras.ops.shape(x)[:1])


def fit(model, x, measure, label, *, epochs, batch_size, rate, loss=own_loss, every=1):
    """Train by `aelib.train`, measuring every few epochs; return the curve."""
    curve = Curve(measure, label, every, start=time.perf_counter())
    aelib.train(
        model,
        x,
        epochs=epochs,
        loss=loss,
        rate=rate,
        batch_size=batch_size,
        callbacks=[curve],
    )
    return curve


class Changed(keras.Model):
    """Trains a model on images that a layer changes anew in every step.

    The model is to return what the layer made of the images. It brings its loss with
    it, because the target is known in here alone.

    Args:
        change: layer that changes a batch of images.
        model: the model that is trained.
        loss: function of images and reconstructions, one number an image.
    """

    def __init__(self, change, model, loss):
        super().__init__()
        self.change, self.model, self.loss_of = change, model, loss
        self(keras.Input(model.input_shape[1:]))  # what Keras calls building

    def call(self, x, training=False):
        """Return the reconstructions, and add their mean loss."""
        x = self.change(x, training=training)
        x_hat = self.model(x, training=training)
        self.add_loss(keras.ops.mean(self.loss_of(x, x_hat)))
        return x_hat


def compare(train_recipe, train_ours, split, seeds):
    """Train a published recipe and ours, one after the other; return their curves.

    Args:
        train_recipe: function of a split and options of `compile`; returns a `Curve`.
        train_ours: function of a split and a seed; returns a `Curve`.
        split: images, as `splits.final` returns them.
        seeds: how many of ours.
    """
    slow = train_recipe(split)
    # Keras' default on TensorFlow is XLA, which people copy with the recipe: what does
    # it cost? Two epochs tell, of which the second is free of preparations.
    plain = train_recipe(split, epochs=2, jit_compile=False)
    quick = [train_ours(split, seed) for seed in range(seeds)]
    return {
        "recipe": slow.as_dict(),
        "recipe without XLA": plain.as_dict(),
        "ours": [found.as_dict() for found in quick],
        "seconds until": {
            # It may have been there before its end, and wandered about.
            "recipe": slow.seconds_until(slow.values[-1]),
            "ours": [found.seconds_until(slow.values[-1]) for found in quick],
        },
    }


def pair_table(found, digits):
    """Return the table of what `compare` found, values with so many decimals."""
    recipe, until = found["recipe"], found["seconds until"]
    goal, whole = round(recipe["values"][-1], digits), recipe["seconds"][-1]
    epochs = recipe["epochs"][recipe["seconds"].index(until["recipe"])]
    first, second = found["recipe without XLA"]["seconds"]
    plain = first + (second - first) * (epochs - 1)
    rows = [
        ["the recipe", len(recipe["epochs"]), goal, round(until["recipe"]), "", "", ""],
        ["the same without XLA, from 2 epochs", "", "", round(plain), "", "", ""],
    ]
    for seed, (ours, seconds) in enumerate(
        zip(found["ours"], until["ours"], strict=True)
    ):
        row = [
            f"ours, seed {seed}",
            ours["epochs"][-1],
            round(ours["values"][-1], digits),
        ]
        if seconds is None:
            row += ["not reached", "", "", ""]
        else:
            times = (whole, until["recipe"], plain)
            row += [round(seconds), *(f"{time / seconds:.1f}" for time in times)]
        rows.append(row)
    header = ["", "epochs", "held out at the end", f"seconds until {goal}"]
    header += ["times faster than the whole recipe", "than the recipe until then"]
    return record.table([*header, "without XLA"], rows)
