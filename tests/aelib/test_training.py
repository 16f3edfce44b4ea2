"""aelib.train: what it does in every step, what it leaves behind, what it refuses."""

import keras
import numpy as np
import pytest

import aelib
from aelib import layers, losses, models

RNG = np.random.default_rng(0)
X = RNG.random((13, 9), dtype="float32")  # three steps of 5, 5 and 3
HELD = RNG.random((8, 9), dtype="float32")
CLASSES = np.eye(3, dtype="float32")[np.arange(13) % 3]


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def dense(**options):
    return models.dense_autoencoder(9, (), 4, **options)


def weights_of(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


# --- what it does -----------------------------------------------------------------


def test_rate_falls_to_zero_along_half_a_cosine():
    model, rates = dense(), []
    recorder = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append(
            float(model.optimizer.learning_rate)
        )
    )
    aelib.train(model, X, epochs=4, rate=0.02, batch_size=5, callbacks=[recorder])
    angles = np.pi * np.arange(1, 5) / 4
    np.testing.assert_allclose(rates, 0.01 * (1 + np.cos(angles)), atol=1e-8)


def test_it_is_adam_on_batches_of_the_size_asked_for(capsys):
    # The same by hand, where the batch is all there is and so no order matters.
    model, twin = dense(name="small"), dense()
    twin.set_weights(model.get_weights())
    schedule = keras.optimizers.schedules.CosineDecay(0.003, 15)
    twin.compile(keras.optimizers.Adam(schedule), losses.cross_entropy)
    expected = [twin.train_on_batch(X, X) for _ in range(15)]
    capsys.readouterr()
    history = aelib.train(model, X)  # 15 epochs of one step
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-4)
    np.testing.assert_allclose(weights_of(model), weights_of(twin), atol=1e-4)
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 1
    assert "small" in shown.out
    assert shown.err == ""


class Records(keras.layers.Layer):
    """Hand the input on, and keep the first number of each row that trains."""

    def __init__(self, rows):
        super().__init__()
        self.kept = self.add_weight(shape=(rows,), trainable=False)
        self.count = self.add_weight(
            dtype="int32", initializer="zeros", trainable=False
        )

    def call(self, x, training=False):
        """Return x."""
        if training:
            start = keras.ops.reshape(self.count, (1,))
            self.kept.assign(keras.ops.slice_update(self.kept.value, start, x[:, 0]))
            self.count.assign_add(keras.ops.shape(x)[0])
        return x


def recorded(epochs):
    """Return in which orders a training showed the rows of X, and its losses."""
    inputs, records = keras.Input((9,)), Records(13 * epochs)
    model = keras.Model(inputs, keras.layers.Dense(9, "sigmoid")(records(inputs)))
    still = keras.optimizers.SGD(0.0)
    history = aelib.train(model, X, epochs=epochs, batch_size=5, optimizer=still)
    expected = float(keras.ops.mean(losses.cross_entropy(X, model(X))))
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)  # rows keep theirs
    kept = keras.ops.convert_to_numpy(records.kept).reshape(epochs, 13)
    found = np.argmin(abs(kept[:, :, None] - X[:, 0]), axis=2)
    np.testing.assert_allclose(X[found, 0], kept)
    return found.tolist()


def test_every_epoch_shows_all_rows_in_a_new_order():
    first, second = recorded(4), recorded(4)
    orders = {tuple(order) for order in first + second}
    assert len(orders) == 8
    assert all(sorted(order) == list(range(13)) for order in orders)
    keras.utils.set_random_seed(0)
    assert recorded(4) == first


def test_any_row_may_come_first():
    keras.utils.set_random_seed(0)
    x = np.linspace(0, 1, 3000, dtype="float32")[:, None]
    inputs, records = keras.Input((1,)), Records(len(x))
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(records(inputs)))
    aelib.train(model, x, epochs=1, batch_size=len(x))
    first = keras.ops.convert_to_numpy(records.kept)[:64]
    assert first.min() < 0.1
    assert first.max() > 0.9


def test_the_step_is_traced_once():
    # Variables that appear in the first step make the backend trace it a second time,
    # which takes longer than an epoch of a small network.
    traces = []

    class CountsTraces(keras.layers.Layer):
        def call(self, x, training=False):
            traces.extend([1] * bool(training))
            return x

    inputs = keras.Input((9,))
    outputs = keras.layers.Dense(9, "sigmoid")(CountsTraces()(inputs))
    aelib.train(keras.Model(inputs, outputs), X, epochs=3, batch_size=13)
    assert len(traces) == 1


def test_the_clean_input_is_the_target_of_the_corrupted_one():
    # A mask over everything: nothing but the last bias can learn.
    model = dense(code_activation="relu", corruption=layers.MaskingNoise(1))
    *before, _ = model.encoder.get_weights() + model.decoder.get_weights()
    aelib.train(model, np.round(X), epochs=60, rate=0.2, batch_size=13)
    *after, bias = model.encoder.get_weights() + model.decoder.get_weights()
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    learned = 1 / (1 + np.exp(-bias))
    np.testing.assert_allclose(learned, np.round(X).mean(axis=0), atol=0.05)


def test_several_inputs_a_target_and_held_out_data():
    model = models.variational_autoencoder(9, (), 2, beta=0.5, classes=3)
    history = aelib.train(
        model,
        [X, CLASSES],
        X,
        epochs=2,
        loss=losses.squared_error,
        batch_size=5,
        validation_data=([HELD, CLASSES[:8]], HELD),
    )
    names = ["loss", "squared_error", "kl"]
    assert set(history) == {*names, *(f"val_{name}" for name in names)}
    for prefix in ("", "val_"):
        loss, error, kl = (np.array(history[prefix + name]) for name in names)
        np.testing.assert_allclose(loss, error + 0.5 * kl, rtol=1e-5)
    kl = keras.ops.mean(losses.gaussian_kl(*model.encoder([HELD, CLASSES[:8]])))
    assert history["val_kl"][-1] == pytest.approx(float(kl), rel=1e-4)


@pytest.mark.parametrize("loss", ["mse", keras.losses.MeanSquaredError()])
def test_the_loss_alone_counts_every_image_once(loss):
    # The last batch has one image, and that one weighs as much as any other.
    x = np.zeros((65, 9), "float32")
    x[-1] = 1
    sgd = keras.optimizers.SGD(0.0)
    model = dense()
    history = aelib.train(model, x, epochs=1, loss=loss, optimizer=sgd)
    expected = np.mean((model.predict(x, verbose=0) - x) ** 2)
    alone = history["mse" if loss == "mse" else "mean_squared_error"][0]
    assert alone == pytest.approx(history["loss"][0], rel=1e-5)
    assert alone == pytest.approx(expected, rel=1e-4)


def test_callbacks_anneal_a_weight_within_one_fit():
    class Anneal(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.constraint.weight = epoch

    model = dense(constraint=layers.L1Penalty(0.0))
    history = aelib.train(model, X, epochs=3, callbacks=[Anneal()])
    loss, entropy, l1 = (np.array(history[n]) for n in ("loss", "cross_entropy", "l1"))
    np.testing.assert_allclose((loss - entropy) / l1, [0, 1, 2], atol=1e-4)


def test_a_callback_of_batches_sees_every_batch():
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    aelib.train(dense(), X, epochs=1, batch_size=5, callbacks=[callback])
    assert seen == [0, 1, 2]


def test_metrics_and_an_optimizer_of_ones_own():
    sgd, model = keras.optimizers.SGD(0.5), dense()
    history = aelib.train(model, X, epochs=2, optimizer=sgd, metrics=["mae"])
    assert set(history) == {"loss", "cross_entropy", "mae"}
    assert model.optimizer is sgd
    assert history["loss"][1] < history["loss"][0]


# --- what it leaves behind --------------------------------------------------------


def test_fit_goes_on_afterwards_and_after_loading(tmp_path):
    model = dense()
    aelib.train(model, X, epochs=2, batch_size=13, rate=0.01)
    model.save(tmp_path / "model.keras")
    for trained in (model, keras.saving.load_model(tmp_path / "model.keras")):
        before = weights_of(trained)
        trained.fit(X, X, batch_size=13, verbose=0)
        # Adam's first step is as long as the rate in every direction.
        moved = np.abs(weights_of(trained) - before)
        assert np.median(moved) == pytest.approx(0.01, rel=0.01)


def test_fit_goes_on_after_a_training_that_was_interrupted():
    def interrupt(epoch, logs):
        raise KeyboardInterrupt

    model, stop = dense(), keras.callbacks.LambdaCallback(on_epoch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        aelib.train(model, X, epochs=2, rate=0.01, batch_size=13, callbacks=[stop])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.parametrize("constraint", [None, keras.layers.BatchNormalization])
def test_training_stops_where_the_loss_is_no_number_any_more(constraint):
    # Of a normalisation the averages move too, which are no trainable weights.
    layer = constraint and constraint()
    model = dense(output_activation="linear", constraint=layer)
    before, wild = model.get_weights(), keras.optimizers.SGD(1e4)
    options = {"loss": losses.squared_error, "epochs": 30}
    with pytest.raises(FloatingPointError, match=r"in epoch \d+ .* became (nan|inf)"):
        aelib.train(model, X, optimizer=wild, **options)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert aelib.train(model, X, **options)["loss"][-1] < 10  # usable again


# --- what it refuses, before the first step ---------------------------------------

PAIR = np.stack([X, np.round(X)], axis=1)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"model": "vae"}, TypeError, "model takes a keras.Model, and got 'vae'"),
        ({"epochs": 2.0}, TypeError, "epochs takes a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size takes a number of 1 or more"),
        ({"rate": 0}, ValueError, "rate takes a number above 0"),
        (
            {"rate": 0.1, "optimizer": keras.optimizers.SGD()},
            ValueError,
            "rate takes n",
        ),
        ({"loss": "entropy"}, ValueError, "loss takes the name of a loss of Keras"),
        ({"loss": keras.losses.MeanSquaredError}, TypeError, "loss takes a function"),
        ({"x": 3.0}, ValueError, "x takes an array with rows, and got 3.0"),
        ({"x": [[1], [1, 2]]}, ValueError, "x takes an array of numbers"),
        ({"target": [[1], [1, 2]]}, ValueError, "target takes an array of numbers"),
        ({"x": X * np.nan}, ValueError, "x holds NaN"),
        ({"x": X[:, :8]}, ValueError, r"x takes shape \(None, 9\) for this model"),
        ({"x": X * 255}, ValueError, "x takes a number from 0 to 1, and got 25"),
        ({"target": X[:5]}, ValueError, "x and target take the same length"),
        ({"target": X - 1}, ValueError, "target takes a number from 0 to 1"),
        ({"target": [X, X]}, ValueError, "target takes one array, and got a list of 2"),
        ({"x": [X, X]}, ValueError, "target cannot be left out where x is a list"),
        (
            {"target": X[:, None], "loss": "mse"},
            ValueError,
            r"target takes shape \(Non",
        ),
        ({"target": X[:, :1], "loss": "mse"}, ValueError, r"target takes shape \(None"),
        (
            {"target": -X, "loss": losses.multinomial_nll},
            ValueError,
            "target takes a n",
        ),
        (
            {"target": -PAIR, "loss": losses.masked_squared_error},
            ValueError,
            r"target\[:, 1\] takes 0 and 1, and got -1",
        ),
        ({"loss": losses.multinomial_nll}, ValueError, "model: its output is nothing"),
        (
            {"model": dense(output_activation="linear")},
            ValueError,
            "model: its output is nothing that cross_entropy is defined for",
        ),
        ({"validation_data": X}, TypeError, "validation_data takes a pair"),
        (
            {"validation_data": (X, X * 9)},
            ValueError,
            r"validation_data\[1\] takes a nu",
        ),
    ],
)
def test_refusals(change, kind, message):
    model = change.pop("model", None) or dense()
    before = weights_of(model) if isinstance(model, keras.Model) else None
    with pytest.raises(kind, match=f"^{message}"):
        aelib.train(model, **{"x": X, "epochs": 1} | change)
    if before is not None:
        np.testing.assert_array_equal(weights_of(model), before)
