"""Image data sets as TensorFlow Datasets has prepared them on disk."""

from __future__ import annotations

import logging as stdlib_logging
from types import ModuleType
from typing import final

import numpy as np
import tensorflow as tf
from absl import logging

from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.records import RecordSource
from kfdiv.data.source import Source

# Bytes of pixels up to which a data set is held in memory; a larger one is read anew each epoch.
MEMORY_LIMIT = 1 << 30

# A crop as large as the image allows.
LARGEST = "largest"

# What works with every protobuf that TensorFlow admits; setup.py asks for it.
METADATA_PIN = "tensorflow-metadata>=1.17.2,<1.18"

# Records among which a larger one is shuffled, besides the order of its files.
_SHUFFLE_BUFFER = 10_000
_READ_BATCH = 512


@final
class PreparedImages:
    """A data set of images, and what is cut out of each.

    It is held in memory if its pixels take at most `MEMORY_LIMIT` bytes, else read anew each epoch.

    Args:
        name: what it is called here.
        tfds_name: what it is called in TensorFlow Datasets.
        split: in TensorFlow Datasets' notation.
        num_classes: how many labels there are, or None if it has none.
        crop: side in pixels of the central square to cut out, or `LARGEST`, or None for the whole
            image.
        size: side in pixels to resize to, or None to leave images as they are.

    Raises:
        ValueError: if `size` is not positive.

    Example:
        >>> images = PreparedImages("mnist", "mnist", "test", num_classes=10)
        >>> source = images.source(None, False, None)  # doctest: +SKIP
    """

    def __init__(
        self,
        name: str,
        tfds_name: str,
        split: str,
        num_classes: int | None = None,
        crop: int | str | None = None,
        size: int | None = None,
    ) -> None:
        if size is not None and size < 1:
            raise ValueError(f"Received size={size}; expected a positive number of pixels.")
        self._info = Info(name, split, num_classes)
        self._tfds_name = tfds_name
        self._crop = crop
        self._size = size

    def source(self, data_dir: str | None, download: bool, in_memory: bool | None) -> Source:
        """Open the data set.

        Args:
            data_dir: the folder of prepared data sets, or None for the usual one.
            download: download and prepare the data set if it is not there.
            in_memory: whether to hold it in memory; None decides by size.

        Raises:
            FileNotFoundError: if the data set has not been prepared; says how to.
            ImportError: if tensorflow_datasets is not installed.
            ValueError: if there is no such split.
        """
        self._tfds = _import_tfds()
        self._builder = self._tfds.builder(self._tfds_name, data_dir=data_dir)
        if download:
            self._builder.download_and_prepare()
        try:
            num_examples = int(self._read(None).cardinality())
        except AssertionError as error:  # what TensorFlow Datasets raises for missing files
            raise FileNotFoundError(self._how_to_prepare()) from error
        # AutoGraph has nothing to convert in these, and warns of the decorated methods they call.
        read, decode = map(tf.autograph.experimental.do_not_convert, (self._read, self.decode))
        images = read(None).map(decode, num_parallel_calls=tf.data.AUTOTUNE)
        if in_memory is None:
            shape = tf.nest.flatten(images.element_spec)[0].shape
            in_memory = num_examples * shape.num_elements() <= MEMORY_LIMIT
        if in_memory:
            return MemorySource(*_read_all(images, num_examples), self._info)
        return RecordSource(read, decode, num_examples, self._info)

    def _read(self, seed: tf.Tensor | None) -> tf.data.Dataset:
        """Encoded records, in the stored order or in that of an int64 scalar seed."""
        features = ["image"] if self._info.num_classes is None else ["image", "label"]
        _ignore_global_seed()
        records = self._builder.as_dataset(
            split=self._info.split,
            shuffle_files=seed is not None,
            read_config=self._tfds.ReadConfig(
                try_autocache=False,
                skip_prefetch=True,
                shuffle_seed=seed,
                shuffle_reshuffle_each_iteration=False,
            ),
            decoders={"image": self._tfds.decode.SkipDecoding()},
        ).map(lambda record: {feature: record[feature] for feature in features})
        if seed is None:
            return records
        return records.shuffle(_SHUFFLE_BUFFER, seed=seed, reshuffle_each_iteration=False)

    def decode(self, record: dict[str, tf.Tensor]) -> tf.Tensor | tuple[tf.Tensor, tf.Tensor]:
        """Return the image of a record, `(size, size, channels)` bytes, and its label, if any."""
        x = self._builder.info.features["image"].decode_example(record["image"])
        if self._size is not None:
            x = center_crop_resize(x, self._crop, self._size)
        return x if self._info.num_classes is None else (x, tf.cast(record["label"], tf.int32))

    def _how_to_prepare(self) -> str:
        return (
            f"The data set {self._info.name!r} has not been prepared: nothing is at "
            f"{self._builder.data_dir}. Either\n"
            f"- on a machine with a network, kfdiv.data.load({self._info.name!r}, download=True), "
            f"or in a shell: tfds build {self._tfds_name} --data_dir=DIR; or\n"
            "- say where it is: kfdiv.data.load(..., data_dir=DIR), or the environment variable "
            f"TFDS_DATA_DIR=DIR, where DIR is the folder that holds {self._tfds_name}.\n"
            "The data sets digits, ring, two_gaussians, grid9 and grid25 need no files."
        )


def center_crop_resize(image: tf.Tensor, crop: int | str | None, size: int) -> tf.Tensor:
    """Cut out the central square and resize it with antialiasing, in bytes.

    Args:
        image: uint8 tensor `(height, width, channels)`.
        crop: side of the square in pixels; `LARGEST` takes the smaller of height and width, None
            the whole image.
        size: side of the result in pixels.

    Returns:
        A uint8 tensor `(size, size, channels)`.

    Example:
        >>> center_crop_resize(tf.zeros([218, 178, 3], tf.uint8), 140, 64).shape
        TensorShape([64, 64, 3])
    """
    if crop == LARGEST:
        crop = tf.reduce_min(tf.shape(image)[:2])
    if crop is not None:
        image = tf.image.resize_with_crop_or_pad(image, crop, crop)
    resized = tf.image.resize(image, [size, size], antialias=True)
    return tf.saturate_cast(tf.round(resized), tf.uint8)


def _read_all(images: tf.data.Dataset, num_examples: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Read images and labels, if any, into arrays made once at their full size."""
    arrays = [
        np.empty([num_examples, *spec.shape], spec.dtype.as_numpy_dtype)
        for spec in tf.nest.flatten(images.element_spec)
    ]
    start = 0
    for batch in images.batch(_READ_BATCH).prefetch(1):
        parts = tf.nest.flatten(batch)
        for array, part in zip(arrays, parts, strict=True):
            array[start : start + len(part)] = part
        start += len(parts[0])
    return arrays[0], arrays[1] if len(arrays) == 2 else None


def _ignore_global_seed() -> None:
    """Make seeded shuffles a function of their seed alone, whatever `tf.random.set_seed` was given.

    While a function is traced, as by `flat_map`, this sets the seed of its graph alone.
    """
    if not tf.executing_eagerly():
        tf.random.set_seed(1)


def _import_tfds() -> ModuleType:
    """Return TensorFlow Datasets.

    Imported here because it takes seconds, and an embedded data set does without. What fails while
    it is imported it logs, with a traceback, and is then left without most of what it has.
    """
    failures: list[BaseException] = []

    def keep(record: stdlib_logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            failures.append(record.exc_info[1])
        return not record.exc_info

    logger = logging.get_absl_logger()
    logger.addFilter(keep)
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise ImportError(
            "This data set is read with TensorFlow Datasets, which could not be imported. "
            "Install it: pip install tensorflow-datasets importlib_resources"
        ) from error
    finally:
        logger.removeFilter(keep)
    if not hasattr(tensorflow_datasets, "builder"):
        reason = " ".join(str(failures[-1]).split()) if failures else "what failed was said before"
        raise ImportError(
            "This data set is read with TensorFlow Datasets, only half of which could be imported. "
            "Most likely tensorflow-metadata was made for a newer protobuf than the one that is "
            f"installed. This one goes with any: pip install '{METADATA_PIN}' (The reason given "
            f"was: {reason})"
        ) from (failures[-1] if failures else None)
    return tensorflow_datasets
