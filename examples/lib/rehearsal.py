"""Data for a rehearsal, which is to show that an example works where its data are missing."""

from __future__ import annotations

import contextlib


def invented_images(count: int | None) -> contextlib.AbstractContextManager[None]:
    """Return a context in which every prepared data set has `count` random images.

    Args:
        count: how many; None for the real ones.
    """
    if count is None:
        return contextlib.nullcontext()
    import tensorflow_datasets as tfds

    return tfds.testing.mock_data(num_examples=count)
