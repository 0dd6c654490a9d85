"""A trained model's like on one device."""

from __future__ import annotations

from typing import Any

from kfdiv import models


def copy_of(model: models.GenerativeModel, **changed: Any) -> models.GenerativeModel:
    """Return a model of the same networks and weights, of no strategy and not compiled.

    Of a model that is used by averages of its weights, the copy has those for weights.

    Args:
        model: a trained model, which is left as it is.
        **changed: arguments of its constructor that are others.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.presets.get("digits", units=4).model()
        >>> len(copy_of(model).weights) == len(model.weights)
        True
    """
    copy = type(model).from_config({**model.get_config(), **changed})
    averages = {id(one) for one in model.averages.weights}
    with model.averaged_weights():
        copy.set_weights([one.numpy() for one in model.weights if id(one) not in averages])
    return copy
