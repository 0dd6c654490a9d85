"""The experiments of Shen et al. 2020, "Bidirectional generative modeling using AGE"."""

from kfdiv.presets.shen import objectives
from kfdiv.presets.shen.celeba import CelebA
from kfdiv.presets.shen.grid import Grid9, Grid25
from kfdiv.presets.shen.imagenet import ImageNet
from kfdiv.presets.shen.stacked_mnist import StackedMNIST

__all__ = ["CelebA", "Grid9", "Grid25", "ImageNet", "StackedMNIST", "objectives"]
