"""Training runs in folders: what the command-line programs are made of."""

from kfdiv.runs.config import Config
from kfdiv.runs.judge import Judge, judge
from kfdiv.runs.measure import measure
from kfdiv.runs.record import summary, versions
from kfdiv.runs.resolve import resolve_config
from kfdiv.runs.training import train
from kfdiv.runs.workdir import Workdir

__all__ = [
    "Config",
    "Judge",
    "Workdir",
    "judge",
    "measure",
    "resolve_config",
    "summary",
    "train",
    "versions",
]
