"""Whole experiments by name: data, networks, objective, optimizers, and how long to train.

`get("digits")` returns a `Preset`; `registry` lists the names.
"""

from kfdiv.presets.chain import Chain
from kfdiv.presets.digits import Digits
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import get, registry
from kfdiv.presets.shen import Bidirectional, Grid9, Grid25
from kfdiv.presets.two_widths import TwoWidths
from kfdiv.presets.warm_started import WarmStarted
from kfdiv.presets.zhang import MNIST, CelebA, Gaussian, Ring

__all__ = [
    "MNIST",
    "Bidirectional",
    "CelebA",
    "Chain",
    "Digits",
    "Gaussian",
    "Grid9",
    "Grid25",
    "Preset",
    "Ring",
    "TwoWidths",
    "WarmStarted",
    "get",
    "registry",
]
