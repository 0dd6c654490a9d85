"""The arguments of an objective's constructor: those of its bases come through `**kwargs`.

Python would name the base class whose constructor stumbles, and Keras lists no choices.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kfdiv.arguments import check_options

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
# What `keras.Model` takes of every layer.
_OF_KERAS = ("name", "trainable", "dtype")


def check_arguments(cls: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raise unless a constructor can be called so.

    Args:
        cls: the class that the user calls.
        args: by position.
        kwargs: by name.

    Raises:
        TypeError: naming the class, the arguments that it has, and the nearest.

    Example:
        >>> import kfdiv
        >>> kfdiv.models.AGE(kfdiv.networks.mlp(2, [], 3), critick=kfdiv.networks.mlp(3, [], 1))
        Traceback (most recent call last):
        ...
        TypeError: AGE has no argument 'critick'. Did you mean 'critic'? Choose from: decoder,
        critic, encoder, prior, seed, name, condition, trainable, dtype.
    """
    known = parameters(cls)
    if known is None:
        return
    of_compile = inspect.signature(cls.compile).parameters
    for name in kwargs:
        if name not in known and name in of_compile:
            raise TypeError(
                f"{cls.__name__} has no argument {name!r}: compile takes it, "
                f"model.compile({name}=...). Choose from: {', '.join(known)}."
            )
    check_options(cls.__name__, kwargs, known)
    first = next(vars(base)["__init__"] for base in cls.__mro__ if "__init__" in vars(base))
    try:
        inspect.signature(first).bind(None, *args, **kwargs)
    except TypeError as error:
        raise TypeError(
            f"{cls.__name__}(...): {error}. Its arguments are: {', '.join(known)}."
        ) from None


def parameters(cls: type) -> list[str] | None:
    """Return the names of a constructor's arguments; None if it takes any.

    What a base requires and `cls` does not have is given by `cls` itself.

    Args:
        cls: a subclass of `keras.Model`.

    Example:
        >>> import kfdiv
        >>> names = parameters(kfdiv.models.DRAW)
        >>> "units" in names, "condition" in names, "encoder" in names
        (True, True, False)
    """
    known: list[str] = []
    given: set[str] = set()
    own = True
    for base in cls.__mro__:
        if base is keras.Model:
            return [*known, *(name for name in _OF_KERAS if name not in known)]
        if "__init__" not in vars(base):
            continue
        found = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
        for one in found:
            if one.kind not in _NAMED or one.name in known or one.name in given:
                continue
            if own or one.default is not one.empty:
                known.append(one.name)
            else:
                given.add(one.name)
        own = False
        if not any(one.kind is one.VAR_KEYWORD for one in found):
            return known
    return None
