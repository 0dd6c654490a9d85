"""The two doors: a data set by its name, or arrays of one's own."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv.data import validate
from kfdiv.data.batching import Batching
from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.registry import registry
from kfdiv.data.source import Source
from kfdiv.data.stream import Stream


def load(
    name: str,
    split: str = "train",
    batch_size: int = 100,
    seed: int = 0,
    value_range: tuple[float, float] | None = None,
    drop_remainder: bool = True,
    shuffle: bool = True,
    data_dir: str | None = None,
    *,
    labels: bool | None = None,
    **options: Any,
) -> tf.data.Dataset:
    """Open a data set by name.

    The synthetic sets (`two_gaussians`, `gaussian_mixture`, `ring`, `grid9`, `grid25`) and `digits`
    need no files. The others (`mnist`, `fashion_mnist`, `cifar10`, `celeba`, `imagenet`,
    `imagenet64`) are read with TensorFlow Datasets from where they have been prepared; nothing is
    downloaded unasked. `stacked_mnist` and `color_mnist` are made of `mnist`, or with
    `source="digits"` of `digits`.
    Data of one's own are `folder`, of pictures, `csv` and `npz`, each with its `path`.

    Args:
        name: one of `kfdiv.data.registry`.
        split: `"train"`, `"test"`, ...; for TensorFlow Datasets also slices, `"train[:50000]"`.
        batch_size: examples a batch, over all replicas.
        seed: of the order, which it determines together with the epoch.
        value_range: `(0, 1)` (what None means) or `(-1, 1)`: the range of the pixels of images.
        drop_remainder: leave out an epoch's last, smaller batch.
        shuffle: draw a new order each epoch.
        data_dir: where TensorFlow Datasets has its data sets; by default the environment variable
            `TFDS_DATA_DIR`, else `~/tensorflow_datasets`. Data sets that need no files ignore it.
        labels: True for batches `(x, y)`, False for `x`; None for `(x, y)` where there are labels.
        **options: of the data set: arguments of its function in `kfdiv.data.synthetic`, `.digits`,
            `.images`, `.stacked_mnist`, `.color_mnist`, `.folder`, `.csv_file` or `.npz_file`.

    Returns:
        One epoch as a `tf.data.Dataset` of float32 batches `(batch, ...)`, in another order each
        time it is iterated; images are NHWC. `kfdiv.data.stream_of(dataset)`, or its attribute
        `stream`, is the `Stream` behind it, which what tf.data makes of the data set lacks: see
        `kfdiv.data.derived_from_stream`.

    Raises:
        FileNotFoundError: if TensorFlow Datasets has not prepared the data set, which says how to;
            or if there is no such path.
        TypeError: if the data set has no such option or needs one that is missing, or a setting has
            the wrong type.
        ValueError: if a name or a value is not one of those expected.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load("digits", batch_size=32)
        >>> dataset.element_spec[0].shape, len(dataset)
        (TensorShape([32, 8, 8, 1]), 45)
        >>> dataset.stream.value_range
        (0.0, 1.0)
    """
    batching = Batching(batch_size, seed, value_range, drop_remainder, shuffle, labels)
    opener = registry.get(name)
    parameters = dict(list(inspect.signature(opener).parameters.items())[1:])
    accepted = list(parameters)
    if "data_dir" in accepted:
        options["data_dir"] = data_dir
    for option in options:
        if option not in accepted:
            near = difflib.get_close_matches(option, accepted, 1)
            raise TypeError(
                f"Received the option {option!r}, which data set {name!r} does not have. "
                f"Its options: {', '.join(accepted) or 'none'}."
                + (f" Did you mean {near[0]!r}?" if near else "")
            )
    for option, parameter in parameters.items():
        if option not in options and parameter.default is inspect.Parameter.empty:
            raise TypeError(
                f"Data set {name!r} needs {option}: load({name!r}, ..., {option}=...). "
                f"Its options: {', '.join(accepted)}."
            )
    return _epoch(opener(split, **options), batching)


def from_arrays(
    x: Any,
    y: Any = None,
    batch_size: int = 100,
    seed: int = 0,
    value_range: tuple[float, float] | None = None,
    drop_remainder: bool = True,
    shuffle: bool = True,
    *,
    sample_weight: Any = None,
    labels: bool | None = None,
) -> tf.data.Dataset:
    """Make a data set like those of `load` from arrays in memory.

    Args:
        x: examples of shape `(examples, ...)`: uint8 pixels, which are scaled to `value_range`, or
            floats, which stay as they are. Images are NHWC.
        y: labels of shape `(examples, ...)`, or None.
        batch_size: examples a batch, over all replicas.
        seed: of the order, which it determines together with the epoch.
        value_range: `(0, 1)` or `(-1, 1)`, the range of the pixels: uint8 ones are scaled to it
            (None means `(0, 1)`), floats are checked to lie in it.
        drop_remainder: leave out an epoch's last, smaller batch.
        shuffle: draw a new order each epoch.
        sample_weight: how often an example counts, numbers of shape `(examples,)`, 0 or more; None
            for once each.
        labels: as in `load`.

    Returns:
        One epoch as a `tf.data.Dataset` that carries its stream, as `load` returns it. Batches are
        x, `(x, y)`, or with weights `(x, y, w)`, where w is float32 of shape `(batch,)` and y is
        `()` if there are no labels.

    Raises:
        TypeError: if a dtype or the type of a setting is wrong.
        ValueError: if the arrays are empty, of the wrong rank or of different lengths, hold NaN,
            infinity or pixels out of range, or are fewer than a batch; if a weight is negative, or
            all are zero.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.from_arrays([[0.0], [1.0], [2.0], [3.0]], batch_size=2)
        >>> sorted(x for batch in dataset for x in batch.numpy().ravel().tolist())
        [0.0, 1.0, 2.0, 3.0]
        >>> kfdiv.data.from_arrays([[0.0], [1.0]], batch_size=2, sample_weight=[1, 3]).element_spec
        (TensorSpec(shape=(2, 1), ...), (), TensorSpec(shape=(2,), dtype=tf.float32, name=None))
    """
    batching = Batching(batch_size, seed, value_range, drop_remainder, shuffle, labels)
    x = validate.examples(x)
    num_classes = None
    if y is not None:
        y = validate.labels(y, len(x))
        if y.ndim == 1 and np.issubdtype(y.dtype, np.integer):
            num_classes = len(np.unique(y))
    w = None if sample_weight is None else validate.weights(sample_weight, len(x))
    info = Info("arrays", num_classes=num_classes)
    return _epoch(MemorySource(x, y, info, w), batching)


def _epoch(source: Source, batching: Batching) -> tf.data.Dataset:
    """Open a source, after a check that floats lie in the range that they claim."""
    if batching.value_range is not None and isinstance(source, MemorySource):
        source.check_range(batching.value_range)
    return Stream(source, batching).epoch()
