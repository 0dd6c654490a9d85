"""The experiments of Roquero Gimenez and Zou 2022, "A unified f-divergence framework" (f-GM)."""

from kfdiv.presets.fgm.mnist import MNIST

__all__ = ["MNIST"]
