"""Streaming Keras metrics."""

from kfdiv.metrics.mean_with_error import MeanWithError

__all__ = ["MeanWithError"]
