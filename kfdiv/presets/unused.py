"""Settings that the others of a preset leave without use."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any


def refuse_unused(settings: Any, unused: Collection[str], reason: str) -> None:
    """Refuse settings of which a preset makes no use, but that are not their defaults.

    Args:
        settings: a preset.
        unused: names of its settings.
        reason: why nothing makes use of them, as the beginning of a sentence.

    Raises:
        ValueError: naming the first of them.
    """
    for field in dataclasses.fields(settings):
        if field.name in unused and getattr(settings, field.name) != field.default:
            raise ValueError(
                f"{reason} and makes no use of the setting {field.name}. Leave it out."
            )
