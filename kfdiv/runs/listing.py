"""What `python -m kfdiv.train --list` prints: presets, divergences and objectives."""

from __future__ import annotations

import dataclasses
import textwrap

from kfdiv import divergences, presets


def listing() -> str:
    """Return the presets with their settings, the divergences, and the objectives.

    Example:
        >>> print(listing().splitlines()[-1])
        hinge (total_variation), logd (js), minimax (js)
    """
    lines = ["Presets (--preset; settings by --set=NAME=VALUE):"]
    for name in presets.registry.names():
        preset = presets.get(name)
        settings = " ".join(f"{k}={v}" for k, v in dataclasses.asdict(preset).items())
        lines += ["", f"  {name}: {preset.description} (--divergence={preset.divergence})"]
        lines += textwrap.wrap(settings, 96, initial_indent="    ", subsequent_indent="    ")
    names = ", ".join(divergences.registry.names())
    lines += ["", f"Divergences (--divergence): {names}"]
    lines += ["With objective=age also all: several divergences at once, along one gradient"]
    lines += ["", "Objectives (--set=objective=NAME), of presets that have the setting:"]
    lines += presets.shen.objectives.listing()
    return "\n".join(lines)
