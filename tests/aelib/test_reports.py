"""What training reports of penalties and of new images, and what it keeps of that."""

import keras
import numpy as np
import pytest

import aelib
from aelib import layers, losses, models

X = np.random.default_rng(0).random((8, 6)).astype("float32")


def test_the_loss_on_new_images_is_that_of_all_batches():
    model = models.dense_autoencoder(6, (), 2)
    new = np.random.default_rng(1).random((7, 6)).astype("float32")
    new[3:] **= 4  # other images than in the first batch
    history = aelib.train(model, X, epochs=1, batch_size=3, validation_data=(new, new))
    expected = np.mean(losses.cross_entropy(new, model(new)))
    assert history["val_loss"] == [pytest.approx(expected, rel=1e-5)]


def with_a_penalty(penalty, activation="linear"):
    inputs = keras.Input((6,))
    code = keras.layers.Dense(2, activation)(inputs)
    return keras.Model(inputs, penalty(code), name="encoder")


def test_a_penalty_in_two_parts_is_reported_once():
    penalty = layers.L1Penalty(0.1)
    decoder = models.dense_decoder(2, (), 6)
    model = aelib.Autoencoder(with_a_penalty(penalty), decoder, constraint=penalty)
    assert [report.name for report in model.reports] == ["l1"]


def test_what_was_reported_last_is_not_in_the_file(tmp_path):
    model = models.dense_autoencoder(6, (), 2, constraint=layers.L1Penalty(0.1))
    aelib.train(model, X, epochs=1)
    assert model.reports[0].result() > 0
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.reports[0].result() == 0


def test_a_code_below_zero_is_no_rate():
    with pytest.raises(ValueError, match="KLRatePenalty takes codes from 0 to 1"):
        models.dense_autoencoder(
            6, (), 2, code_activation="tanh", constraint=layers.KLRatePenalty(1.0)
        )
