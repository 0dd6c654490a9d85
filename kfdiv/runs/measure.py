"""The figures of a trained model."""

from __future__ import annotations

import math
from typing import Any

from kfdiv import data, models
from kfdiv.runs.judge import Judge

# What objectives call their figure, and what kind of bound it is.
_KINDS = {"bound": "upper", "lower_bound": "lower"}


def measure(judge: Judge, stream: data.Stream, max_examples: int = 10_000) -> dict[str, Any]:
    """Estimate the bound that the model's objective gives.

    Args:
        judge: what `kfdiv.runs.judge` made of the model.
        stream: the data, as `kfdiv.data.load(...).stream`; the data density, where the objective
            needs one, is that of the whole stream.
        max_examples: how many examples the estimate takes, rounded up to whole batches.

    Returns:
        `divergence`, `bound` and `bound_se` in nats (None where not finite), `bound_kind`, "upper"
        or "lower", and `examples`.
    """
    model = judge.model
    if isinstance(model, models.VariationalFDivergence):
        model.adapt(stream.epoch())
    batches = min(-(-max_examples // stream.batch_size), stream.steps_per_epoch)
    logs = model.evaluate(stream.batches().take(batches), verbose=0, return_dict=True)
    (name,) = _KINDS.keys() & logs.keys()
    return {
        "divergence": judge.divergence,
        "bound": _number(logs[name]),
        "bound_se": _number(logs[f"{name}_se"]),
        "bound_kind": _KINDS[name],
        "examples": batches * stream.batch_size,
    }


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
