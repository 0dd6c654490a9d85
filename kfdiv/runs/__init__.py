"""Training runs in folders: what the command-line programs are made of."""

from kfdiv.runs.config import Config
from kfdiv.runs.estimate import BoundEstimator
from kfdiv.runs.record import closing_list, versions
from kfdiv.runs.settle import settle
from kfdiv.runs.training import train
from kfdiv.runs.workdir import Workdir

__all__ = [
    "BoundEstimator",
    "Config",
    "Workdir",
    "closing_list",
    "settle",
    "train",
    "versions",
]
