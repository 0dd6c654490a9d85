"""Streaming Keras metrics."""

from kfdiv.metrics.mean_with_error import MeanWithError
from kfdiv.metrics.sum_of_means import SumOfMeans

__all__ = ["MeanWithError", "SumOfMeans"]
