"""The experiments of Rosca et al. 2018, "Distribution matching in variational inference"."""

from kfdiv.presets.rosca.celeba import CelebA
from kfdiv.presets.rosca.cifar10 import CIFAR10
from kfdiv.presets.rosca.color_mnist import ColorMNIST
from kfdiv.presets.rosca.draw_cifar10 import DrawCIFAR10
from kfdiv.presets.rosca.draw_color_mnist import DrawColorMNIST
from kfdiv.presets.rosca.draw_digits import DrawDigits

__all__ = ["CIFAR10", "CelebA", "ColorMNIST", "DrawCIFAR10", "DrawColorMNIST", "DrawDigits"]
