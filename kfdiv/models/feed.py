"""What `fit` draws from: any data set as a stream that is a function of the global step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv import data as data_lib

# Of arrays, where the user does not say.
_BATCH_SIZE = 100


def as_dataset(
    x: Any, y: Any = None, batch_size: int | None = None, **options: Any
) -> tf.data.Dataset:
    """Return `x` itself if it is a `tf.data.Dataset`, else batches of arrays `x` (and labels `y`).

    Args:
        x: a data set, or an array of shape `(examples, ...)`.
        y: labels beside an array.
        batch_size: of an array; by default 100, or all examples if there are fewer.
        **options: of `kfdiv.data.from_arrays`.
    """
    if isinstance(x, tf.data.Dataset):
        return x
    if batch_size is None:
        batch_size = min(_BATCH_SIZE, len(x) or 1) if hasattr(x, "__len__") else _BATCH_SIZE
    return data_lib.from_arrays(x, y, batch_size=batch_size, **options)


class Feed:
    """Deals a data set out to `fit`, from any step, in groups of `steps_per_execution` batches.

    Keras restarts an epoch that was interrupted. A feed instead starts its data at the interrupted
    step and lets `fit` run through the steps that are already done without executing them, so
    epochs, batch numbers and the progress bar stay true.

    Args:
        dataset: a `tf.data.Dataset` of batches `x` or `(x, y)`.
        steps_per_epoch: optimisation steps an epoch; by default one pass over the data.

    Raises:
        ValueError: if the data set is endless, and there is no `steps_per_epoch`.
    """

    def __init__(self, dataset: tf.data.Dataset, steps_per_epoch: int | None = None) -> None:
        self._dataset = dataset
        self._stream = getattr(dataset, "stream", None)
        cardinality = int(dataset.cardinality())
        self._whole_pass = steps_per_epoch in (None, cardinality)
        self.steps_per_epoch = self._count(cardinality) if self._whole_pass else steps_per_epoch
        self._group = 1
        self._next = 0
        self._done = 0

    def batch_size(self) -> int | None:
        """Return the global batch size if it is static, else None."""
        return tf.nest.flatten(self._dataset.element_spec)[0].shape[0]

    def dataset_from(
        self, first_step: int, done: int, group: int, replicas: int
    ) -> tf.data.Dataset:
        """Return an endless data set for `fit`, and aim `advance` at the same position.

        Args:
            first_step: the value of the model's step counter when this `fit` first began.
            done: steps of this `fit` that an earlier, interrupted run has already taken.
            group: `steps_per_execution`.
            replicas: devices that share a batch; above one, elements are single batches.

        Returns:
            A data set whose elements are batches (`group == 1` or several replicas), else `(k,
            batch, ...)`.
        """
        self._group, self._next, self._done = group, 0, done % self.steps_per_epoch
        # Epochs of consecutive fits start on whole passes, and do not repeat one another's order.
        origin = -(-first_step // self.steps_per_epoch) * self.steps_per_epoch
        step = origin + done
        grouped = group > 1 and replicas == 1
        if self._stream is not None:
            if grouped:
                return self._stream.groups(step, group, self.steps_per_epoch)
            return self._stream.batches(step)
        return self._grouped(step) if grouped else self._dataset.repeat().skip(step)

    def advance(
        self, run: Callable[[Any, int], dict], iterator: Any, logs: Callable[[], dict]
    ) -> dict[str, tf.Tensor]:
        """Take the next group of steps, or pass over it if an earlier run has taken it."""
        begin, end = self._next, min(self._next + self._group, self.steps_per_epoch)
        begin, done = max(begin, self._done), self._done
        self._next = 0 if end == self.steps_per_epoch else end
        if self._next == 0:
            self._done = 0
        return logs() if end <= done else run(iterator, end - begin)

    def _count(self, cardinality: int) -> int:
        if cardinality == tf.data.INFINITE_CARDINALITY:
            raise ValueError(
                "Received an endless data set without `steps_per_epoch`; pass "
                "fit(..., steps_per_epoch=N) to say what an epoch is."
            )
        if cardinality == tf.data.UNKNOWN_CARDINALITY:
            cardinality = int(self._dataset.reduce(np.int64(0), lambda count, _: count + 1))
        return cardinality

    def _grouped(self, step: int) -> tf.data.Dataset:
        """Stack a plain data set's batches into groups that never cross the end of an epoch."""
        if self.batch_size() is None:
            raise ValueError(
                f"steps_per_execution={self._group} stacks batches, which must then have one size, "
                "but the data set's "
                f"element_spec is {self._dataset.element_spec}. Batch with drop_remainder=True."
            )
        if not self._whole_pass:
            if self.steps_per_epoch % self._group or self._done % self._group:
                raise ValueError(
                    f"Received steps_per_epoch={self.steps_per_epoch}, which is not a multiple of "
                    f"steps_per_execution={self._group}. Make it one, or leave steps_per_epoch out."
                )
            return self._dataset.repeat().skip(step).batch(self._group)
        whole = self._dataset.batch(self._group)
        if not self._done:
            return whole.repeat()
        opening = -self._done % self._group
        rest = self._dataset.skip(self._done)
        groups = rest.skip(opening).batch(self._group)
        if opening:
            groups = rest.take(opening).batch(opening).concatenate(groups)
        return groups.concatenate(whole.repeat())
