"""Keras callbacks for generative models."""

from kfdiv.callbacks.checkpoint import Checkpoint
from kfdiv.callbacks.collapse import Collapse, ModeStatistics
from kfdiv.callbacks.collapse_monitor import CollapseMonitor, ModeCollapseWarning
from kfdiv.callbacks.curves import Curves
from kfdiv.callbacks.epoch_log import EpochLog
from kfdiv.callbacks.evaluate_every import EvaluateEvery
from kfdiv.callbacks.event_log import EventLog
from kfdiv.callbacks.exact_resume import ExactResume, OtherReplicasWarning
from kfdiv.callbacks.finite_loss import FiniteLoss
from kfdiv.callbacks.graceful_stop import SIGNALS, GracefulStop, Interrupted
from kfdiv.callbacks.interval import Interval
from kfdiv.callbacks.latent_plot import LatentPlot
from kfdiv.callbacks.manifold import Manifold
from kfdiv.callbacks.picture import Picture
from kfdiv.callbacks.picture_history import PictureHistory
from kfdiv.callbacks.sample_grid import SampleGrid
from kfdiv.callbacks.saved_states import NoStateError

__all__ = [
    "SIGNALS",
    "Checkpoint",
    "Collapse",
    "CollapseMonitor",
    "Curves",
    "EpochLog",
    "EvaluateEvery",
    "EventLog",
    "ExactResume",
    "FiniteLoss",
    "GracefulStop",
    "Interrupted",
    "Interval",
    "LatentPlot",
    "Manifold",
    "ModeCollapseWarning",
    "ModeStatistics",
    "NoStateError",
    "OtherReplicasWarning",
    "Picture",
    "PictureHistory",
    "SampleGrid",
]
