"""The data sets by name: a new one is one function or class in one new file."""

from __future__ import annotations

from collections.abc import Callable

from kfdiv.data.batching import Batching
from kfdiv.data.stream import Stream
from kfdiv.registry import Registry

# What a member, called with `(split, **options)`, returns: it opens the stream for a batching.
Source = Callable[[Batching], Stream]

registry = Registry("data set")
