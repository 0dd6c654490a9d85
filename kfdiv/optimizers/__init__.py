"""Optimizers made of Keras optimizers."""

from kfdiv.optimizers.composite import CompositeOptimizer

__all__ = ["CompositeOptimizer"]
