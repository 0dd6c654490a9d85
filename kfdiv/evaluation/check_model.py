"""Whether a model can be evaluated at all: what every function of a whole model asks first."""

from __future__ import annotations

import math
from typing import Any

from kfdiv.arguments import check_count
from kfdiv.models import GenerativeModel, checks


def check_model(model: Any, function: str, conditional: bool = False) -> None:
    """Raise unless `model` is a generative model whose weights are finite.

    Args:
        model: what was given.
        function: who asks.
        conditional: whether it may be conditional.

    Raises:
        TypeError: if it is none.
        ValueError: if it is conditional and may not be, or a weight is NaN or infinite.

    Example:
        >>> check_model("model.keras", "sandwich")
        Traceback (most recent call last):
        ...
        TypeError: sandwich needs a model of kfdiv.models, such as a VAE, but got 'model.keras'.
        Load one that was saved by keras.saving.load_model(path).
    """
    if not isinstance(model, GenerativeModel):
        raise TypeError(
            f"{function} needs a model of kfdiv.models, such as a VAE, but got {model!r}. Load one "
            "that was saved by keras.saving.load_model(path)."
        )
    if not conditional:
        checks.check_unconditional(model, function)
    checks.check_weights(model, function)


def check_not_its_own(model: GenerativeModel, **networks: Any) -> None:
    """Raise if what an evaluation is to train is, or holds, a part of the model.

    Args:
        model: what is evaluated, and left as it is.
        **networks: what was given to be trained, by the argument's name; None is nothing.

    Raises:
        ValueError: if one has a weight that the model has.

    Example:
        >>> import kfdiv
        >>> mlp = kfdiv.networks.mlp
        >>> model = kfdiv.models.FGAN(mlp(2, [], 3), mlp(3, [], 1))
        >>> check_not_its_own(model, critic=mlp(3, [], 1))
        >>> check_not_its_own(model, critic=model.critic)
        Traceback (most recent call last):
        ...
        ValueError: critic is the model's own, which would be trained on, and is not independent.
        Leave it out, or give a new network.
    """
    owned = {id(weight) for weight in model.weights}
    for name, network in networks.items():
        # What is no layer is refused where its kind is known.
        weights = {id(one) for one in getattr(network, "weights", ())}
        if not weights & owned:
            continue
        whose = "is the model's own" if weights <= owned else "shares weights with the model"
        raise ValueError(
            f"{name} {whose}, which would be trained on, and is not independent. Leave it out, or "
            "give a new network."
        )


def check_seed(seed: Any) -> int:
    """Return the seed of an evaluation, any integer.

    Raises:
        ValueError: if it is none.

    Example:
        >>> check_seed(3)
        3
    """
    return check_count("seed", seed, least=-math.inf, expected="an integer")
