"""Data as streams: every batch is a pure function of the seed and the global step.

`load` opens a data set by name, `from_arrays` one of your own; both return a `tf.data.Dataset` of
one epoch that carries a `Stream`, from which training draws batches at any step.
"""

from kfdiv.data import color_mnist, digits, images, stacked_mnist, synthetic
from kfdiv.data.batching import Batching
from kfdiv.data.info import Info
from kfdiv.data.load import from_arrays, load
from kfdiv.data.noised import with_noise
from kfdiv.data.registry import registry
from kfdiv.data.stream import Stream

__all__ = [
    "Batching",
    "Info",
    "Stream",
    "color_mnist",
    "digits",
    "from_arrays",
    "images",
    "load",
    "registry",
    "stacked_mnist",
    "synthetic",
    "with_noise",
]


def stream_of(dataset):
    return getattr(dataset, "stream", None)
