"""What a user may write wherever a divergence is asked for."""

from __future__ import annotations

import ast
import inspect
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
    if "(" not in text and ("+" in text or "*" in text):
        raise ValueError(
            f"{text!r} is not the name of a divergence. Sums and multiples are of divergences, not "
            "of names: 2 * divergences.get('kl') + divergences.get('rkl')."
        )
    parts = re.fullmatch(r"\s*([^()]+?)\s*(?:\(([^()]*)\))?\s*", text)
    if parts is None or parts[2] is None:
        return registry.get(text)()
    name, written = parts.groups()
    member = registry.get(name)
    try:
        arguments = _arguments(member, written)
        return member(*arguments.args, **arguments.kwargs)
    except (SyntaxError, TypeError, ValueError) as error:
        raise ValueError(
            f"Cannot make a divergence of {text!r}: {str(error).rstrip('.')}. {_usage(name)}"
        ) from error


def _arguments(member: Callable[..., Divergence], written: str) -> inspect.BoundArguments:
    """Return what is `written` between brackets as a member's arguments, or say what is wrong."""
    call = ast.parse(f"f({written})", mode="eval").body
    positional = [_value(node) for node in call.args]
    named = {keyword.arg: _value(keyword.value) for keyword in call.keywords}
    if len(named) < len(call.keywords):
        raise TypeError("a parameter is given twice")
    return _parameters(member).bind(*positional, **named)


def _parameters(member: Callable[..., Divergence]) -> inspect.Signature:
    """Return the signature of a member without the layer's name."""
    signature = inspect.signature(member)
    return signature.replace(
        parameters=[p for key, p in signature.parameters.items() if key != "name"]
    )


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return float(ast.unparse(node))  # To Python, nan and inf are names.


def _usage(name: str) -> str:
    """Say how a registered name is written with its parameters."""
    parameters = _parameters(registry[name]).parameters
    if not parameters:
        return f"It takes no parameter, as in {name!r}."
    values = [key if p.default is p.empty else str(p.default) for key, p in parameters.items()]
    written = f"{name}({', '.join(values)})"
    return f"It takes {', '.join(parameters)}, as in {written!r}."


def _from_config(config: Mapping[str, Any]) -> Divergence:
    try:
        result = keras.saving.deserialize_keras_object(dict(config))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"Cannot make a divergence of the config {config!r}: {error}") from error
    if not isinstance(result, Divergence):
        raise TypeError(f"The config {config!r} is that of {result!r}, not of a divergence.")
    return result
