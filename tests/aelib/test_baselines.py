"""The baselines: the mean image, and PCA against a decomposition by NumPy."""

import numpy as np
import pytest

from aelib import baselines

RNG = np.random.default_rng(0)
TRAIN = RNG.random((40, 6)) @ RNG.random((6, 6)) + 3  # far from the origin
NEW = RNG.random((9, 6))


def svd_reconstruction(x_train, x_new, code_size):
    """Project on the leading right singular vectors of the centred training data."""
    mean = x_train.mean(axis=0)
    axes = np.linalg.svd(x_train - mean, full_matrices=False)[2][:code_size]
    return (x_new - mean) @ axes.T @ axes + mean


def test_mean_image_is_pca_without_components():
    found = baselines.mean_image([[0, 1], [1, 1], [2, 4]], [[9, 9], [7, 7]])
    np.testing.assert_array_equal(found, [[1, 2], [1, 2]])
    expected = svd_reconstruction(TRAIN, NEW, 0)
    np.testing.assert_allclose(baselines.mean_image(TRAIN, NEW), expected)


@pytest.mark.parametrize("code_size", [1, 2, 5, 6])
def test_pca_against_numpy(code_size):
    found = baselines.pca_reconstruction(TRAIN, NEW, code_size)
    np.testing.assert_allclose(found, svd_reconstruction(TRAIN, NEW, code_size))
    assert baselines.fit_pca(TRAIN, code_size).transform(NEW).shape == (9, code_size)


def test_pca_of_fewer_images_than_features():
    few = TRAIN[:4]
    np.testing.assert_allclose(baselines.pca_reconstruction(few, few, 4), few)


def test_images_of_any_rank():
    train, new = TRAIN.reshape(40, 2, 3, 1), NEW.reshape(9, 2, 3, 1)
    for found, flat in (
        (baselines.mean_image(train, new), baselines.mean_image(TRAIN, NEW)),
        (
            baselines.pca_reconstruction(train, new, 2),
            baselines.pca_reconstruction(TRAIN, NEW, 2),
        ),
    ):
        np.testing.assert_array_equal(found, flat.reshape(new.shape))


def test_pca_knows_no_seed():
    # Wide enough that scikit-learn, left alone, would choose the randomised solver.
    x = RNG.random((60, 501))
    found = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002 (what scikit-learn draws from)
        found.append(baselines.fit_pca(x, np.int64(3)).components_)
    np.testing.assert_array_equal(*found)


def test_pca_keeps_distances():
    """With as many numbers as pixels a code is the image, turned and moved."""
    x = np.random.default_rng(0).random((20, 4))
    codes = baselines.fit_pca(x, 4).transform(x)
    between_codes = np.linalg.norm(codes[:, None] - codes, axis=2)
    between_images = np.linalg.norm(x[:, None] - x, axis=2)
    np.testing.assert_allclose(between_codes, between_images, atol=1e-10)


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"code_size": 7}, ValueError, "code_size takes a number from 1 to 6"),
        ({"code_size": "mle"}, TypeError, "code_size takes a whole number"),
        ({"x_train": TRAIN[:4], "code_size": 5}, ValueError, "code_size .* 1 to 4"),
        ({"x_train": TRAIN[[0, 0, 0]]}, ValueError, "x_train takes images that differ"),
        ({"x_train": TRAIN * np.nan}, ValueError, "x_train holds NaN"),
        ({"x_new": NEW[:, :5]}, ValueError, "x_new takes 6 columns"),
        ({"x_new": None}, TypeError, "x_new takes numbers"),
    ],
)
def test_refused(wrong, kind, message):
    arguments = {"x_train": TRAIN, "x_new": NEW, "code_size": 2} | wrong
    with pytest.raises(kind, match=message):
        baselines.pca_reconstruction(**arguments)
