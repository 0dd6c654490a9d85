"""The data sets by name: a new one is one function in one new file."""

from __future__ import annotations

from kfdiv.registry import Registry

# A member, called with `(split, **options)`, returns a `Source`.
registry = Registry("data set")
