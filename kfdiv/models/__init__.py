"""Objectives: one `keras.Model` subclass for each way of estimating a divergence."""

from kfdiv.models.adversarial import Adversarial
from kfdiv.models.age import AGE
from kfdiv.models.bigan import BiGAN
from kfdiv.models.expectation import BOUND_KINDS
from kfdiv.models.fgan import FGAN
from kfdiv.models.fgm import FGM
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.objective import Objective
from kfdiv.models.ratio_gan import RatioGAN
from kfdiv.models.registry import registry
from kfdiv.models.vae import VAE
from kfdiv.models.variational_f_divergence import VariationalFDivergence

__all__ = [
    "AGE",
    "BOUND_KINDS",
    "FGAN",
    "FGM",
    "VAE",
    "Adversarial",
    "BiGAN",
    "GenerativeModel",
    "Objective",
    "RatioGAN",
    "VariationalFDivergence",
    "registry",
]
