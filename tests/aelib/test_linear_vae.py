"""The variational autoencoder against probabilistic PCA, whose likelihood is known.

A linear decoder with Gaussian noise of variance σ² is probabilistic PCA (Tipping and
Bishop 1999): x = W z + μ + noise, z from N(0, I), so x is from N(μ, W Wᵀ + σ² I). Its
posterior is a Gaussian that a linear encoder can give exactly: mean M⁻¹ Wᵀ (x - μ) and
variance σ² M⁻¹, M = Wᵀ W + σ² I, which is diagonal where the columns of W are
orthogonal. With these weights the ELBO is no bound but log p(x) itself, image by
image, whatever W and σ² are. Here they are those of scikit-learn's PCA, which divides
its variances by n - 1, and computes log p(x) in `score_samples`.

The loss is Σ(x - x̂)² + beta · KL. With beta = 2σ² it is -2σ² times the ELBO, apart from
the constant of the Gaussian (Lucas et al. 2019, "Don't blame the ELBO").
"""

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from aelib import losses, models

FEATURES, LATENT = 5, 2
RNG = np.random.default_rng(0)
MIXED = RNG.normal(size=(200, FEATURES)) @ RNG.normal(size=(FEATURES, FEATURES))
X = (MIXED + RNG.normal(size=FEATURES)).astype("float32")
DRAWS = 500  # of z, for every image


@pytest.fixture(scope="module")
def pca():
    return PCA(LATENT, svd_solver="full").fit(X.astype("float64"))


def linear_vae(pca, beta=1.0, log_variance=None):
    """Return a VAE with the weights of probabilistic PCA; a fixed one, if given."""
    model = models.variational_autoencoder(
        FEATURES, hidden=(), latent_size=LATENT, output_activation="linear", beta=beta
    )
    noise, values = pca.noise_variance_, pca.explained_variance_
    w = pca.components_.T * np.sqrt(values - noise)  # shape (features, latent)
    m = w.T @ w + noise * np.eye(LATENT)
    np.testing.assert_allclose(m, np.diag(values), atol=1e-9)
    if log_variance is None:
        log_variance = np.log(noise / values)
    to_mean = w / values
    encoder, decoder = model.encoder, model.decoder
    encoder.get_layer("mean").set_weights([to_mean, -pca.mean_ @ to_mean])
    encoder.get_layer("log_variance").set_weights([np.zeros_like(w), log_variance])
    decoder.get_layer("decoder_1").set_weights([w.T, pca.mean_])
    return model


def evaluate(model):
    """Return what `evaluate` reports, averaged over many draws of every image."""
    keras.utils.set_random_seed(0)
    x = np.tile(X, (DRAWS, 1))
    loss = losses.squared_error
    model.compile("sgd", loss, metrics=[loss], jit_compile=False)
    return model.evaluate(x, x, batch_size=len(x) // 10, verbose=0, return_dict=True)


def gaussian_constant(noise):
    return -FEATURES / 2 * np.log(2 * np.pi * noise)


def test_loss_is_the_exact_log_likelihood(pca):
    noise = pca.noise_variance_
    held = evaluate(linear_vae(pca, beta=2 * noise))
    log_likelihood = pca.score(X)
    constant = gaussian_constant(noise)
    assert constant - held["loss"] / (2 * noise) == pytest.approx(
        log_likelihood, abs=0.02
    )
    # And from the two parts; what is no such bound is far off.
    error, kl = held["squared_error"] / (2 * noise), held["kl"]
    assert constant - error - kl == pytest.approx(log_likelihood, abs=0.02)
    for wrong in (error - kl, error + kl / LATENT, error, error / FEATURES + kl):
        assert abs(constant - wrong - log_likelihood) > 0.5


def test_every_image_has_its_exact_log_likelihood(pca):
    # The mean of Σ(x - x̂)² over z by its formula, so nothing is left to chance.
    model, noise = linear_vae(pca), pca.noise_variance_
    mean, log_variance = (np.asarray(a) for a in model.encoder(X))
    w, _ = model.decoder.get_weights()
    error = ((X - np.asarray(model.decoder(mean))) ** 2).sum(axis=1)
    error += (np.exp(log_variance) * (w**2).sum(axis=1)).sum(axis=1)
    kl = np.asarray(losses.gaussian_kl(mean, log_variance))
    elbo = gaussian_constant(noise) - error / (2 * noise) - kl
    np.testing.assert_allclose(elbo, pca.score_samples(X), rtol=1e-4)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_another_posterior_loses_its_divergence_from_the_true_one(pca, factor):
    # log p(x) - ELBO = KL(q ‖ posterior); here only the variances differ.
    noise = pca.noise_variance_
    true = np.log(noise / pca.explained_variance_)
    wrong = factor * true
    held = evaluate(linear_vae(pca, 2 * noise, wrong))
    elbo = gaussian_constant(noise) - held["loss"] / (2 * noise)
    gap = (np.exp(wrong - true) - 1 - (wrong - true)).sum() / 2
    assert gap > 0.3
    assert pca.score(X) - elbo == pytest.approx(gap, rel=0.02)
