"""Small objectives of kinds that the package has not, written against the contract alone.

The contract test holds them to what it holds the package's own to. Adding one is adding a file.
"""

import dataclasses
import importlib
import pkgutil
from typing import Any

import keras

from kfdiv.registry import Registry

registry = Registry("objective of the tests")


def Options(**values: Any) -> Any:
    """Return a frozen dataclass with these fields."""
    return dataclasses.make_dataclass("Options", values, frozen=True)(**values)


def parts(model: keras.Model, *names: str) -> dict[str, Any]:
    """Return networks of `model` by name, serialised."""
    return {name: keras.saving.serialize_keras_object(getattr(model, name)) for name in names}


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
