"""Any input of `aelib.losses`: the right number of each row, or an error.

Arrays and lists are checked in full, tensors for their type and shape: a loss is also
built into a graph, where no value is known yet.
"""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from attempts import (
    accept,
    broken,
    holding,
    misshapen,
    refuse,
    refuse_one,
    resized,
    tables,
)
from hypothesis import given
from hypothesis import strategies as st

from aelib import losses

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

FAR = [2e15, -1e30, 1e300]


def squared_error(x, x_hat):
    return ((x - x_hat) ** 2).sum(axis=1)


def cross_entropy(x, x_hat):
    p = np.clip(x_hat, 1e-7, 1 - 1e-7)
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=1)


def gaussian_kl(mean, log_variance):
    return (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1) / 2


def multinomial_nll(x, p):
    return -(x * np.log(np.maximum(p, 1e-30))).sum(axis=1)


# Each loss of two tables: the same in NumPy, and for each argument the numbers that it
# takes, and some that it does not.
PAIRS = {
    losses.squared_error: (
        squared_error,
        {"x": (-64, 64, FAR), "x_hat": (-64, 64, FAR)},
    ),
    losses.cross_entropy: (
        cross_entropy,
        {"x": (0, 1, [-0.1, 1.1, *FAR]), "x_hat": (0, 1, [-0.1, 1.1, *FAR])},
    ),
    losses.gaussian_kl: (
        gaussian_kl,
        {"mean": (-64, 64, FAR), "log_variance": (-64, 64, [81, *FAR])},
    ),
    losses.multinomial_nll: (
        multinomial_nll,
        {"x": (0, 64, [-0.1, *FAR]), "p": (0, 1, [-0.1, 1.1, *FAR])},
    ),
}
every_pair = pytest.mark.parametrize("loss", PAIRS, ids=lambda loss: loss.__name__)
FORMS = {
    "as it is": lambda array: array,
    "tensor": tf.convert_to_tensor,
    "variable": tf.Variable,
    "variable of Keras": lambda array: keras.Variable(np.asarray(array, "float32")),
}


def test_every_loss_is_tried():
    found = {
        function
        for name, function in inspect.getmembers(losses, inspect.isfunction)
        if function.__module__ == "aelib.losses" and not name.startswith("_")
    }
    assert found == {*PAIRS, losses.masked_squared_error}


def pair(
    data, loss, dtypes=("float64", "float32", "float16", "int64", "uint8", "int8")
):
    """Draw the two tables of a loss."""
    shape = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    return {
        name: data.draw(tables(*shape, low, high, dtypes), label=name)
        for name, (low, high, _) in PAIRS[loss][1].items()
    }


def as_numbers(value):
    return np.asarray(keras.ops.convert_to_numpy(value), "float64")


@every_pair
@given(st.data())
def test_a_loss_is_its_formula(loss, data):
    right = pair(data, loss)
    expected = PAIRS[loss][0](*map(as_numbers, right.values()))
    form = st.sampled_from(sorted(FORMS))
    formed = {name: FORMS[data.draw(form)](array) for name, array in right.items()}
    found = as_numbers(accept(loss, **formed))
    assert found.shape == expected.shape
    # Keras cuts off at 1 - 1e-7, which in float32 is 1 - 1.2e-7.
    rtol = 0.02 if loss is losses.cross_entropy else 1e-4
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-3)


@every_pair
@pytest.mark.parametrize("shape", [(None, None), (4, None), (None, 3)], ids=str)
def test_a_loss_in_a_graph(loss, shape):
    rows = np.random.default_rng(0).random((2, 4, 3), dtype="float32")
    spec = tf.TensorSpec(shape, tf.float32)
    traced = tf.function(loss, input_signature=[spec, spec])
    np.testing.assert_allclose(traced(*rows), loss(*rows), rtol=1e-5)


@every_pair
def test_a_loss_of_inputs_without_values(loss):
    inputs = [keras.KerasTensor((None, 3)) for _ in range(2)]
    assert loss(*inputs).shape == (None,)
    first = next(iter(PAIRS[loss][1]))
    refuse(loss, first, keras.KerasTensor((None, 4)), inputs[1])
    refuse(loss, first, keras.KerasTensor((None, 1)), inputs[1])
    with pytest.raises(ValueError, match=r"axis or more, and got shape <unknown>"):
        tf.function(loss, input_signature=[tf.TensorSpec(None)] * 2)(
            *np.ones((2, 4, 3))
        )


@every_pair
@given(st.data())
def test_a_loss_refuses(loss, data):
    right = pair(data, loss)
    wrong = {}
    for name, (_, _, outside) in PAIRS[loss][1].items():
        array = np.asarray(right[name])
        wrong[name] = broken(array) | misshapen(array) | resized(array)
        wrong[name] |= holding(array, st.sampled_from(outside))
        wrong[name] |= st.sampled_from(
            [
                tf.constant(array.astype(str)),
                tf.constant(array > 0),
                tf.constant(array.astype("complex64")),
                tf.constant(array[None]),
                tf.constant(array[0]),
                tf.constant(np.tile(array, (2, 1))),
                tf.constant(np.tile(array, 2)),
            ]
        )
    refuse_one(data, loss, right, wrong)


@every_pair
@given(st.data(), st.permutations(range(5)))
def test_rows_do_not_know_each_other(loss, data, order):
    first, second = (np.asarray(a, "float32") for a in pair(data, loss).values())
    order = [i for i in order if i < len(first)]
    found, again = loss(first, second), loss(first[order], second[order])
    np.testing.assert_allclose(again, as_numbers(found)[order], rtol=1e-5, atol=1e-5)
    more = loss(first[None], second[None])  # as of several draws for every image
    np.testing.assert_allclose(more, as_numbers(found)[None], rtol=1e-5, atol=1e-5)


@st.composite
def targets(draw):
    shape = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    values = np.asarray(draw(tables(*shape, -64, 64)), "float64")
    known = np.round(np.asarray(draw(tables(*shape)), "float64"))
    kind = draw(st.sampled_from(["float64", "float32", "int64", "int8"]))
    target = np.stack([values, known], axis=1).astype(kind)
    return {
        "target": draw(st.sampled_from([target, target.tolist()])),
        "x_hat": draw(tables(*shape, -64, 64)),
    }


@given(targets(), st.sampled_from(sorted(FORMS)), st.floats(-1e6, 1e6))
def test_masked_squared_error(right, form, other):
    target, x_hat = map(as_numbers, right.values())
    values, known = target[:, 0], target[:, 1]
    found = accept(losses.masked_squared_error, FORMS[form](target), right["x_hat"])
    expected = (known * (values - x_hat) ** 2).sum(axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    hidden = np.stack([np.where(known == 1, values, other), known], axis=1)
    again = accept(losses.masked_squared_error, hidden, x_hat)
    np.testing.assert_allclose(again, expected, rtol=1e-4, atol=1e-3)
    again = accept(losses.masked_squared_error, **right)
    np.testing.assert_allclose(again, expected, rtol=1e-4, atol=1e-3)


@given(targets(), st.data())
def test_masked_squared_error_refuses(right, data):
    target, x_hat = (np.asarray(array, "float64") for array in right.values())
    grey, three = target.copy(), target[:, [0, 1, 1]]
    grey[:, 1] = data.draw(st.sampled_from([0.5, 2, -1]))
    wrong = {
        "target": broken(target)
        | st.sampled_from([grey, three, target[:, :1], target[0], tf.constant(three)])
        | resized(target, (0, 2)),
        "x_hat": broken(x_hat)
        | misshapen(x_hat)
        | resized(x_hat)
        | holding(x_hat, st.sampled_from(FAR))
        | st.sampled_from([tf.constant(x_hat[0]), tf.constant(x_hat > 0)]),
    }
    refuse_one(data, losses.masked_squared_error, right, wrong)
    refuse(losses.masked_squared_error, "target", x_hat, x_hat)
