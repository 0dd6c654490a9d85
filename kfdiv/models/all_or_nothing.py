"""A `compile` that raises, and leaves no trace."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import keras

from kfdiv.models import checks

# What of a model a `compile` sets besides the namespace of the compiled.
_KINDS = (bool, int, float, str, type(None), keras.optimizers.Optimizer)


def all_or_nothing(compile: Callable[..., None]) -> Callable[..., None]:
    """Decorate a `compile`: where it raises, the model stays compiled as it was.

    One that takes no `**options` also gets an error for unknown arguments that lists the known.
    """
    parameters = inspect.signature(compile).parameters
    open_ended = any(one.kind is one.VAR_KEYWORD for one in parameters.values())

    @functools.wraps(compile)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> None:
        if not open_ended:
            checks.check_options(f"{type(self).__name__}.compile", kwargs, list(parameters)[1:])
        own = _settings(self)
        compiled = dict(vars(self._compiled))

        def restore() -> None:
            self._compiled = types.SimpleNamespace(**compiled)
            for name in _settings(self).keys() - own.keys():
                delattr(self, name)
            for name, value in own.items():
                if getattr(self, name) is not value:
                    setattr(self, name, value)

        with contextlib.ExitStack() as undo:
            undo.callback(restore)
            compile(self, *args, **kwargs)
            undo.pop_all()

    return wrapper


def _settings(model: keras.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(model).items() if isinstance(value, _KINDS)}
