"""What helps where a loss is not finite: by the term that broke, and by the objective."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from kfdiv.distributions.location_scale import LocationScale
from kfdiv.divergences import Divergence

# Of log u: where f of bounded divergences is at its limit.
_FAR = -100.0
_DATA = (
    "The data are not finite: find and clean them, for example dataset.unbatch().filter(...); "
    "model.evaluate(data) names the batch."
)
_CONDITION = (
    "Conditions are not finite, or labels are out of range: number classes from 0, below the "
    "condition's num_classes."
)
_WEIGHTS = "Weights of examples must be finite, and at least 0: look at sample_weight."
_LAYERS = (
    "That is what regularizers, activity regularizers and add_loss of its layers add: lower their "
    "factors, or the learning rate."
)


def remedy(model: Any, term: str) -> str:
    """Return sentences that say what to do.

    Args:
        model: a compiled objective.
        term: which of its terms was not finite, as `reporting.terms` names them.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.AGE(kfdiv.networks.mlp(2, [], 3), kfdiv.networks.mlp(3, [8], 1))
        >>> model.compile(divergence="kl")
        >>> print(remedy(model, "decoder loss"))
        If the data are finite and of moderate size, this helps AGE: lower the learning rates
        (critic_optimizer, decoder_optimizer); bound gradients, keras.optimizers.Adam(1e-4,
        clipnorm=1.0); keep the critic's slope low, compile(penalty='gradient'); clip the scales,
        compile(clip=0.5); choose a divergence with lighter tails than KL() to begin with (js,
        squared_hellinger).
    """
    causes = (("data (x)", _DATA), ("condition", _CONDITION), ("weights", _WEIGHTS))
    for start, sentence in (*causes, ("what layers add", _LAYERS)):
        if term.startswith(start):
            return sentence
    return (
        "If the data are finite and of moderate size, this helps "
        f"{type(model).__name__}: {'; '.join(model.remedies())}."
    )


def of_optimizers(model: Any) -> list[str]:
    """Return what helps every objective."""
    keywords = [role.keyword for role in model.roles if model.optimizer_of(role.name) is not None]
    rates = "rates" if keywords[1:] else "rate"
    return [
        f"lower the learning {rates} ({', '.join(keywords)})",
        "bound gradients, keras.optimizers.Adam(1e-4, clipnorm=1.0)",
    ]


def of_divergence(divergence: Divergence) -> list[str]:
    """Return what helps where f, or its slope, is large on few draws: none if f is bounded."""
    if has_light_tails(divergence):
        return []
    return [
        f"choose a divergence with lighter tails than {divergence!r} to begin with (js, "
        "squared_hellinger)"
    ]


def has_light_tails(divergence: Divergence) -> bool:
    """Say whether D_f is bounded: f(0) and the limit of f(u) / u are finite.

    Example:
        >>> from kfdiv import divergences
        >>> [has_light_tails(divergences.get(name)) for name in ("js", "kl", "rkl")]
        [True, False, False]
    """
    ends = (divergence, divergence.dual())
    values = [float(one.f(tf.constant(_FAR, tf.float64))) for one in ends]
    return all(math.isfinite(value) and abs(value) < abs(_FAR) / 2 for value in values)


def of_scale(distribution: Any) -> list[str]:
    """Return what helps where a density grows without bound: none if its scale is fixed."""
    if not isinstance(distribution, LocationScale) or isinstance(distribution.scale, float):
        return []
    kind = type(distribution).__name__
    return [
        "keep the decoder's scale from vanishing, "
        f"kfdiv.distributions.{kind}(network, min_scale=0.01)"
    ]
