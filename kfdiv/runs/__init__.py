"""Training runs in folders: what the command-line programs are made of."""

from kfdiv.runs.config import Config
from kfdiv.runs.estimate import BoundEstimator
from kfdiv.runs.finish import inspect
from kfdiv.runs.preflight import check as check_outputs
from kfdiv.runs.record import summary, versions
from kfdiv.runs.reports import open_readers, write_comparison, write_report
from kfdiv.runs.resolve import resolve_config
from kfdiv.runs.training import train
from kfdiv.runs.workdir import Workdir

__all__ = [
    "BoundEstimator",
    "Config",
    "Workdir",
    "check_outputs",
    "inspect",
    "open_readers",
    "resolve_config",
    "summary",
    "train",
    "versions",
    "write_comparison",
    "write_report",
]
