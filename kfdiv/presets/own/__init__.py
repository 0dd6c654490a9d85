"""Data of one's own, from the command line: any pictures, any table."""

from kfdiv.presets.own.images import Images
from kfdiv.presets.own.tabular import Tabular

__all__ = ["Images", "Tabular"]
