"""Any input of `aelib.baselines`: a finite result, or an error that names it."""

import numpy as np
import pytest
from attempts import (
    NOT_WHOLE,
    accept,
    broken,
    holding,
    misshapen,
    refuse_one,
    resized,
    tables,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from aelib import baselines

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@st.composite
def images(draw):
    """Draw training images that differ, new ones, and how many numbers a code has."""
    n, m, width = draw(st.integers(2, 8)), draw(st.integers(1, 5)), st.integers(1, 6)
    width = draw(width)
    x_train = draw(tables(n, width))
    assume(np.ptp(np.asarray(x_train, "float32"), axis=0).max() > 1e-6)
    code_size = draw(st.integers(1, min(n, width)))
    return {
        "x_train": x_train,
        "x_new": draw(tables(m, width, -100, 100)),
        "code_size": draw(st.sampled_from([code_size, np.int8(code_size)])),
    }


def without(right, name):
    return {key: value for key, value in right.items() if key != name}


def wrong(right):
    """Return wrong values for each of the arguments."""
    found = {
        name: broken(right[name])
        | misshapen(right[name])
        | holding(right[name], st.sampled_from([1e300, -2e15]))
        for name in ("x_train", "x_new")
    }
    found["x_new"] |= resized(right["x_new"], (1,))
    beyond = min(np.shape(right["x_train"])) + 1
    found["code_size"] = NOT_WHOLE | st.sampled_from([0, -1, beyond, 10**400])
    return found


def wrong_for_pca(right):
    """Return wrong values for PCA, which needs images that differ."""
    found = wrong(right)
    one = np.asarray(right["x_train"])[:1]
    tiny = 1e-200 * np.asarray(right["x_train"], "float64")
    found["x_train"] |= st.sampled_from([one, one[[0, 0, 0, 0, 0, 0]], tiny])
    return found


@given(images(), st.permutations(range(8)))
def test_mean_image(right, order):
    x_train, x_new = (np.asarray(right[name]) for name in ("x_train", "x_new"))
    found = accept(baselines.mean_image, **without(right, "code_size"))
    assert found.shape == x_new.shape
    expected = np.tile(x_train.astype("float64").mean(axis=0), (len(x_new), 1))
    np.testing.assert_allclose(found, expected, atol=1e-3)
    order = [i for i in order if i < len(x_train)]
    again = accept(baselines.mean_image, x_train[order], x_new)
    np.testing.assert_allclose(again, found, atol=1e-3)


@given(images(), st.data())
def test_mean_image_refuses(right, data):
    right, values = without(right, "code_size"), without(wrong(right), "code_size")
    refuse_one(data, baselines.mean_image, right, values)


@given(images())
def test_fit_pca(right):
    pca = accept(baselines.fit_pca, **without(right, "x_new"))
    axes, k = pca.components_, right["code_size"]
    assert axes.shape == (k, len(right["x_train"][0]))
    np.testing.assert_allclose(axes @ axes.T, np.eye(k), atol=1e-4)
    numbers = {key: value for key, value in vars(pca).items() if key.endswith("_")}
    for key, value in numbers.items():
        assert np.all(np.isfinite(value)), key
    share = pca.explained_variance_ratio_
    assert np.all(share >= 0)
    assert share.sum() < 1 + 1e-5
    assert np.all(np.diff(share) <= 1e-6)


@given(images(), st.data())
def test_fit_pca_refuses(right, data):
    right, values = without(right, "x_new"), without(wrong_for_pca(right), "x_new")
    refuse_one(data, baselines.fit_pca, right, values)


@given(images())
def test_pca_reconstruction(right):
    x_train = np.asarray(right["x_train"], "float64")
    found = accept(baselines.pca_reconstruction, **right)
    assert found.shape == np.shape(right["x_new"])

    def error(code_size):
        x_hat = accept(baselines.pca_reconstruction, x_train, x_train, code_size)
        return ((x_train - x_hat) ** 2).sum()

    errors = [error(size + 1) for size in range(min(x_train.shape))]
    assert np.all(np.diff(errors) <= 1e-6)  # a larger code is no worse
    assert errors[-1] < 1e-6
    assert errors[0] <= ((x_train - x_train.mean(axis=0)) ** 2).sum() + 1e-6


@given(images(), st.data())
def test_pca_reconstruction_refuses(right, data):
    refuse_one(data, baselines.pca_reconstruction, right, wrong_for_pca(right))
