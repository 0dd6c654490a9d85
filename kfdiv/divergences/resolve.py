"""What a user may write wherever a divergence is asked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import keras

from kfdiv.divergences.custom import Custom
from kfdiv.divergences.divergence import Divergence, registry


def get(
    identifier: str | Divergence | type[Divergence] | Mapping[str, Any] | Callable[..., Any],
) -> Divergence:
    """Return the divergence that `identifier` means.

    Args:
        identifier: a registered name, with its parameter if it has one, such as `"kl"` or
            `"alpha(0.3)"`; a divergence, given back as it is; a divergence class; a config as
            `keras.saving.serialize_keras_object` makes it; or a callable, f as a function of u.

    Returns:
        A `Divergence`.

    Raises:
        TypeError: if it is none of these.
        ValueError: if the name is unknown (the message lists the choices and the nearest), or a
            parameter is wrong.

    Example:
        >>> from kfdiv import divergences
        >>> divergences.get("reverse_kl"), divergences.get("alpha(2)")
        (RKL(), Alpha(alpha=2.0))
        >>> divergences.get(lambda u: (u - 1) ** 2).conjugate_domain
        (-2.0, inf)
        >>> divergences.get("hellinger")
        Traceback (most recent call last):
        ...
        ValueError: Unknown divergence 'hellinger'. Did you mean 'squared_hellinger'? ...
    """
    if isinstance(identifier, Divergence):
        return identifier
    if isinstance(identifier, str):
        return _from_name(identifier)
    if isinstance(identifier, Mapping):
        return _from_config(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Divergence):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return Custom(identifier)
    raise TypeError(
        "A divergence is given by a name, an instance, a config or a callable f(u), "
        f"not by {identifier!r}. Names: {', '.join(registry.names())}."
    )


def _from_name(text: str) -> Divergence:
    parts = re.fullmatch(r"\s*([^()]+?)\s*(?:\(([^()]*)\))?\s*", text)
    if parts is None or parts[2] is None:
        return registry.get(text)()
    name, written = parts.groups()
    member = registry.get(name)
    try:
        call = ast.parse(f"f({written})", mode="eval").body
        positional = [ast.literal_eval(value) for value in call.args]
        return member(*positional, **{k.arg: ast.literal_eval(k.value) for k in call.keywords})
    except (SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"Cannot make a divergence of {text!r}: {error}") from error


def _from_config(config: Mapping[str, Any]) -> Divergence:
    try:
        result = keras.saving.deserialize_keras_object(dict(config))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"Cannot make a divergence of the config {config!r}: {error}") from error
    if not isinstance(result, Divergence):
        raise TypeError(f"The config {config!r} is that of {result!r}, not of a divergence.")
    return result
