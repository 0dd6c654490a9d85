"""Streaming Keras metrics."""

from kfdiv.metrics.frechet_distance import FrechetDistance
from kfdiv.metrics.mean_with_error import MeanWithError
from kfdiv.metrics.mode_coverage import ModeCoverage
from kfdiv.metrics.sum_of_means import SumOfMeans

__all__ = ["FrechetDistance", "MeanWithError", "ModeCoverage", "SumOfMeans"]
