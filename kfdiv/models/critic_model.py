"""What objectives with critics share: critics move first, and are checked and saved with them."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import keras

from kfdiv.models import checks
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.roles import Option, Update


class CriticModel(GenerativeModel, abc.ABC):
    """A latent-variable model beside which critics learn.

    A step moves the critics `critic_steps` times, and then all other roles once, together, against
    the critics as they then stand. A subclass has an option `critic_steps`, declares `roles`, and
    makes what `critics` names in its constructor.

    Args:
        decoder: as of `GenerativeModel`, as are all others.
        encoder: q(z|x), or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        **kwargs: as of `GenerativeModel`.
    """

    takes_condition: ClassVar[bool] = True

    critics: ClassVar[tuple[str, ...]] = ("critic",)
    """Roles that move first, each the attribute that holds its network."""

    others_tag: ClassVar[str] = "generator"
    """Tag of the seeds of the draws that all other roles see."""

    critic_steps = Option()

    def updates(self) -> tuple[Update, ...]:
        """Return the critics' updates, then the one of all others."""
        others = tuple(role.name for role in self.roles if role.name not in self.critics)
        return (
            Update(self.critics, self.compiled_options.critic_steps, tag="critic"),
            Update(others, tag=self.others_tag),
        )

    def check_draws(self) -> None:
        """Raise if gradients do not pass through draws of decoder and encoder.

        Raises:
            ValueError: if draws of either are discrete.
        """
        for part in (self.decoder, self.encoder):
            checks.check_reparameterized(part, type(self).__name__)

    def pair_critic(self, critic: Any) -> keras.Model:
        """Return a critic of pairs (x, z), or of x where there is no encoder.

        Args:
            critic: a built network with one output; the condition, if there is one, comes last.

        Raises:
            ValueError: if it is not as described.
        """
        latents = None if self.encoder is None else self.prior.size
        beside = f"{'Without' if latents is None else 'Beside'} an encoder"
        return checks.check_critic(critic, self.event_shape, latents, self.condition, beside=beside)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        critics = {name: getattr(self, name) for name in self.critics}
        return super().get_config() | {
            name: keras.saving.serialize_keras_object(critic) for name, critic in critics.items()
        }
