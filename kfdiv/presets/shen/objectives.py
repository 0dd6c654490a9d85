"""Which objectives the experiments can be run by: all that presets know of them is here."""

from __future__ import annotations

import dataclasses
from typing import Any

from kfdiv import losses, models
from kfdiv.arguments import check_choice, check_share
from kfdiv.presets.criterion import Criterion

ALL = "all"


@dataclasses.dataclass(frozen=True)
class Objective(Criterion):
    """An objective of decoder, critic and encoder by name, and the divergences it can minimise.

    Args:
        default: the divergence that is minimised if none is named.
        name: "age", by any divergence or by "all"; "fgan", by any; "ratio_gan", by those that
            `kfdiv.models.RatioGAN` can; or a minimax game of `kfdiv.models.BiGAN`, whose value is a
            divergence of its own: "minimax", "logd" or "hinge".
        clip: r0 of "age": its scales are those of u clipped to [r0, 1/r0]; 0 clips nothing.

    Example:
        >>> hinge = get("hinge", "kl")
        >>> hinge.default, hinge.model.__name__, hinge.target("total_variation")
        ('total_variation', 'BiGAN', {'game': 'hinge'})
    """

    name: str
    clip: float

    @property
    def is_game(self) -> bool:
        """Whether it is a minimax game, whose value is one divergence and no other."""
        return losses.registry[self.name].own_divergence is not None

    @property
    def model(self) -> type[models.GenerativeModel]:
        """The class of the model, made of decoder, critic, encoder and seed."""
        return models.registry.get(losses.registry[self.name].objective or self.name)

    def check(self, divergence: str) -> str:
        """See `Criterion.check`; "all" is for "age", and a minimax game has its own."""
        if divergence == ALL:
            if self.name == "age":
                return ALL
            raise ValueError(
                f"divergence='all' is for objective='age' alone, not for {self.name!r}: it is "
                "a gradient that lessens several divergences, and no divergence."
            )
        form = super().check(divergence)
        if self.is_game and form != super().check(self.default):
            raise ValueError(
                f"objective={self.name!r} minimises {self.default!r} and cannot minimise "
                f"{divergence!r}. Leave the divergence out, or choose objective='age'."
            )
        return form

    def target(self, divergence: str) -> dict[str, Any]:
        """See `Criterion.target`; a minimax game is named instead of a divergence."""
        return {"game": self.name} if self.is_game else super().target(divergence)

    def compile_arguments(self) -> dict[str, Any]:
        """Return what `compile` takes for this objective alone."""
        return {"clip": self.clip} if self.name == "age" else {}


def get(name: str, divergence: str, clip: float = 0.0) -> Objective:
    """Return the objective called `name`.

    Args:
        name: one of `names()`.
        divergence: what the experiment minimises by "age" unless told otherwise.
        clip: as of `Objective`.

    Raises:
        ValueError: if the name is unknown, or there are no scales to clip, or they cannot be
            clipped so.
    """
    check_choice("objective", name, names())
    check_share("clip", clip)
    if clip and name != "age":
        raise ValueError(f"clip={clip} is for objective='age' alone; {name!r} has no scales.")
    loss = losses.registry[name]
    if not loss.takes_all:
        divergence = loss.own_divergence or loss.divergence
    return Objective(divergence, name, clip)


def names() -> tuple[str, ...]:
    """Return all names.

    Example:
        >>> names()
        ('age', 'fgan', 'hinge', 'logd', 'minimax', 'ratio_gan')
    """
    return losses.registry.names()


def listing() -> list[str]:
    """Return lines that name the objectives, and the minimax games with their divergences."""
    found = [get(name, ALL) for name in names()]
    free = [objective.name for objective in found if not objective.is_game]
    bound = [f"{objective.name} ({objective.default})" for objective in found if objective.is_game]
    return [", ".join(free), "or a minimax game, with a divergence of its own:", ", ".join(bound)]
