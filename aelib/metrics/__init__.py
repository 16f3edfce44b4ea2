"""What a lesson reports: arrays in, one number or one number per item out.

    pictures      how far an image is from its reconstruction
    codes         what a code knows, and which of its units are at work
    likelihood    bounds on log p(x) of a variational autoencoder
    samples       how far one crowd of images is from another
    ranking       what a recommendation is worth

The first axis counts the items; images and codes may have any number of further ones.
"""

from aelib.metrics.codes import (
    active_fraction,
    active_latent_units,
    dead_units,
    fit_linear_probe,
    linear_probe,
    neighbour_accuracy,
)
from aelib.metrics.likelihood import Elbo, elbo, importance_weighted_bound
from aelib.metrics.pictures import psnr, squared_error_per_image, ssim
from aelib.metrics.ranking import masked_rmse, ndcg_at_k, recall_at_k
from aelib.metrics.samples import frechet_distance

__all__ = [
    "Elbo",
    "active_fraction",
    "active_latent_units",
    "dead_units",
    "elbo",
    "fit_linear_probe",
    "frechet_distance",
    "importance_weighted_bound",
    "linear_probe",
    "masked_rmse",
    "ndcg_at_k",
    "neighbour_accuracy",
    "psnr",
    "recall_at_k",
    "squared_error_per_image",
    "ssim",
]
