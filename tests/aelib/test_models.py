"""Parts and builders: shapes, names, activations, precision, what they refuse."""

import keras
import numpy as np
import pytest

import aelib
from aelib import layers, models

RNG = np.random.default_rng(0)


def widths(part):
    return [layer.units for layer in part.layers if hasattr(layer, "units")]


def names(part):
    return [layer.name for layer in part.layers if layer.weights]


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_dense_parts():
    encoder = models.dense_encoder(20, (9, 7), 3)
    decoder = models.dense_decoder(3, (7, 9), 20)
    assert (widths(encoder), widths(decoder)) == ([9, 7, 3], [7, 9, 20])
    assert names(encoder) == ["encoder_1", "encoder_2", "encoder_3"]
    assert names(decoder) == ["decoder_1", "decoder_2", "decoder_3"]
    assert (encoder.name, decoder.name) == ("encoder", "decoder")
    kinds = [layer.activation.__name__ for layer in encoder.layers[1:]]
    kinds += [layer.activation.__name__ for layer in decoder.layers[1:]]
    assert kinds == ["relu", "relu", "linear", "relu", "relu", "sigmoid"]


def test_the_dense_autoencoder_where_nothing_is_said():
    model = models.dense_autoencoder()
    assert model.input_shape == (None, 784)
    assert (widths(model.encoder), widths(model.decoder)) == ([128, 32], [128, 784])


def test_the_dense_autoencoder_mirrors_its_encoder():
    noise, keep = keras.layers.GaussianNoise(0.1), layers.KeepLargest(2)
    model = models.dense_autoencoder(
        20, (9, 7), 3, constraint=keep, corruption=noise, name="mirror"
    )
    assert isinstance(model, aelib.Autoencoder)
    assert (widths(model.encoder), widths(model.decoder)) == ([9, 7, 3], [7, 9, 20])
    assert (model.constraint, model.corruption) == (keep, noise)
    assert model.name == "mirror"
    assert not model.compiled
    assert model.count_params() == 21 * 9 + 10 * 7 + 8 * 3 + 4 * 7 + 8 * 9 + 10 * 20


@pytest.mark.parametrize("side", [(28, 28), (9, 7), (27, 5)])
@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("upsampling", ["transposed", "resized"])
def test_convolutional_parts_keep_any_size(side, flat, upsampling):
    model = models.conv_autoencoder(
        (*side, 2), (3, 4), 5, flat, upsampling=upsampling, output_activation="linear"
    )
    x = RNG.random((2, *side, 2), dtype="float32")
    height, width = (-(-n // 4) for n in side)
    code = array(model.encoder(x))
    assert code.shape == ((2, 5) if flat else (2, height, width, 5))
    assert array(model(x)).shape == x.shape
    kernels = [w.shape for w in model.encoder.get_weights() if w.ndim == 4]
    assert kernels[:2] == [(3, 3, 2, 3), (3, 3, 3, 4)]
    if not flat:
        (first, *_) = (w.shape for w in model.decoder.get_weights() if w.ndim == 4)
        assert first == (3, 3, 5, 4)
    sizes = [w.shape[0] for w in model.decoder.get_weights() if w.ndim == 4]
    assert sizes == [3] * (not flat) + [4 if upsampling == "transposed" else 3] * 2
    resized = [layer for layer in model.decoder.layers if "doubled" in layer.name]
    assert len(resized) == 2 * (upsampling == "resized")
    assert [layer.size for layer in resized] == [(2, 2)] * len(resized)


def test_the_convolutional_autoencoder_where_nothing_is_said():
    model = models.conv_autoencoder()
    assert model.input_shape == model.output_shape == (None, 28, 28, 1)
    sizes = [layer.output.shape[1:] for layer in model.encoder.layers if layer.weights]
    assert sizes == [(14, 14, 16), (7, 7, 32), (32,)]
    kinds = [type(layer).__name__ for layer in model.decoder.layers if layer.weights]
    assert kinds == ["Dense", "Conv2DTranspose", "Conv2DTranspose"]
    for part in (model.encoder, model.decoder):
        names = [layer.name for layer in part.layers if layer.weights]
        assert names == [f"{part.name}_{i}" for i in (1, 2, 3)]


def test_image_codes_take_pages_of_any_size():
    model = models.conv_autoencoder((None, None, 1), (3, 4), 2, flat=False)
    for side in (8, 20):
        assert array(model(np.ones((1, side, side + 4, 1)))).shape[1:3] == (
            side,
            side + 4,
        )


def test_a_gaussian_head_on_any_body():
    for body, shape in (
        (models.dense_encoder(12, (), 5, code_activation="relu"), (12,)),
        (models.conv_encoder((8, 8, 1), (3,), 5, flat=False), (8, 8, 1)),
    ):
        encoder = models.gaussian_head(body, 2)
        x = RNG.random((3, *shape), dtype="float32")
        features = array(body(x))
        for name, found in zip(("mean", "log_variance"), encoder(x), strict=True):
            kernel, bias = encoder.get_layer(name).get_weights()
            np.testing.assert_allclose(found, features @ kernel + bias, atol=1e-5)


def test_the_variational_autoencoder_where_nothing_is_said():
    model = models.variational_autoencoder()
    assert model.input_shape == (None, 784)
    assert widths(model.encoder) == [256, 2, 2]
    assert widths(model.decoder) == [256, 784]
    assert model.constraint.beta == 1


def test_the_variational_autoencoder():
    model = models.variational_autoencoder(12, (8, 6), 2, beta=0.3)
    assert widths(model.encoder) == [8, 6, 2, 2]
    assert names(model.encoder) == ["encoder_1", "encoder_2", "mean", "log_variance"]
    assert widths(model.decoder) == [6, 8, 12]
    assert isinstance(model.constraint, layers.GaussianSampling)
    assert model.constraint.beta == 0.3


@pytest.mark.parametrize("make", ["dense", "conv", "variational"])
def test_both_halves_take_the_activations_that_are_asked_for(make):
    build = getattr(models, f"{make}_autoencoder")
    model = build(activation="tanh", output_activation="linear")
    for part in (model.encoder, model.decoder):
        kinds = {layer.activation.__name__ for layer in part.layers if layer.weights}
        assert kinds == {"tanh", "linear"}


@pytest.mark.parametrize("activation", ["gelu", "leaky_relu", keras.ops.sin])
def test_any_activation_of_keras(activation):
    x = RNG.normal(size=(4, 6)).astype("float32")
    encoder = models.dense_encoder(6, (), 3, code_activation=activation)
    kernel, bias = encoder.get_weights()
    function = keras.activations.get(activation)
    expected = array(function(keras.ops.convert_to_tensor(x @ kernel + bias)))
    np.testing.assert_allclose(array(encoder(x)), expected, atol=1e-5)


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_a_regularizer_counts_the_kernels_of_both_halves(dtype):
    ridge = keras.regularizers.L2(0.01)
    model = models.dense_autoencoder(9, (), 12, kernel_regularizer=ridge, dtype=dtype)
    model(np.ones((1, 9)))
    squares = sum((w**2).sum() for w in model.get_weights() if w.ndim == 2)
    assert float(sum(model.losses)) == pytest.approx(0.01 * squares, rel=1e-5)


@pytest.mark.parametrize("make", ["dense", "conv", "variational"])
def test_half_precision_inside_and_float32_at_the_end(make):
    build = getattr(models, f"{make}_autoencoder")
    model = build(dtype="mixed_float16")
    assert {layer.compute_dtype for layer in model.decoder.layers[1:-1]} == {"float16"}
    assert model.decoder.layers[-1].compute_dtype == "float32"
    shape = model.input_shape[1:]
    history = aelib.train(model, RNG.random((8, *shape), dtype="float32"), epochs=1)
    assert np.isfinite([values[-1] for values in history.values()]).all()


def test_the_seed_sets_the_weights():
    made = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        made.append(models.conv_autoencoder((8, 8, 1), (3,), 2).get_weights())
    for one, other in zip(made[0], made[1], strict=True):
        np.testing.assert_array_equal(one, other)
    assert (made[0][0] != made[2][0]).any()


@pytest.mark.parametrize(
    ("make", "arguments", "kind", "message"),
    [
        ("dense_encoder", (0, (), 2), ValueError, "input_size takes a number of 1"),
        ("dense_encoder", (9, 5, 2), TypeError, "hidden takes whole numbers such as"),
        ("dense_encoder", (9, (4, 0), 2), ValueError, r"hidden\[1\] takes a number of"),
        ("dense_decoder", (2, (), 9.0), TypeError, "output_size takes a whole number"),
        ("dense_encoder", (9, (), 2, "rely"), ValueError, "activation takes an activ"),
        ("dense_decoder", (2, (), 9, "relu", 3), ValueError, "output_activation takes"),
        ("dense_encoder", (9, (), 2, "relu", "relu", -1), ValueError, "classes takes"),
        ("conv_encoder", ((28, 28), (3,), 2), ValueError, "image_shape takes height"),
        ("conv_encoder", ((None, None, 1), (3,), 2), TypeError, r"image_shape\[0\]"),
        ("conv_encoder", ((8, 8, 1), (), 2), ValueError, "filters takes one layer"),
        ("conv_decoder", (2, (3,), (8, 8, 1), True, "up"), ValueError, "upsampling"),
        ("gaussian_head", (None, 2), TypeError, "body takes a functional model"),
        ("variational_autoencoder", (9, (), 2, "relu", "sigmoid", -1), ValueError, "b"),
    ],
)
def test_refusals(make, arguments, kind, message):
    with pytest.raises(kind, match=f"^{message}"):
        getattr(models, make)(*arguments)


@pytest.mark.parametrize("name", ["a b", "", "_a", "a/b"])
def test_a_name_that_tensorflow_would_refuse_later(name):
    with pytest.raises(ValueError, match=r"^name takes"):
        models.dense_autoencoder(9, (), 2, name=name)


def test_classes_need_a_flat_code():
    with pytest.raises(ValueError, match="classes takes 0 with flat=False, and got 3"):
        models.conv_encoder((8, 8, 1), (3,), 2, flat=False, classes=3)
