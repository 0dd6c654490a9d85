"""Which figure a trained model gives, and of which divergence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from kfdiv import divergences, models
from kfdiv.distributions.noised_data import NoisedData
from kfdiv.losses import game as games
from kfdiv.models.adversarial import Adversarial
from kfdiv.models.age import ALL


@dataclasses.dataclass(frozen=True)
class Judge:
    """A model that is compiled to be evaluated, and what its figure is of.

    Args:
        model: has the weights of the model that is judged, which is left as it is.
        divergence: a name.
    """

    model: models.GenerativeModel
    divergence: str


class _Classifier(models.AGE):
    """Bounds any divergence by a classifier's log-ratio; nothing of it trains."""

    def compile(self, divergence: Any) -> None:
        super().compile("js")
        self._compiled.divergence = divergences.get(divergence)


def judge(
    model: models.GenerativeModel, target: Mapping[str, Any], divergence: str | None = None
) -> Judge:
    """Prepare the evaluation of a trained model.

    Args:
        model: a trained model, compiled or not.
        target: what told `compile` the objective, of `kfdiv.presets.Preset.target`.
        divergence: which divergence is asked for; None is what the model was trained by.

    Returns:
        The model to evaluate. Of `VariationalFDivergence` it has the exact density of the data,
        also where training used an estimator of it. "all", which is no divergence, is judged by
        Jensen-Shannon's, to which its classifier is fitted.

    Raises:
        ValueError: if the divergence is unknown, or this model says nothing of it.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/grid25", units=4, critic_units=4)
        >>> kfdiv.runs.judge(preset.model("all"), preset.target("all")).divergence
        'js'
    """
    if isinstance(model, models.VAE):
        raise ValueError(
            "A VAE's figure, the negative ELBO, bounds no divergence: it contains the entropy of "
            "the data. model.evaluate(data) gives it."
        )
    own = _divergence_of(target)
    if divergence in (None, target.get("divergence")):
        divergence = own
    asked = divergences.get(divergence)
    kind, arguments = type(model), target
    if isinstance(model, Adversarial) and _fits_classifier(model, target):
        kind, arguments = _Classifier, {"divergence": divergence}
    elif not isinstance(model, Adversarial):
        arguments = {**target, "divergence": divergence}
    elif repr(asked) != repr(divergences.get(own)):
        raise ValueError(
            f"This run's critic was fitted to a bound on {own!r} and does not estimate log(p/q): "
            f"it says nothing of {divergence!r}. Leave --divergence out, or train with an "
            "objective whose critic is a classifier: age, ratio_gan, minimax or logd."
        )
    judging = _copy(model, kind)
    judging.compile(**arguments)
    return Judge(judging, divergence)


def _divergence_of(target: Mapping[str, Any]) -> str:
    if "game" in target:
        return games.registry.get(target["game"]).divergence
    return "js" if target["divergence"] == ALL else target["divergence"]


def _fits_classifier(model: Adversarial, target: Mapping[str, Any]) -> bool:
    """Say whether the critic's loss is logistic regression, so that its output is a log-ratio."""
    if isinstance(model, models.BiGAN):
        game = games.registry.get(target["game"])
        return game.critic_losses is games.Game.critic_losses
    return isinstance(model, (models.AGE, models.RatioGAN))


def _copy(model: models.GenerativeModel, kind: type) -> models.GenerativeModel:
    config = model.get_config()
    if isinstance(getattr(model, "data_density", None), NoisedData):
        config["data_density"] = "exact"
    copy = kind.from_config(config)
    copy.set_weights(model.get_weights())
    return copy
