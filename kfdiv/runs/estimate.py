"""The figure that a trained model gives, and of which divergence, if it is of one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from kfdiv import data, divergences, models
from kfdiv.distributions import MinibatchData, NoisedData
from kfdiv.runs.copying import copy_of


@dataclasses.dataclass(frozen=True)
class BoundEstimator:
    """A model that is compiled to be evaluated, and the divergence that its bound is of.

    Args:
        model: a copy of the model that is evaluated.
        divergence: the name of what is bounded; None where that is no divergence, or none that has
            a name here.
        asked: whether it was asked for, instead of the model's own figure.
    """

    model: models.GenerativeModel
    divergence: str | None
    asked: bool = False

    @classmethod
    def of(
        cls,
        model: models.GenerativeModel,
        target: Mapping[str, Any],
        divergence: str | None = None,
    ) -> BoundEstimator:
        """Prepare the evaluation of a trained model.

        Args:
            model: a trained model, compiled or not; it is left as it is.
            target: what told `compile` the objective, of `kfdiv.presets.Preset.target`.
            divergence: which divergence is asked for; None is what the model was trained by. "all",
                which is no divergence, is evaluated by Jensen-Shannon's, to which its critic is
                fitted.

        Returns:
            The estimator. Of an upper bound it takes the exact density of the data, also where
            training used an estimator of it.

        Raises:
            ValueError: if the divergence is unknown, or this model says nothing of it.

        Example:
            >>> import kfdiv
            >>> preset = kfdiv.presets.get("shen/grid25", units=4, critic_units=4)
            >>> BoundEstimator.of(preset.model("all"), preset.target("all")).divergence
            'js'
        """
        estimated = isinstance(getattr(model, "data_density", None), (MinibatchData, NoisedData))
        copy = copy_of(model, **({"data_density": "exact"} if estimated else {}))
        copy.compile(**target)
        if divergence is not None and divergence != target.get("divergence"):
            copy.check_bound(divergences.get(divergence))
            return cls(copy, divergence, asked=True)
        own = getattr(copy, "divergence", None)
        return cls(copy, None if own is None else _name(own, target.get("divergence")))

    def estimate(self, stream: data.Stream, max_examples: int = 10_000) -> dict[str, Any]:
        """Estimate the bound on data.

        Args:
            stream: the data, as `kfdiv.data.load(...).stream`; the data density, where the
                objective needs one, is that of the whole stream.
            max_examples: how many examples the estimate takes, rounded up to whole batches.

        Returns:
            `divergence`, `bound` and `bound_se` in nats (None where not finite), `bound_kind`, and
            `examples`. The kind is "upper" or "lower", of the divergence; or the name of the
            model's own figure, which bounds none, and `divergence` is None.
        """
        self.model.adapt(stream.epoch())
        batches = min(-(-max_examples // stream.batch_size), stream.steps_per_epoch)
        logs = self.model.evaluate(
            stream.batches().take(batches),
            divergence=self.divergence if self.asked else None,
            verbose=0,
            return_dict=True,
        )
        (name,) = (name.removesuffix("_se") for name in logs if name.endswith("_se"))
        kind = models.BOUND_KINDS.get(name)
        return {
            "divergence": None if kind is None else self.divergence,
            "bound": _number(logs[name]),
            "bound_se": _number(logs[f"{name}_se"]),
            "bound_kind": kind or name,
            "examples": batches * stream.batch_size,
        }


def _name(divergence: divergences.Divergence, given: Any) -> str:
    """Return the name of a divergence: the given one if it is of this divergence."""
    given = [given] if isinstance(given, str) else []
    for name in [*given, *divergences.registry.names()]:
        if _is(name, divergence):
            return name
    return repr(divergence)


def _is(name: str, divergence: divergences.Divergence) -> bool:
    try:
        return repr(divergences.get(name)) == repr(divergence)
    except ValueError:
        # "all" is none.
        return False


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
