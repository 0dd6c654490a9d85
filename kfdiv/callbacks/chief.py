"""Which of several processes that train one model together writes files."""

from __future__ import annotations

import keras


def writes(model: keras.Model) -> bool:
    """Say whether this process writes what all workers of a model's strategy share.

    Args:
        model: any one; of one that knows of no workers every process writes.

    Example:
        >>> writes(keras.Sequential())
        True
    """
    workers = getattr(model, "workers", None)
    return workers is None or workers.is_chief
