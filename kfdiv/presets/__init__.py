"""Whole experiments by name: data, networks, objective, optimizers, and how long to train.

`get("digits")` returns a `Preset`; `registry` lists the names. A paper's are in the package that
its first author names: `zhang`, `shen`, `rosca`, and `fgm`, f-GM's; for data of one's own are
those of `own`, and `get("module:Class")` for a preset of one's own.
"""

from kfdiv.presets import fgm, own, rosca, shen, zhang
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.digits import Digits
from kfdiv.presets.digits_conditional import DigitsConditional
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import get, registry
from kfdiv.presets.warmup import Warmup

__all__ = [
    "Criterion",
    "Digits",
    "DigitsConditional",
    "Preset",
    "Warmup",
    "fgm",
    "get",
    "own",
    "registry",
    "rosca",
    "shen",
    "zhang",
]
