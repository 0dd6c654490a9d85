"""Objectives: one `keras.Model` subclass for each way of estimating a divergence.

Every module of this package is imported: a new objective is one file that registers its class, and
is then `kfdiv.models.<its name>`.
"""

import importlib
import pkgutil

from kfdiv.models.adversarial import Adversarial
from kfdiv.models.expectation import BOUND_KINDS
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.objective import Objective
from kfdiv.models.registry import registry


def _import_modules() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__package__}.{module.name}")


_import_modules()
globals().update({cls.__name__: cls for cls in registry.values()})

__all__ = [
    "BOUND_KINDS",
    "Adversarial",
    "GenerativeModel",
    "Objective",
    "registry",
    *sorted(cls.__name__ for cls in registry.values()),
]
