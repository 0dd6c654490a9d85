"""Studies of a whole model look at the weights that it is used by."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any


def averaged(model: Any) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which the model's weights are their averages, where it is used by these.

    Args:
        model: what was given for one.
    """
    # What is no model is refused by who was given it.
    return getattr(model, "averaged_weights", contextlib.nullcontext)()


def of_averages(study: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of a model, its first argument, see the averages of the model's weights."""

    @functools.wraps(study)
    def wrapped(model: Any, *args: Any, **kwargs: Any) -> Any:
        with averaged(model):
            return study(model, *args, **kwargs)

    return wrapped
