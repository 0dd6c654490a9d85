"""Data as streams: every batch is a pure function of the seed and the global step.

`load` opens a data set by name, your own files among them (`folder`, `csv`, `npz`), `from_arrays`
arrays of yours; both return a `tf.data.Dataset` of
one epoch that carries a `Stream`, from which training draws batches at any step. `stream_of` finds
it; `derived_from_stream` says what becomes of it under `map`, `batch` or `take`.
"""

from kfdiv.data import (
    color_mnist,
    csv_file,
    digits,
    folder,
    images,
    npz_file,
    stacked_mnist,
    synthetic,
)
from kfdiv.data.batching import Batching
from kfdiv.data.damaged import DamagedFileError
from kfdiv.data.info import Info
from kfdiv.data.load import from_arrays, load
from kfdiv.data.origin import derived_from_stream, stream_of
from kfdiv.data.registry import registry
from kfdiv.data.source import IndexedSource, Source
from kfdiv.data.standardization import Standardization
from kfdiv.data.stream import Stream
from kfdiv.data.transforms import map_batches, with_noise

__all__ = [
    "Batching",
    "DamagedFileError",
    "IndexedSource",
    "Info",
    "Source",
    "Standardization",
    "Stream",
    "color_mnist",
    "csv_file",
    "derived_from_stream",
    "digits",
    "folder",
    "from_arrays",
    "images",
    "load",
    "map_batches",
    "npz_file",
    "registry",
    "stacked_mnist",
    "stream_of",
    "synthetic",
    "with_noise",
]
