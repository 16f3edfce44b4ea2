"""What training reports of penalties and of new images."""

import keras
import numpy as np
import pytest

import aelib
from aelib import layers, losses, models

X = np.random.default_rng(0).random((8, 6)).astype("float32")


def test_the_loss_on_new_images_is_that_of_all_batches():
    model = models.dense_autoencoder(6, (), 2)
    new = np.random.default_rng(1).random((20, 6)).astype("float32")
    new[3:] **= 4  # other images than in the first batch
    history = aelib.train(model, X, epochs=1, batch_size=3, validation_data=(new, new))
    expected = np.mean(losses.cross_entropy(new, model(new)))
    assert history["val_loss"] == [pytest.approx(expected, rel=1e-5)]


def test_a_penalty_in_two_parts_is_reported_once():
    penalty, inputs = layers.L1Penalty(0.1), keras.Input((6,))
    encoder = keras.Model(inputs, penalty(keras.layers.Dense(2)(inputs)))
    decoder = models.dense_decoder(2, (), 6)
    model = aelib.Autoencoder(encoder, decoder, constraint=penalty)
    assert [report.name for report in model.reports] == ["l1"]


def test_a_code_below_zero_is_no_rate():
    with pytest.raises(ValueError, match="KLRatePenalty takes codes from 0 to 1"):
        models.dense_autoencoder(
            6, (), 2, code_activation="tanh", constraint=layers.KLRatePenalty(1.0)
        )
