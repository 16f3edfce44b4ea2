"""The builders: their parts, their refusals, what they train, and saving."""

import inspect
import itertools
import json

import keras
import numpy as np
import pytest

from aelib import layers, losses, models

X = np.random.default_rng(0).random((16, 6), dtype="float32")


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


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


# The tests from here on take every builder; those above look at the dense one.

# --- every builder: what is built ------------------------------------------------

IMAGES = np.random.default_rng(1).random((14, 9), dtype="float32")
CLASSES = np.eye(3, dtype="float32")[np.arange(14) % 3]
# What Keras itself says to NumPy when it predicts is none of our warnings.
no_warning = pytest.mark.filterwarnings("error", "ignore:__array__ implementation")

PLAIN = ["input", "encoder", "decoder"]
CORRUPTED = ["input", "corruption", "encoder", "decoder"]
SAMPLED = ["input", "encoder", "sampling", "decoder"]
WITH_CLASS = ["input", "class", "encoder", "sampling", "decoder"]
WIDE = 9 * 12 + 12 + 12 * 9 + 9  # parameters of 9 → 12 → 9

# Maker, names of its layers, names of the encoder's last layers, parameters.
BUILDERS = {
    "dense": (
        lambda: models.dense_autoencoder(9, (6,), 4),
        PLAIN,
        ["encoder_1", "encoder_2"],
        9 * 6 + 6 + 6 * 4 + 4 + 4 * 6 + 6 + 6 * 9 + 9,
    ),
    "overcomplete": (
        lambda: models.overcomplete_autoencoder(9, 12),
        PLAIN,
        ["encoder_input", "encoder_1"],
        WIDE,
    ),
    "weight decay": (
        lambda: models.overcomplete_autoencoder(9, 12, "relu", weight_decay=0.01),
        PLAIN,
        ["encoder_input", "encoder_1"],
        WIDE,
    ),
    "contraction": (
        lambda: models.overcomplete_autoencoder(9, 12, contraction=0.3),
        PLAIN,
        ["encoder_input", "encoder_1"],
        WIDE,
    ),
    "masking": (
        lambda: models.denoising_autoencoder(layers.MaskingNoise(0.4), 9, (), 12),
        CORRUPTED,
        ["encoder_input", "encoder_1"],
        WIDE,
    ),
    "salt and pepper": (
        lambda: models.denoising_autoencoder(layers.SaltAndPepper(0.4), 9, (), 12),
        CORRUPTED,
        ["encoder_input", "encoder_1"],
        WIDE,
    ),
    "block": (
        lambda: models.denoising_autoencoder(layers.BlockOcclusion(2), 9, (), 12),
        CORRUPTED,
        ["encoder_input", "encoder_1"],
        WIDE,
    ),
    "gaussian noise": (
        lambda: models.denoising_autoencoder(
            keras.layers.GaussianNoise(0.4), 9, (10,), 12
        ),
        CORRUPTED,
        ["encoder_1", "encoder_2"],
        9 * 10 + 10 + 10 * 12 + 12 + 12 * 10 + 10 + 10 * 9 + 9,
    ),
    "largest": (
        lambda: models.sparse_autoencoder(layers.KeepLargest(3), 9, 12, "linear"),
        PLAIN,
        ["encoder_1", "constraint"],
        WIDE,
    ),
    "l1": (
        lambda: models.sparse_autoencoder(layers.L1Penalty(0.3), 9, 12),
        PLAIN,
        ["encoder_1", "constraint"],
        WIDE,
    ),
    "kl rate": (
        lambda: models.sparse_autoencoder(layers.KLRatePenalty(0.3), 9, 12, "sigmoid"),
        PLAIN,
        ["encoder_1", "constraint"],
        WIDE,
    ),
    "threshold": (
        lambda: models.sparse_autoencoder(keras.layers.ReLU(threshold=0.5), 9, 12),
        PLAIN,
        ["encoder_1", "constraint"],
        WIDE,
    ),
    "variational": (
        lambda: models.variational_autoencoder(9, (6,), 2, beta=0.3),
        SAMPLED,
        ["encoder_1", "mean", "log_variance"],
        9 * 6 + 6 + 2 * (6 * 2 + 2) + 2 * 6 + 6 + 6 * 9 + 9,
    ),
    "conditional": (
        lambda: models.conditional_variational_autoencoder(9, 3, (6,), 2, beta=0.3),
        WITH_CLASS,
        ["encoder_join", "encoder_1", "mean", "log_variance"],
        12 * 6 + 6 + 2 * (6 * 2 + 2) + 5 * 6 + 6 + 6 * 9 + 9,
    ),
}
DENOISING = ["masking", "salt and pepper", "block", "gaussian noise"]
VARIATIONAL = ["variational", "conditional"]
# Those with a penalty, whose weight is 0.3, and what it is called in the history.
PENALISED = {
    "contraction": "contraction",
    "l1": "l1",
    "kl rate": "kl_rate",
    "variational": "kl",
    "conditional": "kl",
}

every_builder = pytest.mark.parametrize("name", BUILDERS)
every_denoising = pytest.mark.parametrize("name", DENOISING)
every_penalised = pytest.mark.parametrize("name", PENALISED)


def build(name):
    """Return a model and what it takes: images, or images and classes."""
    images = [IMAGES, CLASSES] if name == "conditional" else IMAGES
    return BUILDERS[name][0](), images


def code_of(model, images):
    """Return what the decoder takes: the code (its mean), with classes if need be."""
    code = model.get_layer("encoder")(images)
    code = code[0] if isinstance(code, list) else code
    code = np.asarray(code)  # Keras takes no list of an array and a tensor
    return [code, images[1]] if isinstance(images, list) else code


def compile_small(model, optimizer="adam", **options):
    """Compile for a few steps on a few images: without a graph, which takes longer."""
    options = {"jit_compile": False, "run_eagerly": True} | options
    loss = losses.squared_error
    model.compile(optimizer, loss, metrics=[loss], **options)
    return model


def fit(model, images, epochs=2, batch_size=8):
    """Train in a fixed order; return the history. The last batch is a small one."""
    target = images[0] if isinstance(images, list) else images
    options = {"batch_size": batch_size, "shuffle": False, "verbose": 0}
    return model.fit(images, target, epochs=epochs, **options).history


def steps(model, images, count):
    """Train without the set-up of a `fit`; return the losses of the last step."""
    target = images[0] if isinstance(images, list) else images
    for _ in range(count):
        found = model.train_on_batch(images, target, return_dict=True)
    return found


def evaluate(model, images):
    target = images[0] if isinstance(images, list) else images
    return model.evaluate(images, target, batch_size=8, verbose=0, return_dict=True)


def predict(model, images):
    return model.predict(images, batch_size=8, verbose=0)


@no_warning
@every_builder
def test_parts_and_parameters(name):
    _, names, last_names, parameters = BUILDERS[name]
    model, images = build(name)
    assert not model.compiled
    assert model.count_params() == parameters
    assert [layer.name for layer in model.layers] == names
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    found = [layer.name for layer in encoder.layers]
    assert found[0] == "encoder_input"
    assert found[-len(last_names) :] == last_names
    assert decoder.layers[0].name == "decoder_input"
    conditional = name == "conditional"
    assert model.input_shape == ([(None, 9), (None, 3)] if conditional else (None, 9))
    assert model.output_shape == (None, 9)
    for training in (False, True):
        assert model(images, training=training).shape == (14, 9)
    code = code_of(model, images)  # the encoder works alone, without a corruption
    assert decoder(code).shape == (14, 9)
    if name in VARIATIONAL:
        latent = (None, 2)
        assert encoder.output_shape == [latent, latent]
        assert [t.shape for t in decoder.inputs] == [latent, (None, 3)][
            : 1 + conditional
        ]


@every_builder
def test_names_do_not_depend_on_what_was_built_before(name):
    (first, _), (second, _) = build(name), build(name)
    assert first.get_config() == second.get_config()
    paths = [[w.path for w in model.weights] for model in (first, second)]
    assert paths[0] == paths[1]
    assert len(set(paths[0])) == len(paths[0])


@every_builder
def test_the_model_is_its_decoder_after_its_encoder(name):
    model, images = build(name)
    if name in VARIATIONAL:  # no variance: every draw is the mean
        layer = model.get_layer("encoder").get_layer("log_variance")
        layer.set_weights([np.zeros((6, 2)), np.full(2, -200)])
    expected = model.get_layer("decoder")(code_of(model, images))
    np.testing.assert_allclose(model(images), expected, atol=1e-6)


@every_builder
def test_config_round_trip_of_every_builder(name):
    model, images = build(name)
    again = keras.Model.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    again.set_weights(model.get_weights())
    codes = [np.asarray(m.get_layer("encoder")(images)) for m in (model, again)]
    np.testing.assert_allclose(*codes, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "name", "parameters"),
    [
        (models.overcomplete_autoencoder(), "overcomplete", 2 * 784 * 1024 + 1808),
        (models.denoising_autoencoder(layers.MaskingNoise(0.5)), "denoising", 1607440),
        (models.sparse_autoencoder(layers.KeepLargest(25)), "sparse", 1607440),
        (models.variational_autoencoder(), "variational", 404244),
        (models.conditional_variational_autoencoder(), "conditional", 409364),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_defaults_of_the_others(model, name, parameters):
    assert model.name == name
    assert model.count_params() == parameters
    assert model.output_shape == (None, 784)


def test_without_hidden_layers_the_encoder_is_linear():
    model = models.conditional_variational_autoencoder(9, np.int64(3), (), 2)
    assert model.count_params() == 2 * (12 * 2 + 2) + 5 * 9 + 9
    encoder = model.get_layer("encoder")
    kernel, bias = encoder.get_layer("mean").get_weights()
    expected = np.concatenate([IMAGES, CLASSES], axis=1) @ kernel + bias
    np.testing.assert_allclose(encoder([IMAGES, CLASSES])[0], expected, atol=1e-5)


def test_activations_of_the_others():
    for make, hidden, last in [
        (models.variational_autoencoder, "tanh", "linear"),
        (models.conditional_variational_autoencoder, "relu", "sigmoid"),
    ]:
        model = make(9, hidden=(6,), activation=hidden, output_activation=last)
        parts = model.get_layer("encoder"), model.get_layer("decoder")
        found = [
            keras.activations.serialize(layer.activation)
            for part in parts
            for layer in dense_layers(part)
        ]
        assert found == [hidden, "linear", "linear", hidden, last]


# --- every builder: what is refused ----------------------------------------------

BAD_NUMBERS = [
    ("1", TypeError, "takes a number"),
    (None, TypeError, "takes a number"),
    (True, TypeError, "takes a number"),
    (np.nan, ValueError, "takes a finite number"),
    (-0.1, ValueError, "takes a number of 0 or more"),
]
BAD_LAYERS = [
    (None, TypeError, "takes a Keras layer"),
    ("masking", TypeError, "takes a Keras layer"),
    (layers.MaskingNoise, TypeError, "takes a Keras layer"),
    (0.5, TypeError, "takes a Keras layer"),
]
BAD = {
    **dict.fromkeys(("input_size", "code_size", "latent_size", "classes"), BAD_SIZES),
    **dict.fromkeys(ACTIVATIONS, BAD_ACTIVATIONS),
    **dict.fromkeys(("weight_decay", "contraction", "beta"), BAD_NUMBERS),
    **dict.fromkeys(("corruption", "constraint"), BAD_LAYERS),
    "hidden": BAD_HIDDEN
    + [((8, width), kind, text) for width, kind, text in BAD_SIZES],
    "name": BAD_NAMES,
}
OTHERS = [
    models.overcomplete_autoencoder,
    models.denoising_autoencoder,
    models.sparse_autoencoder,
    models.variational_autoencoder,
    models.conditional_variational_autoencoder,
]


def bad_arguments():
    """Return a case for every bad value of every argument of every other builder."""
    return [
        pytest.param(make, argument, *bad, id=f"{make.__name__}-{argument}-{bad[0]!r}")
        for make in OTHERS
        for argument in inspect.signature(make).parameters
        for bad in BAD[argument]
    ]


@pytest.fixture
def keras_untouched(monkeypatch):
    def touched(*args, **kwargs):
        raise AssertionError("Keras was called")

    monkeypatch.setattr(models.keras, "Input", touched)
    monkeypatch.setattr(models.layers, "Dense", touched)
    for name in ("ContractiveDense", "GaussianSampling"):
        monkeypatch.setattr(models, name, touched)


@pytest.mark.parametrize(
    ("make", "argument", "value", "kind", "message"), bad_arguments()
)
def test_bad_argument_of_the_others(
    keras_untouched, make, argument, value, kind, message
):
    wanted = inspect.signature(make).parameters
    layer = {"corruption": layers.MaskingNoise(0.5), "constraint": layers.L1Penalty(1)}
    good = {name: layer[name] for name in wanted if name in layer}
    with pytest.raises(kind) as error:
        make(**good | {argument: value})
    if make is models.overcomplete_autoencoder and argument == "code_size":
        message = message.replace("of 1 or more", "of 784 or more")
    place = "hidden[1]" if isinstance(value, tuple) else argument
    assert str(error.value).startswith(f"{place} {message}")
    got = value[1] if isinstance(value, tuple) else value
    assert str(error.value).endswith(f"got {got!r}")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: models.overcomplete_autoencoder(9, 8),
            "code_size takes a number of 9 or more, and got 8",
        ),
        (
            lambda: models.overcomplete_autoencoder(9, 12, "relu", contraction=0.1),
            "contraction needs code_activation='sigmoid', and got 'relu'",
        ),
    ],
)
def test_overcomplete_refuses(keras_untouched, make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: models.sparse_autoencoder(layers.KeepLargest(13), 9, 12),
            "k takes a number from 1 to 12, and got 13",
        ),
        (
            lambda: models.denoising_autoencoder(layers.BlockOcclusion(4), 9),
            "size takes a number from 1 to 3, and got 4",
        ),
        (
            lambda: models.denoising_autoencoder(layers.BlockOcclusion(1), 8),
            "BlockOcclusion takes square images",
        ),
    ],
)
def test_layer_that_does_not_fit_the_model(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- every builder: a layer of its own -------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        layers.MaskingNoise(0.3, seed=4, name="mine"),
        layers.BlockOcclusion(2, name="mine"),
        keras.layers.GaussianNoise(0.4, seed=3, name="mine"),
    ],
)
def test_two_models_draw_from_sources_of_their_own(layer):
    one, other = (models.denoising_autoencoder(layer, 9, (), 12) for _ in range(2))
    copies = [model.get_layer("corruption") for model in (one, other)]
    assert layer.name == "mine"
    assert len({id(layer), *map(id, copies)}) == 3
    for copy in copies:
        assert type(copy) is type(layer)
        assert copy.get_config() == layer.get_config() | {"name": "corruption"}
    before = copies[1].seed_generator.state.numpy()
    one(IMAGES, training=True)
    np.testing.assert_array_equal(copies[1].seed_generator.state.numpy(), before)


def test_two_models_pay_for_themselves():
    layer = layers.L1Penalty(0.3, name="mine")
    one, other = (models.sparse_autoencoder(layer, 9, 12) for _ in range(2))
    one(IMAGES)
    other(2 * IMAGES)
    assert layer.name == "mine"
    assert not layer.built
    for model, images in ((one, IMAGES), (other, 2 * IMAGES)):
        expected = np.abs(model.get_layer("encoder")(images)).sum(axis=1).mean()
        one(IMAGES)
        other(2 * IMAGES)
        (loss,) = model.losses
        assert float(loss) == pytest.approx(0.3 * expected, rel=1e-5)
        (tracker,) = model.metrics
        assert float(tracker.result()) == pytest.approx(expected, rel=1e-5)


# --- corruptions: in training only, and before the encoder -----------------------


@every_denoising
def test_encoder_gets_the_corrupted_image_in_training_only(name):
    model, _ = build(name)
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    layer = model.get_layer("corruption")
    state = layer.seed_generator.state.numpy()
    found = model(IMAGES, training=True)
    layer.seed_generator.state.assign(state)  # the same noise once more
    corrupted = layer(IMAGES, training=True)
    assert (np.asarray(corrupted) != IMAGES).any(axis=1).mean() > 0.9
    np.testing.assert_allclose(found, decoder(encoder(corrupted)), atol=1e-6)
    for training in (False, None):
        clean = model(IMAGES, training=training)
        np.testing.assert_allclose(clean, decoder(encoder(IMAGES)), atol=1e-6)


def test_fit_repairs_what_the_corruption_broke():
    # A mask over everything: the encoder sees black images. So nothing but the last
    # bias can learn, and one step takes it to the mean of the clean images.
    model = models.denoising_autoencoder(
        layers.MaskingNoise(1), 9, (), 12, output_activation="linear"
    )
    *before, bias = model.get_weights()
    assert not bias.any()
    compile_small(model, keras.optimizers.SGD(0.5))
    fit(model, IMAGES, epochs=1, batch_size=14)
    *after, bias = model.get_weights()
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(bias, IMAGES.mean(axis=0), atol=1e-6)
    assert predict(model, IMAGES).std(axis=0).min() > 0.01  # which sees the images


@every_denoising
def test_every_epoch_has_noise_of_its_own(name):
    model, _ = build(name)
    compile_small(model, keras.optimizers.SGD(0.0))  # nothing but the noise changes
    history = fit(model, IMAGES, epochs=4)["loss"]
    assert len(set(history)) == 4
    clean = [model.test_on_batch(IMAGES, IMAGES)[0] for _ in range(2)]
    assert clean[0] == clean[1]


# --- penalties: in the loss, and reported apart ----------------------------------


@every_penalised
def test_loss_is_the_error_and_the_weighted_penalty(name):
    model, images = build(name)
    compile_small(model)
    history = fit(model, images, epochs=3)
    held = evaluate(model, images)
    reported = PENALISED[name]
    assert set(history) == set(held) == {"loss", "squared_error", reported}
    for values in (history, held):
        values = {key: np.array(value) for key, value in values.items()}
        assert (values[reported] > 1e-3).all()
        penalty = values["loss"] - values["squared_error"]
        np.testing.assert_allclose(penalty, 0.3 * values[reported], rtol=1e-3)


def test_reported_penalties_against_numpy():
    for name in ("l1", "variational", "conditional"):
        model, images = build(name)
        compile_small(model)
        codes = model.get_layer("encoder")(images)
        per_image = (
            np.abs(codes).sum(axis=1) if name == "l1" else losses.gaussian_kl(*codes)
        )
        found = evaluate(model, images)[PENALISED[name]]
        assert found == pytest.approx(np.mean(per_image), rel=1e-5)


def test_weight_decay_counts_kernels_and_no_biases():
    model, images = build("weight decay")
    model.set_weights([w + 0.5 for w in model.get_weights()])
    squares = sum((w**2).sum() for w in model.get_weights() if w.ndim == 2)
    assert float(sum(model.losses)) == pytest.approx(0.01 * squares, rel=1e-5)
    held = evaluate(compile_small(model), images)
    penalty = held["loss"] - held["squared_error"]
    assert penalty == pytest.approx(0.01 * squares, rel=1e-3)


WEIGHTED = {
    "weight decay": lambda w: models.overcomplete_autoencoder(9, 12, weight_decay=w),
    "contraction": lambda w: models.overcomplete_autoencoder(9, 12, contraction=w),
    "l1": lambda w: models.sparse_autoencoder(layers.L1Penalty(w), 9, 12),
    "kl rate": lambda w: models.sparse_autoencoder(
        layers.KLRatePenalty(w), 9, 12, "sigmoid"
    ),
    "variational": lambda w: models.variational_autoencoder(9, (), 2, beta=w),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_penalty_changes_what_is_learned(name):
    sizes = []
    for weight in (0, 5):
        keras.utils.set_random_seed(0)
        model = compile_small(WEIGHTED[name](weight), keras.optimizers.SGD(0.01))
        assert float(sum(model.losses)) == 0 or weight
        steps(model, IMAGES, 6)
        if name == "weight decay":
            penalty = sum((w**2).sum() for w in model.get_weights() if w.ndim == 2)
        else:
            # A model of weight 1 says how large the penalty of these weights is.
            judge = compile_small(WEIGHTED[name](1))
            judge.set_weights(model.get_weights())
            found = judge.test_on_batch(IMAGES, IMAGES, return_dict=True)
            penalty = found[PENALISED[name]]
        sizes.append(penalty)
    assert sizes[1] < 0.97 * sizes[0]


# --- every builder: saving -------------------------------------------------------


@no_warning
@every_builder
def test_saved_model_goes_on_as_if_it_had_not_been_saved(name, tmp_path):
    model, images = build(name)
    compile_small(model)
    fit(model, images)
    evaluate(model, images)
    predict(model, images)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert json.dumps(loaded.get_config()) == json.dumps(model.get_config())
    predicted = [m(images) for m in (model, loaded)]
    np.testing.assert_allclose(*predicted, atol=1e-6)
    expected, found = (steps(m, images, 2) for m in (model, loaded))
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 6
    # Keras does not save where its own GaussianNoise was: the noise after loading is
    # other noise, and the losses agree no better than noise does.
    tolerance = 0.3 if name == "gaussian noise" else 1e-5
    assert set(found) == set(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=tolerance)


@pytest.mark.parametrize("name", VARIATIONAL)
def test_encoder_and_decoder_alone_save_and_load(name, tmp_path):
    model, images = build(name)
    for part, x in (("encoder", images), ("decoder", code_of(model, images))):
        model.get_layer(part).save(tmp_path / f"{part}.keras")
        loaded = keras.models.load_model(tmp_path / f"{part}.keras", safe_mode=True)
        np.testing.assert_allclose(loaded(x), model.get_layer(part)(x), atol=1e-6)
