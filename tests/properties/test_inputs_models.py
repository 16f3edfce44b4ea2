"""Any input of the builders: a model that can be saved, or an error that names it."""

import functools
import inspect
import itertools
import re

import attempts
import keras
import numpy as np
import pytest
from attempts import NOT_NUMBER, NOT_TEXT, NOT_WHOLE, accept, refuse, refuse_one
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aelib import layers, models

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

ACTIVATIONS = ("linear", "relu", "sigmoid", "silu", "softmax", "tanh")
MOST = 9  # numbers per input and per code, at most
SIZES = st.integers(1, MOST) | st.integers(1, MOST).map(np.uint8)
WIDTHS = st.lists(st.integers(1, 6), max_size=3)
WEIGHTS = st.sampled_from([0, 1, np.int64(2), np.float32(0.5)]) | st.floats(0, 1e3)
SHARES = st.floats(0, 1)


def layer(kind, *arguments, **named):
    """Return a strategy of functions that make a layer."""
    return st.builds(functools.partial, st.just(kind), *arguments, **named)


RIGHT = {
    "input_size": SIZES,
    "code_size": SIZES,
    "latent_size": SIZES,
    "classes": SIZES,
    "hidden": WIDTHS | WIDTHS.map(tuple) | WIDTHS.map(lambda w: np.array(w, "int64")),
    "activation": st.sampled_from(ACTIVATIONS),
    "code_activation": st.sampled_from(ACTIVATIONS),
    "output_activation": st.sampled_from(ACTIVATIONS),
    "weight_decay": WEIGHTS,
    "contraction": WEIGHTS,
    "beta": WEIGHTS,
    "name": st.from_regex(r"[A-Za-z0-9.][A-Za-z0-9_.-]{0,8}", fullmatch=True),
    "corruption": st.one_of(
        layer(layers.MaskingNoise, SHARES),
        layer(layers.SaltAndPepper, SHARES, st.integers(0, 2**32 - 1)),
        layer(layers.BlockOcclusion, st.integers(1, 3)),
        layer(keras.layers.GaussianNoise, SHARES),
        layer(keras.layers.Dropout, st.floats(0, 0.9)),
    ),
    "constraint": st.one_of(
        layer(layers.KeepLargest, st.integers(1, MOST)),
        layer(layers.L1Penalty, WEIGHTS),
        layer(layers.KLRatePenalty, WEIGHTS, st.floats(0.01, 0.99)),
        layer(keras.layers.ReLU, threshold=SHARES),
        layer(keras.layers.BatchNormalization),
    ),
}

BAD_SIZE = NOT_WHOLE | st.integers(max_value=0)
BAD_WEIGHT = NOT_NUMBER | st.floats(max_value=0, exclude_max=True) | st.just(10**400)
BAD_ACTIVATION = NOT_TEXT | st.text().filter(lambda text: text not in ACTIVATIONS)
BAD_WIDTHS = st.sampled_from(
    [None, 3, "64", b"64", 2.5, ["3"], [[2]], np.ones((2, 2)), np.ones(2), {}.get]
)
NO_LAYER = [None, 3, "noise", [], keras.layers.Dropout, models.dense_autoencoder]
# Layers that change the shape, or do not take it.
UNFIT = [
    keras.layers.Dense(MOST + 1),
    keras.layers.Reshape((1, -1)),
    keras.layers.RepeatVector(2),
    keras.layers.Embedding(3, 2),
    keras.layers.Add(),
    keras.layers.Conv1D(1, 1),
    keras.layers.InputLayer((3,)),
    keras.Sequential([keras.Input((MOST + 1,)), keras.layers.Dropout(0.1)]),
    layers.BlockOcclusion(MOST + 1),
    layers.KeepLargest(MOST + 1),
    layers.GaussianSampling(),
]
WRONG = {
    **dict.fromkeys(("input_size", "code_size", "latent_size", "classes"), BAD_SIZE),
    "hidden": BAD_WIDTHS | st.lists(BAD_SIZE, min_size=1, max_size=3),
    **dict.fromkeys(("weight_decay", "contraction", "beta"), BAD_WEIGHT),
    "name": NOT_TEXT
    | st.sampled_from(["", " \n", "a/b", "two words", "_a", "a\n", "\ud800"])
    | st.text().filter(lambda text: not re.fullmatch(r"[\w.-]*", text)),
    **dict.fromkeys(("corruption", "constraint"), st.sampled_from(NO_LAYER + UNFIT)),
}
WRONG |= {name: BAD_ACTIVATION for name in RIGHT if name.endswith("activation")}

BUILDERS = [
    function
    for name, function in vars(models).items()
    if inspect.isfunction(function) and not name.startswith("_")
]
every_builder = pytest.mark.parametrize("builder", BUILDERS, ids=lambda f: f.__name__)


def right_arguments(data, builder):
    """Return a value for every argument of a builder, such that they fit together."""
    names = list(inspect.signature(builder).parameters)
    right = data.draw(st.fixed_dictionaries({name: RIGHT[name] for name in names}))
    for name in {"corruption", "constraint"} & right.keys():
        right[name] = right[name]()
        if isinstance(right[name], layers.BlockOcclusion):
            right["input_size"] = MOST  # a square of 3 times 3
        if isinstance(right[name], layers.KeepLargest):
            right["code_size"] = max(right["code_size"], right[name].k)
    if builder is models.overcomplete_autoencoder:
        right["code_size"] = right["input_size"] + int(right["code_size"])
        if right["contraction"]:
            right["code_activation"] = "sigmoid"
    return right


def inputs_of(data, model):
    """Return arrays for the inputs of a model."""
    count = data.draw(st.integers(1, 4))
    arrays = [
        data.draw(
            npst.arrays(
                "float32", (count, *part.shape[1:]), elements=st.floats(0, 1, width=32)
            )
        )
        for part in model.inputs
    ]
    return arrays if len(arrays) > 1 else arrays[0]


def arrays_in(result):
    return list(attempts.numbers_in(result))


def penalties(model, x):
    """Return what is added to a model's loss."""
    accept(model.__call__, x)
    return [float(loss) for loss in model.losses]


def configs_of(model):
    """Return the configuration of every layer, those of the sub-models included."""
    found = {}
    for part in model.layers:
        inner = isinstance(part, keras.Model)
        found[part.name] = configs_of(part) if inner else part.get_config()
    return found


def check_activation(kind, x):
    """Check that numbers are in the range of what made them."""
    if kind in {"sigmoid", "softmax", "relu"}:
        assert np.all(x >= 0)
    if kind in {"sigmoid", "softmax", "tanh"}:
        assert np.all(np.abs(x) <= 1 + 1e-6)
    if kind == "softmax":
        np.testing.assert_allclose(x.sum(axis=-1), 1, rtol=1e-5)


@every_builder
@given(data=st.data())
@attempts.few()
def test_saved_model_predicts_the_same(builder, data, tmp_path_factory):
    right = right_arguments(data, builder)
    model = accept(builder, **right)
    x = inputs_of(data, model)
    folder = tmp_path_factory.mktemp("model")
    model.save(folder / "model.keras")
    loaded = keras.models.load_model(folder / "model.keras", safe_mode=True)
    assert loaded.name == model.name == right["name"]
    assert configs_of(loaded) == configs_of(model)
    # Twice, because a variational model goes on to draw.
    for _ in range(2):
        one, other = (accept(m.predict, x, verbose=0) for m in (model, loaded))
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(penalties(model, x), penalties(loaded, x))

    copy = type(model).from_config(model.get_config())
    assert configs_of(copy) == configs_of(model)
    copy.set_weights(model.get_weights())
    encoder = model.get_layer("encoder")
    encoder.save(folder / "encoder.keras")
    alone = keras.models.load_model(folder / "encoder.keras", safe_mode=True)
    codes = arrays_in(accept(encoder.__call__, x))
    for twin in (copy.get_layer("encoder"), loaded.get_layer("encoder"), alone):
        for one, other in zip(codes, arrays_in(twin(x)), strict=True):
            np.testing.assert_array_equal(one, other)


@every_builder
@given(data=st.data())
@attempts.few()
def test_shapes_ranges_and_parameters(builder, data):
    right = right_arguments(data, builder)
    model = accept(builder, **right)
    x = inputs_of(data, model)
    pixels, *label = x if isinstance(x, list) else [x]
    outputs = arrays_in(accept(model.__call__, x))[0]
    assert outputs.shape == pixels.shape == (len(pixels), right["input_size"])
    check_activation(right["output_activation"], outputs)
    codes = arrays_in(model.get_layer("encoder")(x))
    size = int(right.get("code_size", right.get("latent_size")))
    for code in codes:
        assert code.shape == (len(pixels), size)
    assert len(codes) == (2 if "latent_size" in right else 1)
    if "constraint" not in right and "code_activation" in right:
        check_activation(right["code_activation"], codes[0])
    # A row's code does not depend on the other rows.
    row = [part[-1:] for part in (pixels, *label)]
    alone = arrays_in(model.get_layer("encoder")(row if label else row[0]))
    np.testing.assert_allclose(alone[0], codes[0][-1:], rtol=1e-4, atol=1e-5)

    hidden = [int(width) for width in right.get("hidden", ())]
    widths = [int(right["input_size"]), *hidden, size]
    pairs = list(itertools.pairwise(widths)) + list(itertools.pairwise(widths[::-1]))
    parameters = sum((a + 1) * b for a, b in pairs)
    if "latent_size" in right:
        parameters += (widths[-2] + 1) * size  # the log-variance
    if "classes" in right:
        heads = 0 if hidden else size  # the class goes into mean and log-variance then
        parameters += int(right["classes"]) * (widths[1] + heads + widths[-2])
    if isinstance(right.get("constraint"), keras.layers.BatchNormalization):
        parameters += 4 * size
    assert model.count_params() == parameters


@every_builder
@given(data=st.data())
def test_wrong_argument(builder, data):
    right = right_arguments(data, builder)
    refuse_one(data, builder, right, {name: WRONG[name] for name in right})


@given(st.data(), st.integers(1, MOST), st.sampled_from(ACTIVATIONS))
def test_arguments_of_an_overcomplete_autoencoder_that_do_not_fit(
    data, excess, activation
):
    builder = models.overcomplete_autoencoder
    right = right_arguments(data, builder)
    refuse(builder, "code_size", **right | {"input_size": right["code_size"] + excess})
    if activation != "sigmoid":
        options = {"contraction": excess, "code_activation": activation}
        refuse(builder, "contraction", **right | options)


@given(st.data(), st.booleans())
@attempts.few()
def test_the_model_gets_a_copy_of_the_layer(data, sparse):
    builder = models.sparse_autoencoder if sparse else models.denoising_autoencoder
    right = right_arguments(data, builder)
    name = "constraint" if sparse else "corruption"
    one, other = (accept(builder, **right) for _ in range(2))
    if sparse:
        one, other = one.get_layer("encoder"), other.get_layer("encoder")
    copies = [model.get_layer(name) for model in (one, other)]
    assert copies[0] is not copies[1]
    assert right[name] not in copies
    for copy in copies:
        assert copy.get_config() == right[name].get_config() | {"name": name}
