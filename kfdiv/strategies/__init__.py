"""Many devices: TensorFlow's strategies by name, and the worker processes of one."""

from kfdiv.strategies.by_name import NAMES, by_name
from kfdiv.strategies.mirrored import mirrored
from kfdiv.strategies.multi_worker import multi_worker
from kfdiv.strategies.sharding import in_shares
from kfdiv.strategies.tpu import tpu
from kfdiv.strategies.workers import LostWorkerError, Workers, lost_workers_told

__all__ = [
    "NAMES",
    "LostWorkerError",
    "Workers",
    "by_name",
    "in_shares",
    "lost_workers_told",
    "mirrored",
    "multi_worker",
    "tpu",
]
