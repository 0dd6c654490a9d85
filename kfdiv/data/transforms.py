"""What may be done to the batches of a data set without losing its stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from kfdiv import random
from kfdiv.data.origin import stream_of
from kfdiv.data.stream import Stream


def with_noise(dataset: tf.data.Dataset, width: float, seed: int = 0) -> tf.data.Dataset:
    """Return the data set of `y = x + width * epsilon`, epsilon ~ N(0, I) anew at every step.

    What has a density or is to be compared with one wants it: pixels of 8 bits have none.

    Args:
        dataset: of `kfdiv.data.load` or `kfdiv.data.from_arrays`.
        width: the noise's standard deviation, in units of the data.
        seed: of the noise, which it determines together with the step.

    Returns:
        One epoch, as those functions return it; labels and weights stay. The values are no pixels
        of a range any more. The data before the noise are `dataset.stream.clean`.

    Raises:
        ValueError: if the width is not positive, or the data set has no stream.

    Example:
        >>> import kfdiv
        >>> clean = kfdiv.data.load("digits", shuffle=False)
        >>> noised = kfdiv.data.with_noise(clean, 0.5)
        >>> noise = next(iter(noised))[0] - next(iter(clean))[0]
        >>> bool(abs(tf.math.reduce_std(noise) - 0.5) < 0.02)
        True
    """
    if not width > 0:
        raise ValueError(f"Received width={width!r}; expected a positive standard deviation.")
    noise_seed = random.seed(seed, "data.noise")

    def add(step: tf.Tensor, batch: Any) -> Any:
        x, rest = (batch[0], batch[1:]) if isinstance(batch, tuple) else (batch, None)
        noise = random.normal(tf.shape(x), random.fold(noise_seed, step))
        x += float(width) * noise
        return x if rest is None else (x, *rest)

    return _stream(dataset).transformed(add).epoch()


def map_batches(dataset: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    """Return the data set whose batches go through `function`, as `dataset.map(function)` does.

    Unlike the result of `map` it keeps its stream, and with it exact resume, grouping for
    `steps_per_execution`, and a pass over every example for density estimation.

    Args:
        dataset: of `kfdiv.data.load` or `kfdiv.data.from_arrays`.
        function: takes x, x and y, or x, y and w, and returns x, `(x, y)` or `(x, y, w)`. It must
            be a function of them alone, in TensorFlow.

    Returns:
        One epoch, as those functions return it. The values are no pixels of a range any more.

    Raises:
        ValueError: if the data set has no stream.

    Example:
        >>> import kfdiv
        >>> bright = kfdiv.data.map_batches(kfdiv.data.load("digits"), lambda x, y: (1 - x, y))
        >>> bright.stream.steps_per_epoch
        14
    """

    def apply(_: tf.Tensor, batch: Any) -> Any:
        return function(*batch) if isinstance(batch, tuple) else function(batch)

    return _stream(dataset).transformed(apply).epoch()


def _stream(dataset: tf.data.Dataset) -> Stream:
    stream = stream_of(dataset)
    if stream is None:
        raise ValueError(
            f"Received {dataset!r}, which has no stream. Open the data with kfdiv.data.load or "
            "kfdiv.data.from_arrays, and pass what they return, before any map or batch."
        )
    return stream
