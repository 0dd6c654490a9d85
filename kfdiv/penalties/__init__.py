"""Gradient penalties: what keeps a critic smooth where data and model do not overlap."""

from __future__ import annotations

import keras

from kfdiv.penalties.penalty import Penalty, Sides, registry
from kfdiv.penalties.r1 import R1
from kfdiv.penalties.roth import Roth
from kfdiv.penalties.two_sided import TwoSided

__all__ = ["R1", "Penalty", "Roth", "Sides", "TwoSided", "get", "registry"]


def get(identifier: Penalty | dict | str | None) -> Penalty | None:
    """Resolve whatever a user may call a penalty.

    Args:
        identifier: an instance, a config from `keras.saving.serialize_keras_object`, a registered
            name (with the default weight) or None (no penalty).

    Returns:
        A `Penalty`, or None.

    Raises:
        ValueError: for an unknown name; the message lists the choices.
        TypeError: for anything else.

    Example:
        >>> from kfdiv import penalties
        >>> penalties.get("gradient"), penalties.get(None)
        (TwoSided(weight=10.0), None)
    """
    if identifier is None or isinstance(identifier, Penalty):
        return identifier
    if isinstance(identifier, str):
        return registry.get(identifier)()
    if isinstance(identifier, dict):
        penalty = keras.saving.deserialize_keras_object(identifier)
        if isinstance(penalty, Penalty):
            return penalty
    raise TypeError(
        f"Cannot make a penalty of {identifier!r}. Pass a kfdiv.penalties.Penalty, one of the "
        f"names {registry.names()}, a config dict or None."
    )
