"""Any data set with Gaussian noise on it, drawn anew at every step."""

from __future__ import annotations

import copy
import dataclasses
from typing import final

import tensorflow as tf

from kfdiv import random
from kfdiv.data.batching import Batching
from kfdiv.data.grouping import Grouping
from kfdiv.data.stream import Stream


def with_noise(dataset: tf.data.Dataset, width: float, seed: int = 0) -> tf.data.Dataset:
    """Return the data set of `y = x + width * epsilon`, epsilon ~ N(0, I) anew at every step.

    What has a density or is to be compared with one wants it: pixels of 8 bits have none.

    Args:
        dataset: of `kfdiv.data.load` or `kfdiv.data.from_arrays`.
        width: the noise's standard deviation, in units of the data.
        seed: of the noise, which it determines together with the step.

    Returns:
        One epoch, as those functions return it. The values are no pixels of a range any more.

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
    stream = getattr(dataset, "stream", None)
    if not isinstance(stream, Stream):
        raise ValueError(
            f"Received {dataset!r}, which has no stream. Open the data with kfdiv.data.load or "
            "kfdiv.data.from_arrays."
        )
    return NoisedStream(stream, float(width), seed).epoch()


@final
class NoisedStream(Stream):
    """A stream with noise on its examples; labels stay.

    Args:
        clean: the stream without noise.
        width: the noise's standard deviation.
        seed: of the noise.

    Attributes:
        clean: the stream without noise.

    Example:
        >>> import kfdiv
        >>> noised = NoisedStream(kfdiv.data.load("digits").stream, width=0.5, seed=0)
        >>> noised.steps_per_epoch, noised.value_range
        (14, None)
    """

    def __init__(self, clean: Stream, width: float, seed: int) -> None:
        self.clean, self._width = clean, width
        self._noise_seed = random.seed(seed, "data.noise")
        batching = dataclasses.replace(clean._batching, value_range=None)
        example = tf.TensorSpec(clean._example.shape, tf.float32)
        super().__init__(clean.num_examples, example, clean._label, clean.info, batching)

    def _arrange(self, batching: Batching) -> None:
        super()._arrange(batching)
        self.clean = copy.copy(self.clean)
        kept = self.clean._batching.value_range
        self.clean._arrange(dataclasses.replace(batching, value_range=kept))

    def _batches(self, start: tf.Tensor) -> tf.data.Dataset:
        def add(step: tf.Tensor, batch: object) -> tuple[tf.Tensor, object]:
            return step + 1, self._add(batch, lambda x: self._noise(step, tf.shape(x)))

        return self.clean._batches(start).scan(start, add)

    def _groups(self, start: tf.Tensor, grouping: Grouping) -> tf.data.Dataset:
        def add(step: tf.Tensor, group: object) -> tuple[tf.Tensor, object]:
            def noise(x: tf.Tensor) -> tf.Tensor:
                steps, shape = step + tf.range(tf.shape(x, tf.int64)[0]), tf.shape(x)[1:]
                spec = tf.TensorSpec(x.shape[1:], x.dtype)
                return tf.map_fn(lambda s: self._noise(s, shape), steps, fn_output_signature=spec)

            size = tf.shape(tf.nest.flatten(group)[0], tf.int64)[0]
            return step + size, self._add(group, noise)

        return self.clean._groups(start, grouping).scan(start, add)

    def _noise(self, step: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
        return self._width * random.normal(shape, random.fold(self._noise_seed, step))

    def _add(self, element: object, noise: object) -> object:
        if not self._labelled:
            return element + noise(element)
        x, y = element
        return x + noise(x), y
