"""Objectives: one `keras.Model` subclass for each way of estimating a divergence."""

from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.registry import registry
from kfdiv.models.vae import VAE
from kfdiv.models.variational_f_divergence import VariationalFDivergence

__all__ = ["VAE", "GenerativeModel", "VariationalFDivergence", "registry"]
