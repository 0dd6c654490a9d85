"""The experiments of Shen et al. 2020, "Bidirectional generative modeling using AGE"."""

from kfdiv.presets.shen.bidirectional import Bidirectional
from kfdiv.presets.shen.grid import Grid9, Grid25

__all__ = ["Bidirectional", "Grid9", "Grid25"]
