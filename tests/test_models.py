"""models.dense_autoencoder: its parts, its refusals, and saving."""

import itertools

import keras
import numpy as np
import pytest

from aelib import losses, models

X = np.random.default_rng(0).random((16, 6), dtype="float32")


@pytest.fixture
def model():
    return models.dense_autoencoder(6, (5, 4), 2, "tanh", "relu", "linear", "small")


def dense_layers(part):
    return [layer for layer in part.layers if isinstance(layer, keras.layers.Dense)]


def weights_are_equal(one, other):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


# --- what is built ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("input_size", "hidden", "code_size"),
    [(784, (128,), 32), (784, (256, 64), 2), (6, (), 3), (1, [1], 1), (4, (8,), 9)],
)
def test_shapes_and_parameters(input_size, hidden, code_size):
    model = models.dense_autoencoder(input_size, hidden, code_size)
    widths = [input_size, *hidden, code_size]
    widths += widths[-2::-1]
    assert model.input_shape == model.output_shape == (None, input_size)
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    assert encoder.output_shape == decoder.input_shape == (None, code_size)
    layers = dense_layers(encoder) + dense_layers(decoder)
    assert [layer.units for layer in layers] == widths[1:]
    pairs = itertools.pairwise(widths)
    assert model.count_params() == sum(a * b + b for a, b in pairs)
    assert model.predict(np.zeros((3, input_size)), verbose=0).shape == (3, input_size)


def test_names(model):
    assert model.name == "small"
    assert [layer.name for layer in model.layers] == ["input", "encoder", "decoder"]
    for part in ("encoder", "decoder"):
        names = [layer.name for layer in model.get_layer(part).layers]
        assert names == [f"{part}_input", *(f"{part}_{i}" for i in (1, 2, 3))]


def test_activations(model):
    layers = dense_layers(model.get_layer("encoder"))
    layers += dense_layers(model.get_layer("decoder"))
    names = [keras.activations.serialize(layer.activation) for layer in layers]
    assert names == ["tanh", "tanh", "relu", "tanh", "tanh", "linear"]


def test_defaults():
    model = models.dense_autoencoder()
    assert (model.name, model.input_shape) == ("autoencoder", (None, 784))
    assert model.count_params() == 784 * 128 * 2 + 128 * 32 * 2 + 128 * 2 + 32 + 784
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    layers = dense_layers(encoder) + dense_layers(decoder)
    names = [keras.activations.serialize(layer.activation) for layer in layers]
    assert names == ["relu", "linear", "relu", "sigmoid"]


@pytest.mark.parametrize("activation", models._ACTIVATIONS)
def test_every_known_activation_computes(activation):
    model = models.dense_autoencoder(6, (5,), 2, *[activation] * 3)
    assert np.isfinite(model.predict(X, verbose=0)).all()


def test_decoder_of_encoder_is_the_model(model):
    codes = model.get_layer("encoder").predict(X, verbose=0)
    decoded = model.get_layer("decoder").predict(codes, verbose=0)
    np.testing.assert_allclose(decoded, model.predict(X, verbose=0), atol=1e-6)


def test_the_model_is_not_compiled(model):
    assert not model.compiled


def test_numpy_whole_numbers():
    sizes = np.int64(6), np.array([5, 4]), np.uint8(2)
    model = models.dense_autoencoder(*sizes)
    plain = models.dense_autoencoder(6, (5, 4), 2)
    assert model.count_params() == plain.count_params()


# --- what is refused -------------------------------------------------------------

BAD_SIZES = [
    ("6", TypeError, "takes a whole number"),
    (6.0, TypeError, "takes a whole number"),
    (True, TypeError, "takes a whole number"),
    (None, TypeError, "takes a whole number"),
    (0, ValueError, "takes a number of 1 or more"),
    (-3, ValueError, "takes a number of 1 or more"),
]
BAD_ACTIVATIONS = [
    ("gelu!", ValueError, "takes one of 'linear'"),
    ("", ValueError, "takes one of 'linear'"),
    (None, TypeError, "takes one of 'linear'"),
    (np.tanh, TypeError, "takes one of 'linear'"),
]
BAD_HIDDEN = [
    ("128", TypeError, "takes a sequence of whole numbers"),
    (b"128", TypeError, "takes a sequence of whole numbers"),
    (128, TypeError, "takes a sequence of whole numbers"),
    (None, TypeError, "takes a sequence of whole numbers"),
]
BAD_NAMES = [
    ("", ValueError, "takes a text that is not empty"),
    (3, TypeError, "takes a text"),
    (None, TypeError, "takes a text"),
]
ACTIVATIONS = ("activation", "code_activation", "output_activation")


@pytest.mark.parametrize(
    ("argument", "value", "kind", "message"),
    [(argument, *bad) for argument in ("input_size", "code_size") for bad in BAD_SIZES]
    + [(argument, *bad) for argument in ACTIVATIONS for bad in BAD_ACTIVATIONS]
    + [("hidden", *bad) for bad in BAD_HIDDEN]
    + [("hidden", (8, width), kind, text) for width, kind, text in BAD_SIZES]
    + [("name", *bad) for bad in BAD_NAMES],
)
def test_bad_argument(monkeypatch, argument, value, kind, message):
    def touched(*args, **kwargs):
        raise AssertionError("Keras was called")

    monkeypatch.setattr(models.keras, "Input", touched)
    monkeypatch.setattr(models.layers, "Dense", touched)
    with pytest.raises(kind) as error:
        models.dense_autoencoder(**{argument: value})
    place = "hidden[1]" if isinstance(value, tuple) else argument
    assert str(error.value).startswith(f"{place} {message}")
    got = value[1] if isinstance(value, tuple) else value
    assert str(error.value).endswith(f"got {got!r}")


# --- saving ----------------------------------------------------------------------


def test_saved_model_predicts_and_trains_on(model, tmp_path):
    model.compile("adam", loss=losses.squared_error, jit_compile=False)
    model.fit(X, X, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(
        loaded.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6
    )
    assert loaded.loss is losses.squared_error
    assert loaded.optimizer.iterations == model.optimizer.iterations == 1
    histories = [
        m.fit(X, X, epochs=3, shuffle=False, verbose=0).history["loss"]
        for m in (model, loaded)
    ]
    np.testing.assert_allclose(*histories, rtol=1e-5)
    assert histories[1][-1] < histories[1][0]


@pytest.mark.parametrize("loss", [losses.squared_error, losses.cross_entropy])
def test_losses_are_registered(loss):
    name = f"aelib>{loss.__name__}"
    assert keras.saving.get_registered_object(name) is loss


def test_encoder_alone_saves_and_loads(model, tmp_path):
    encoder = model.get_layer("encoder")
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.models.load_model(tmp_path / "encoder.keras", safe_mode=True)
    assert loaded.output_shape == (None, 2)
    np.testing.assert_allclose(
        loaded.predict(X, verbose=0), encoder.predict(X, verbose=0), atol=1e-6
    )


def test_config_round_trip(model):
    again = keras.Model.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(
        again.predict(X, verbose=0), model.predict(X, verbose=0), atol=1e-6
    )


def test_the_seed_sets_the_weights():
    built = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        built.append(models.dense_autoencoder(6, (5,), 2))
    assert weights_are_equal(built[0], built[1])
    assert not weights_are_equal(built[0], built[2])
