"""What a preset can minimise."""

from __future__ import annotations

import dataclasses
from typing import Any

from kfdiv import divergences


@dataclasses.dataclass(frozen=True)
class Criterion:
    """Any divergence by its name; `default` unless told otherwise.

    Args:
        default: the divergence that is minimised if none is named.

    Example:
        >>> criterion = Criterion("js")
        >>> criterion.check("reverse_kl"), criterion.target("rkl")
        ('RKL()', {'divergence': 'rkl'})
    """

    default: str

    def check(self, divergence: str) -> str:
        """Return the form of a divergence: the same for every name of one.

        Raises:
            ValueError: if it is unknown, or cannot be minimised here.
        """
        return repr(divergences.get(divergence))

    def target(self, divergence: str) -> dict[str, Any]:
        """Return what tells `compile` the divergence, by its argument's name."""
        return {"divergence": divergence}


@dataclasses.dataclass(frozen=True)
class OwnObjective(Criterion):
    """An objective of its own, which is no divergence between data and model.

    Args:
        default: its name.

    Example:
        >>> OwnObjective("aae").target("aae")
        {}
    """

    def check(self, divergence: str) -> str:
        """Return the name, if it is this one's.

        Raises:
            ValueError: on a divergence, and on an unknown name.
        """
        if divergence == self.default:
            return divergence
        found = super().check(divergence)
        raise ValueError(
            f"{self.default!r} minimises an objective of its own, not {found}. Leave the "
            "divergence out."
        )

    def target(self, divergence: str) -> dict[str, Any]:
        """Return nothing: `compile` is told no divergence."""
        return {}
