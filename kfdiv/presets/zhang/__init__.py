"""The experiments of Zhang et al. 2019, "Variational f-divergence minimization"."""

from kfdiv.presets.zhang.celeba import CelebA
from kfdiv.presets.zhang.gaussian import Gaussian
from kfdiv.presets.zhang.mnist import MNIST
from kfdiv.presets.zhang.ring import Ring

__all__ = ["MNIST", "CelebA", "Gaussian", "Ring"]
