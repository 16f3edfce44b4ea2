"""Any input of `aelib.train`: a finite history, or an error that names it."""

import functools

import attempts
import keras
import numpy as np
import pytest
from attempts import NOT_NUMBER, NOT_WHOLE, accept, broken, refuse, refuse_one
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import aelib
from aelib import losses, models

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

LOSSES = [
    losses.squared_error,
    losses.cross_entropy,
    losses.multinomial_nll,
    keras.losses.MeanSquaredError(),
    keras.losses.mean_absolute_error,
    functools.partial(keras.losses.huber, delta=0.5),
    "mse",
    "binary_crossentropy",
]
NO_MODEL = [None, "vae", keras.layers.Dense(3), keras.Model, models.dense_autoencoder]
NO_MODEL += [keras.Sequential([keras.layers.Dense(3)])]
NO_LOSS = [None, 3, "", "no such loss", keras.losses.MeanSquaredError, ["mse"], {}]
COUNTS = st.integers(1, 3) | st.integers(1, 3).map(np.int64)
BAD_COUNT = NOT_WHOLE | st.integers(max_value=0)
RATES = st.floats(1e-6, 0.1) | st.just(np.float32(0.01))


def model_for(features):
    return models.dense_autoencoder(features, (3,), 2, name="tried")


def pixels(rows, features):
    """Return a strategy of images, floats or whole numbers."""
    floats = npst.arrays(
        "float32", (rows, features), elements=st.floats(0, 1, width=32)
    )
    whole = npst.arrays("uint8", (rows, features), elements=st.integers(0, 1))
    return floats | floats.map(np.float64) | whole


@st.composite
def arguments(draw):
    """Draw arguments that fit together, all but the model."""
    rows, features = draw(st.integers(1, 7)), draw(st.integers(2, 4))
    held = draw(st.integers(1, 3))
    return {
        "x": draw(pixels(rows, features)),
        "target": draw(pixels(rows, features)),
        "epochs": draw(COUNTS),
        "loss": draw(st.sampled_from(LOSSES)),
        "rate": draw(RATES),
        "batch_size": draw(st.integers(1, 9)),
        "validation_data": draw(
            st.none() | st.tuples(pixels(held, features), pixels(held, features))
        ),
    }


@given(arguments(), st.booleans())
@attempts.few()
def test_train(right, leave_out):
    x, target = right["x"], right["target"]
    if leave_out:
        right["target"], target = None, x
    model = model_for(x.shape[1])
    before = keras.ops.convert_to_numpy(model(x))
    history = accept(aelib.train, model, **right)
    for values in history.values():
        assert len(values) == right["epochs"]
    steps = -(-len(x) // right["batch_size"]) * right["epochs"]
    assert int(model.optimizer.iterations) == steps
    own, *more = [name for name in history if name.removeprefix("val_") != "loss"]
    np.testing.assert_allclose(history[own], history["loss"], rtol=1e-4)
    assert bool(more) == (right["validation_data"] is not None)
    if right["batch_size"] >= len(x) and right["loss"] is losses.squared_error:
        expected = ((target.astype("float64") - before) ** 2).sum(axis=1).mean()
        np.testing.assert_allclose(history["loss"][0], expected, rtol=1e-4)


@given(st.integers(1, 5), st.integers(1, 4), st.data())
@attempts.few()
def test_several_inputs(rows, classes, data):
    model = models.conditional_variational_autoencoder(3, classes, (), 2)
    x, label = data.draw(pixels(rows, 3)), data.draw(pixels(rows, classes))
    history = accept(aelib.train, model, [x, label], x, epochs=1)
    np.testing.assert_allclose(
        history["loss"], np.add(history["cross_entropy"], history["kl"]), rtol=1e-4
    )
    unfit = [x, [], [x], [x, label, x], [x, label[:, :-1]], [x, [*list(label), 0]]]
    refuse(aelib.train, "x", model, data.draw(st.sampled_from(unfit)), x)
    refuse(aelib.train, "target", model, [x, label])


@given(arguments(), st.data())
def test_wrong_argument(right, data):
    x = right["x"]
    more_rows, wider = np.repeat(x, 2, axis=0), np.repeat(x, 2, axis=1)
    unfit = st.sampled_from([more_rows, x[0], x[..., None], 3.0, "x", {"x": x}])
    pairs = [x, (x,), [x, x, x], "ab", {}, 3, (wider, x), (x, more_rows), (None, x)]
    right["model"] = model_for(x.shape[1])
    wrong = {
        "model": st.sampled_from(NO_MODEL),
        "x": broken(x) | unfit | st.just(wider) | st.just([x, x]),
        # None stands for x, and what a loss of Keras compares is its own affair.
        "target": broken(x).filter(lambda array: array is not None)
        | st.sampled_from([more_rows, 3.0, "x", {"x": x}, [[1], [1, 2]]]),
        "epochs": BAD_COUNT,
        "batch_size": BAD_COUNT,
        "rate": NOT_NUMBER | st.floats(max_value=0) | st.just(10**400),
        "loss": st.sampled_from(NO_LOSS),
        "validation_data": st.sampled_from(pairs)
        | st.tuples(broken(x), st.just(x))
        | st.tuples(st.just(x), broken(x)),
    }
    if right["loss"] in LOSSES[:3]:
        wrong["target"] |= st.sampled_from([wider, x[:, :1], x[..., None], x[:, 0]])
    refuse_one(data, aelib.train, right, wrong)
