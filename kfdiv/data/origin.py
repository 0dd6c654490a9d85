"""Where a data set comes from: the stream that it carries, or what it lost of it.

`Stream.epoch` makes an ordinary `tf.data.Dataset` and attaches the stream to that object, as its
attribute `stream`. What tf.data makes of it (`map`, `batch`, `take`, ...) is another object
without one; a mark among its options, which tf.data hands on, tells that there was one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    from kfdiv.data.stream import Stream

_STREAM = "kfdiv.data.Stream"
_SHUFFLED = "kfdiv.data.shuffled"
_ONE_SHOT = "kfdiv.data.one_shot"
_PIXELS = "kfdiv.data.pixels"


def attach(dataset: tf.data.Dataset, stream: Stream) -> tf.data.Dataset:
    """Return `dataset` with `stream` attached: the one place where that is done."""
    dataset = mark(dataset, _STREAM)
    if stream.shuffle:
        dataset = mark(dataset, _SHUFFLED)
    dataset.stream = stream
    return dataset


def stream_of(dataset: tf.data.Dataset) -> Stream | None:
    """Return the stream that a data set of `load` or `from_arrays` carries, or None.

    Args:
        dataset: any `tf.data.Dataset`.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load("ring")
        >>> kfdiv.data.stream_of(dataset).steps_per_epoch
        100
        >>> kfdiv.data.stream_of(dataset.take(3)) is None
        True
    """
    return getattr(dataset, "stream", None)


def derived_from_stream(dataset: tf.data.Dataset) -> bool:
    """Say whether tf.data made `dataset` of one that carried a stream, which it thereby lost.

    Its batches are what was asked for. But
    - they are no function of the step any more: they come in the order of the next pass over the
      data, and every pass counts, whoever makes it; so a run resumed by `ExactResume` may see
      other batches than the run that was interrupted;
    - an epoch's remainder that was dropped is out of reach, also for density estimation, which
      otherwise reads every example;
    - `info`, `value_range` and `clean` are gone.
    `kfdiv.data.map_batches` does what `map` does and keeps all that; the other settings are
    arguments of `load` and `from_arrays`.

    Args:
        dataset: any `tf.data.Dataset`.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load("ring")
        >>> [kfdiv.data.derived_from_stream(data) for data in (dataset, dataset.take(3))]
        [False, True]
    """
    return stream_of(dataset) is None and _STREAM in marks(dataset)


def loses_order(dataset: tf.data.Dataset) -> bool:
    """Say whether `dataset` was made of a stream that shuffles, so that each pass is another."""
    return derived_from_stream(dataset) and _SHUFFLED in marks(dataset)


def mark_pixels(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return `dataset` marked as one whose x were 8-bit pixels, and have been scaled."""
    return mark(dataset, _PIXELS)


def is_of_pixels(dataset: tf.data.Dataset) -> bool:
    """Say whether the x of `dataset` were 8-bit pixels, which were scaled as asked."""
    return _PIXELS in marks(dataset)


def mark_one_shot(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return `dataset` marked as one that can be read only once."""
    return mark(dataset, _ONE_SHOT)


def is_one_shot(dataset: tf.data.Dataset) -> bool:
    """Say whether `dataset` is made of a Python iterator, which can be read only once."""
    return _ONE_SHOT in marks(dataset)


def why_not_resumable(dataset: tf.data.Dataset) -> str | None:
    """Say in one line why training on `dataset` cannot be resumed exactly, or return None.

    Of a `tf.data.Dataset` of the user's own nothing is known: it is exact if a second process reads
    the same batches in the same order.

    Args:
        dataset: what `as_dataset` returned.

    Example:
        >>> import kfdiv
        >>> why_not_resumable(kfdiv.data.load("ring")) is None
        True
    """
    if is_one_shot(dataset):
        return (
            "The data come from a generator or another iterator, which cannot be read from the "
            "start again. Pass a function that returns it, a keras.utils.PyDataset or a "
            "tf.data.Dataset."
        )
    if derived_from_stream(dataset):
        return (
            "The data set was made by kfdiv.data and then changed by tf.data (map, batch, take, "
            "...), so that its order is no function of the step any more. Change it by "
            "kfdiv.data.map_batches, or by the arguments of load and from_arrays."
        )
    return None


def mark(dataset: tf.data.Dataset, name: str) -> tf.data.Dataset:
    """Return `dataset` with `name` among the frameworks that it says it was made with."""
    options = tf.data.Options()
    # The one option that is free text and adds up where data sets are put together.
    options.framework_type = [name]
    return dataset.with_options(options)


def marks(dataset: tf.data.Dataset) -> list[str]:
    """Return the names that `dataset`, and what it was made of, was marked with."""
    return dataset.options().framework_type or []
