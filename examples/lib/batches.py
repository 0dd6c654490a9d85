"""Examples of a data set and draws of a model, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import kfdiv


def take(stream: kfdiv.data.Stream, count: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the first examples of a data set in their stored order, in batches.

    Args:
        stream: as `kfdiv.data.load(...).stream`.
        count: how many examples; all, if there are fewer.

    Yields:
        `(x,)`, or `(x, y)` where the data have labels.
    """
    for element in stream.examples():
        parts = element if isinstance(element, tuple) else (element,)
        yield tuple(part.numpy()[:count] for part in parts)
        count -= len(parts[0])
        if count <= 0:
            return


def first(stream: kfdiv.data.Stream, count: int) -> tuple[np.ndarray, ...]:
    """Return the first examples of a data set in their stored order: `(x,)`, or `(x, y)`.

    Example:
        >>> x, y = first(kfdiv.data.load("digits", batch_size=4).stream, 6)
        >>> x.shape, y.shape
        ((6, 8, 8, 1), (6,))
    """
    return tuple(np.concatenate(part) for part in zip(*take(stream, count), strict=True))


def draws(
    model: kfdiv.models.GenerativeModel,
    count: int,
    batch_size: int,
    seed: int = 0,
    observation_noise: bool = True,
) -> Iterator[np.ndarray]:
    """Yield samples of x in batches, each by a seed of its own.

    Args:
        model: draws them.
        count: how many samples.
        batch_size: how many at once.
        seed: of all; up to a thousand batches of one seed are none of another's.
        observation_noise: as of `sample`.
    """
    for k, start in enumerate(range(0, count, batch_size)):
        size = min(batch_size, count - start)
        yield model.sample(size, seed=1_000 * seed + k, observation_noise=observation_noise).numpy()
