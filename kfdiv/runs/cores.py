"""How many cores there are, and whose they are."""

from __future__ import annotations

import os


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(workers: int) -> int:
    """Return how many of them each of several processes has, at least one.

    Args:
        workers: processes at a time.

    Example:
        >>> share(1) == cores(), share(10_000)
        (True, 1)
    """
    return max(cores() // workers, 1)
