"""aelib.train: what it does in every step, what it reports, what it refuses."""

import keras
import numpy as np
import pytest

import aelib
from aelib import layers, losses, models, training

RNG = np.random.default_rng(0)
X = RNG.random((13, 9), dtype="float32")  # three steps of 5, 5 and 3
HELD = RNG.random((8, 9), dtype="float32")
CLASSES = np.eye(3, dtype="float32")[np.arange(13) % 3]


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def weights_of(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


@pytest.fixture
def rates(monkeypatch):
    """Record the learning rate at the end of every epoch."""
    found = []

    class Recorder(keras.callbacks.Callback):
        def __init__(self, label):
            super().__init__()

        def on_epoch_end(self, epoch, logs=None):
            found.append(float(self.model.optimizer.learning_rate))

    monkeypatch.setattr(training, "Progress", Recorder)
    return found


# --- what it does -----------------------------------------------------------------


def test_rate_falls_to_zero_along_half_a_cosine(rates):
    model = models.dense_autoencoder(9, (), 4)
    history = aelib.train(model, X, epochs=4, rate=0.02, batch_size=5)
    angles = np.pi * np.arange(1, 5) / 4
    np.testing.assert_allclose(rates, 0.01 * (1 + np.cos(angles)), atol=1e-8)
    assert rates[-1] < 1e-8
    assert int(model.optimizer.iterations) == 4 * 3
    assert model.loss is losses.cross_entropy
    assert {name: len(values) for name, values in history.items()} == {
        "loss": 4,
        "cross_entropy": 4,
    }
    # A second call trains on, from the beginning of the schedule.
    weights = weights_of(model)
    more = aelib.train(model, X, epochs=1, rate=0.02, batch_size=13)
    assert int(model.optimizer.iterations) == 1
    assert len(rates) == 5
    assert more["loss"][0] < history["loss"][0]
    # Adam's first step is as long as the rate in every direction.
    moved = np.abs(weights_of(model) - weights)
    assert np.median(moved) == pytest.approx(0.02, rel=0.01)


def test_it_compiles_without_xla_and_for_a_whole_epoch_a_call(monkeypatch):
    # XLA draws other random numbers. Where there is no GPU, Keras' own choice is to do
    # without, so only the argument tells whether it would be used elsewhere.
    given = {}
    compile_model = keras.Model.compile

    def record(model, *args, **kwargs):
        given.update(kwargs)
        compile_model(model, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "compile", record)
    aelib.train(models.dense_autoencoder(9, (), 4), X, epochs=1, batch_size=5)
    assert given["jit_compile"] is False
    assert given["steps_per_execution"] == 3


class CountsTraces(keras.layers.Layer):
    """Counts how often Python runs its call in training: once for each trace."""

    traces = 0

    def call(self, x, training=False):  # noqa: D102
        if training:
            CountsTraces.traces += 1
        return x


@pytest.mark.parametrize("loss", [losses.cross_entropy, "mse"])
def test_the_step_is_traced_once(monkeypatch, loss):
    # Variables that appear in the first step make TensorFlow trace it a second time,
    # which takes longer than an epoch of a small network.
    monkeypatch.setattr(CountsTraces, "traces", 0)
    inputs = keras.Input((9,))
    outputs = keras.layers.Dense(9, "sigmoid")(CountsTraces()(inputs))
    aelib.train(keras.Model(inputs, outputs), X, epochs=3, loss=loss, batch_size=13)
    assert CountsTraces.traces == 1


def test_a_loss_may_be_an_object():
    model = models.dense_autoencoder(9, (), 4, name="object")
    loss = keras.losses.MeanSquaredError()
    history = aelib.train(model, X, epochs=2, loss=loss, batch_size=13)
    assert set(history) == {"loss", "mean_squared_error"}
    assert history["mean_squared_error"] == pytest.approx(history["loss"], rel=1e-5)


def test_it_is_adam_on_batches_of_the_size_asked_for(capsys):
    # The same by hand, where the batch is all there is and so no order matters.
    model = models.dense_autoencoder(9, (), 4, name="small")
    twin = models.dense_autoencoder(9, (), 4)
    twin.set_weights(model.get_weights())
    schedule = keras.optimizers.schedules.CosineDecay(0.003, 15)
    twin.compile(
        keras.optimizers.Adam(schedule), losses.cross_entropy, run_eagerly=True
    )
    expected = [twin.train_on_batch(X, X) for _ in range(15)]
    capsys.readouterr()
    history = aelib.train(model, X)  # 15 epochs of one step
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-4)
    np.testing.assert_allclose(weights_of(model), weights_of(twin), atol=1e-4)
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 1
    assert "small" in shown.out
    assert shown.err == ""


def test_clean_images_are_the_target_of_corrupted_ones():
    # A mask over everything: nothing but the last bias can learn.
    model = models.denoising_autoencoder(layers.MaskingNoise(1), 9, (), 12)
    *before, _ = model.get_weights()
    aelib.train(model, np.round(X), epochs=60, rate=0.2, batch_size=13)
    *after, bias = model.get_weights()
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    learned = 1 / (1 + np.exp(-bias))
    np.testing.assert_allclose(learned, np.round(X).mean(axis=0), atol=0.05)


@pytest.mark.filterwarnings("error", "ignore:__array__ implementation")
def test_several_inputs_a_target_and_held_out_data():
    model = models.conditional_variational_autoencoder(9, 3, (), 2, beta=0.5)
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
        assert loss.shape == (2,)
        assert (kl > 1e-4).all()
        np.testing.assert_allclose(loss, error + 0.5 * kl, rtol=1e-5)
    encoder = model.get_layer("encoder")
    kl = losses.gaussian_kl(*encoder([HELD, CLASSES[:8]]))
    assert history["val_kl"][-1] == pytest.approx(np.mean(kl), rel=1e-4)


def test_target_that_is_not_the_input():
    target = RNG.random((13, 9), dtype="float32")
    model = models.dense_autoencoder(9, (), 4, output_activation="linear")
    options = {"epochs": 1, "rate": 1e-9, "batch_size": 5, "loss": "mse"}
    history = aelib.train(model, X, target, validation_data=(HELD, HELD), **options)
    x_hat = model.predict(X, verbose=0)
    assert history["loss"][0] == pytest.approx(np.mean((target - x_hat) ** 2), rel=1e-4)
    assert set(history) == {"loss", "mse", "val_loss", "val_mse"}
    held = model.predict(HELD, verbose=0)
    assert history["val_loss"][0] == pytest.approx(
        np.mean((HELD - held) ** 2), rel=1e-4
    )


def test_trained_model_is_saved_with_its_schedule_and_its_noise(tmp_path):
    # In a graph, as lessons train; tests/test_models.py does it without.
    model = models.variational_autoencoder(9, (), 2)
    aelib.train(model, X, epochs=2, batch_size=13)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    assert int(loaded.optimizer.iterations) == 2
    held = [
        m.evaluate(HELD, HELD, verbose=0, return_dict=True) for m in (model, loaded)
    ]
    assert set(held[0]) == {"loss", "cross_entropy", "kl"}
    for name, value in held[0].items():
        assert held[1][name] == pytest.approx(value, rel=1e-5)


# --- what it refuses --------------------------------------------------------------

BAD_COUNTS = [
    ("3", TypeError, "takes a whole number"),
    (2.0, TypeError, "takes a whole number"),
    (True, TypeError, "takes a whole number"),
    (0, ValueError, "takes a number of 1 or more, and got 0"),
]
BAD_ARRAYS = [
    (X * np.nan, ValueError, "holds NaN"),
    (X[:0], ValueError, "is empty"),
    (X.astype(str), TypeError, "takes an array of numbers"),
    (X > 0.5, TypeError, "takes an array of numbers"),
    (3.0, ValueError, "takes an array with rows, and got 3.0"),
]


@pytest.mark.parametrize(
    ("argument", "value", "kind", "message"),
    [
        *(("epochs", *bad) for bad in BAD_COUNTS),
        *(("batch_size", *bad) for bad in BAD_COUNTS),
        ("rate", "fast", TypeError, "takes a number"),
        ("rate", None, TypeError, "takes a number"),
        ("rate", -0.1, ValueError, "takes a number of 0 or more, and got -0.1"),
        ("rate", 0, ValueError, "takes a number above 0, and got 0"),
        ("rate", np.inf, ValueError, "takes a finite number"),
        *(("x", *bad) for bad in BAD_ARRAYS),
        *(("target", *bad) for bad in BAD_ARRAYS),
        ("validation_data", X, TypeError, "takes a pair, inputs and targets, and got"),
        ("validation_data", (X,), TypeError, "takes a pair, inputs and targets"),
        ("model", None, TypeError, "takes a keras.Model, and got None"),
        ("model", "vae", TypeError, "takes a keras.Model, and got 'vae'"),
        ("model", keras.layers.Dense(9), TypeError, "takes a keras.Model"),
        ("model", models.dense_autoencoder, TypeError, "takes a keras.Model"),
    ],
)
def test_bad_argument(monkeypatch, argument, value, kind, message):
    refuse_to_compile(monkeypatch)
    good = {"model": models.dense_autoencoder(9, (), 2), "x": X}
    with pytest.raises(kind) as error:
        aelib.train(**good | {argument: value})
    assert str(error.value).startswith(f"{argument} {message}")


@pytest.mark.parametrize(
    ("x", "target", "message"),
    [
        (X, X[:5], "x and target take the same length, and got 13 and 5"),
        ([X, CLASSES[:4]], X, r"x\[1\] and target take the same length, and got 4 and"),
        ((X, CLASSES[:4]), X, r"x\[1\] and target take the same length, and got 4 and"),
        ([X, CLASSES * np.nan], X, r"x\[1\] holds NaN"),
        ([X, CLASSES], None, "target cannot be left out where x is a list"),
    ],
)
def test_arrays_that_do_not_fit(monkeypatch, x, target, message):
    refuse_to_compile(monkeypatch)
    with pytest.raises(ValueError, match=message):
        aelib.train(models.dense_autoencoder(9, (), 2), x, target)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ((X, X[:5]), r"validation_data\[0\] and validation_data\[1\] take the same le"),
        ((X * np.nan, X), r"validation_data\[0\] holds NaN"),
        ((X, X[:0]), r"validation_data\[1\] is empty"),
        (([X, CLASSES[:4]], X), r"validation_data\[0\]\[1\] and validation_data\[1\]"),
    ],
)
def test_held_out_arrays_that_do_not_fit(monkeypatch, pair, message):
    refuse_to_compile(monkeypatch)
    model = models.dense_autoencoder(9, (), 2)
    with pytest.raises(ValueError, match=message):
        aelib.train(model, X, validation_data=pair)


def refuse_to_compile(monkeypatch):
    def touched(*args, **kwargs):
        raise AssertionError("the model was compiled")

    monkeypatch.setattr(keras.Model, "compile", touched)
