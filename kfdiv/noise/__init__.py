"""Spread noise p(y|x): it makes distributions of disjoint support comparable."""

from __future__ import annotations

import keras

from kfdiv.arguments import is_number
from kfdiv.noise.gaussian import Gaussian
from kfdiv.noise.laplace import Laplace
from kfdiv.noise.schedule import Annealed
from kfdiv.noise.spread_noise import SpreadNoise, registry

__all__ = ["Annealed", "Gaussian", "Laplace", "SpreadNoise", "get", "registry"]


def get(identifier: SpreadNoise | dict | str | float | None) -> SpreadNoise | None:
    """Resolve whatever a user may call a noise.

    Args:
        identifier: an instance, a config from `keras.saving.serialize_keras_object`, a registered
            name (with the default width), a number (the width of a Gaussian) or None (no noise).

    Returns:
        A `SpreadNoise`, or None.

    Raises:
        ValueError: for an unknown name (the message lists the choices) or a non-positive width.
        TypeError: for anything else.

    Example:
        >>> from kfdiv import noise
        >>> type(noise.get(0.5)).__name__, noise.get(None)
        ('Gaussian', None)
    """
    if identifier is None or isinstance(identifier, SpreadNoise):
        return identifier
    if isinstance(identifier, str):
        return registry.get(identifier)()
    if is_number(identifier):
        return Gaussian(float(identifier))
    if isinstance(identifier, dict):
        noise = keras.saving.deserialize_keras_object(identifier)
        if isinstance(noise, SpreadNoise):
            return noise
    raise TypeError(
        f"Cannot make a spread noise of {identifier!r}. Pass a SpreadNoise, one of the names "
        f"{registry.names()}, a positive number (the width of a Gaussian), a config dict or None."
    )
