"""What autoencoders with a critic of codes share: its role, and their networks."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import keras

from kfdiv.models import checks
from kfdiv.models.critic_model import CriticModel
from kfdiv.models.roles import OptimizerOf


class WithCodeCritic(CriticModel, abc.ABC):
    """An autoencoder beside which a critic tells draws of the prior from codes of data.

    The code critic c is a classifier of z ~ p(z) against codes of data, so that -c estimates
    log q(z) / p(z), whose mean over codes is KL(q(z) || p(z)).

    Args:
        encoder: q(z|x), any `ConditionalDistribution`, or a built network with `2 * latent_size`
            outputs.
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        code_critic: a built network from z to one output; the condition, if there is one, comes
            last.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        **kwargs: as of `GenerativeModel`.

    Raises:
        ValueError: if the networks' shapes do not fit one another, or the prior learns.
    """

    critics: ClassVar[tuple[str, ...]] = ("code_critic",)
    valued_critic: ClassVar[str] = "code_critic"

    code_critic_optimizer = OptimizerOf("code_critic")

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        code_critic: keras.Model,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        self.check_parts()
        self.code_critic = checks.check_critic(
            code_critic, (self.prior.size,), None, self.condition, name="code_critic", of="z"
        )

    @abc.abstractmethod
    def check_parts(self) -> None:
        """Raise a ValueError if encoder, decoder or prior are not what the losses need."""
