"""Pictures in files, each had by its number: decoded when wanted, kept where memory allows."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Callable, Iterable
from typing import Any, final

import numpy as np
import tensorflow as tf

from kfdiv.data import pictures
from kfdiv.data.damaged import DamagedFileError
from kfdiv.data.info import Info
from kfdiv.data.source import Example, IndexedSource


@final
class PictureSource(IndexedSource):
    """Files of pictures of any sizes, as squares of one size.

    Any batch can be had at any step, whatever came before: nothing is read but its own files, by
    as many threads as there are cores.

    Args:
        paths: of the files.
        labels: int32 of shape `(paths,)`, or None.
        size: side of the squares in pixels.
        channels: 1 or 3.
        resize: as of `kfdiv.data.pictures.read`.
        info: facts that metrics use.
        keep: keep what was read in memory; otherwise it is read anew each epoch.

    Raises:
        ValueError: as `Source`.
    """

    def __init__(
        self,
        paths: list[str],
        labels: np.ndarray | None,
        size: int,
        channels: int,
        resize: str,
        info: Info,
        keep: bool,
    ) -> None:
        shape = (size, size, channels)
        y = None if labels is None else tf.TensorSpec([], tf.int32)
        super().__init__(len(paths), Example(tf.TensorSpec(shape, tf.uint8), y), info)
        self._paths = paths
        self._options = (size, channels, resize)
        with tf.device("CPU:0"):
            self._labels = None if labels is None else tf.constant(labels)
        # Takes memory as it is filled, on systems that give pages when they are touched.
        self._kept = np.empty((len(paths), *shape), np.uint8) if keep else None
        self._is_kept = np.zeros(len(paths), bool)
        self._pool: concurrent.futures.Executor | None = None

    def take(self, indices: tf.Tensor) -> Example:
        """See `IndexedSource.take`.

        Raises:
            DamagedFileError: if a file cannot be read. Of a pipeline of tf.data it comes as a
                `tf.errors.InvalidArgumentError`, which has the same text in it.
        """
        shape = self.spec.x.shape
        flat = tf.reshape(indices, [-1])
        if tf.executing_eagerly():
            x = tf.constant(self._read(flat.numpy()))
        else:
            x = tf.numpy_function(self._read, [flat], tf.uint8)
        x = tf.reshape(x, tf.concat([tf.shape(indices), shape], 0))
        x = tf.ensure_shape(x, [*indices.shape, *shape])
        return Example(x, None if self._labels is None else tf.gather(self._labels, indices))

    def faults(self) -> dict[int, str]:
        """Read all files, and return what is wrong with those that cannot be read, by number."""

        def fault(row: int) -> str | None:
            try:
                self._keep(row)
            except DamagedFileError as error:
                return str(error)
            return None

        found = self._mapped(fault, range(len(self)))
        return {row: text for row, text in enumerate(found) if text}

    def without(self, rows: list[int]) -> PictureSource:
        """Return the source that lacks some pictures; what was read of the others stays read."""
        left = np.delete(np.arange(len(self)), rows)
        labels = None if self._labels is None else self._labels.numpy()[left]
        paths = [self._paths[row] for row in left]
        source = PictureSource(paths, labels, *self._options, self.info, self._kept is not None)
        if self._kept is not None:
            source._kept, source._is_kept = self._kept[left], self._is_kept[left]
        return source

    def _read(self, rows: np.ndarray) -> np.ndarray:
        try:
            if self._kept is None:
                return np.stack(self._mapped(self._keep, rows.tolist()))
            self._mapped(self._keep, rows[~self._is_kept[rows]].tolist())
        except DamagedFileError as error:
            raise DamagedFileError(
                f"{error}. Replace it or move it away; or pass unreadable='skip', which reads all "
                "files at the beginning and leaves such out."
            ) from error
        return self._kept[rows]

    def _keep(self, row: int) -> np.ndarray:
        """Read a picture, and keep it where all are kept."""
        picture = pictures.read(self._paths[row], *self._options)
        if self._kept is not None:
            self._kept[row] = picture
            # After the pixels: another thread may look in between.
            self._is_kept[row] = True
        return picture

    def _mapped(self, function: Callable[[int], Any], rows: Iterable[int]) -> list[Any]:
        if self._pool is None:
            self._pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
        return list(self._pool.map(function, rows))
