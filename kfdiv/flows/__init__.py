"""Densities that train."""

from kfdiv.flows.density import Density
from kfdiv.flows.unnormalized import Unnormalized

__all__ = ["Density", "Unnormalized"]
