"""The figures of a trained model."""

from __future__ import annotations

import math
from typing import Any

from kfdiv import data, models
from kfdiv.distributions.noised_data import NoisedData


def measure(
    model: models.VariationalFDivergence,
    divergence: str,
    stream: data.Stream,
    max_examples: int = 10_000,
) -> dict[str, Any]:
    """Estimate the bound between the noised data and the noised model.

    The data density is that of the whole stream, and exact, also where training used an
    estimator of it.

    Args:
        model: a trained model; it is left as it is.
        divergence: which bound.
        stream: the data, as `kfdiv.data.load(...).stream`.
        max_examples: how many examples the estimate takes at most.

    Returns:
        `divergence`, `bound` and `bound_se` in nats (None where not finite), and `examples`.
    """
    judge = _with_exact_density(model)
    judge.compile(divergence)
    judge.adapt(stream.epoch())
    batches = min(-(-max_examples // stream.batch_size), stream.steps_per_epoch)
    logs = judge.evaluate(stream.batches().take(batches), verbose=0, return_dict=True)
    return {
        "divergence": divergence,
        "bound": _number(logs["bound"]),
        "bound_se": _number(logs["bound_se"]),
        "examples": batches * stream.batch_size,
    }


def _with_exact_density(model: models.VariationalFDivergence) -> models.VariationalFDivergence:
    config = model.get_config()
    if isinstance(model.data_density, NoisedData):
        config["data_density"] = "exact"
    judge = type(model).from_config(config)
    judge.set_weights(model.get_weights())
    return judge


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
