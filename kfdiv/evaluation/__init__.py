"""Whole-model studies: how far a fitted model is from the data, by independent means."""

from kfdiv.evaluation.precision_recall import PrecisionRecall, precision_recall
from kfdiv.evaluation.quadrature import best_gaussian, divergence_1d
from kfdiv.evaluation.sharpness import sharpness

__all__ = ["PrecisionRecall", "best_gaussian", "divergence_1d", "precision_recall", "sharpness"]
