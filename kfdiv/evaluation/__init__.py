"""Whole-model studies: how far a fitted model is from the data, by independent means."""

from kfdiv.evaluation.quadrature import best_gaussian, divergence_1d

__all__ = ["best_gaussian", "divergence_1d"]
