"""What `fit` draws from: the batches of any data set, from any step, a few steps at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from kfdiv.data import inputs, origin
from kfdiv.data.tuning import untuned
from kfdiv.models.reader import Reader
from kfdiv.models.repetition import repeat_from, steps_of_a_pass
from kfdiv.strategies import in_shares


class Feed:
    """Gives `fit` the batches of a data set, from any step, in groups of `steps_per_execution`.

    Keras restarts an epoch that was interrupted. A feed instead starts its data at the interrupted
    step and lets `fit` run through the steps that are already done without executing them, so
    epochs, batch numbers and the progress bar stay true. It reads the data itself; what Keras
    iterates over is a placeholder.

    Data that carry a stream are a function of the global step. Others are read on from where the
    last `fit` on the same data stopped, so that many short fits read no more than a long one; a
    resumed process reads once what its `fit` had read before.

    Args:
        dataset: a `tf.data.Dataset` of batches `x`, `(x, y)` or `(x, y, w)`.
        steps_per_epoch: optimisation steps an epoch; by default one pass over the data.

    Attributes:
        dataset: the data set.
        steps_per_epoch: optimisation steps an epoch.
        continued: whether the data are those of the last `fit`, so that they are read on.

    Raises:
        ValueError: if there is no `steps_per_epoch`, and the data set has no end or no known
            length, which is not found out by reading it; or if it is empty.

    Example:
        >>> feed = Feed(tf.data.Dataset.range(8).batch(2))
        >>> placeholder = feed.dataset_from(first_step=0, done=3, group=1)
        >>> [feed.advance(lambda it, steps: next(it).numpy().tolist(), None, list) for _ in "abcd"]
        [[], [], [], [6, 7]]
    """

    def __init__(self, dataset: tf.data.Dataset, steps_per_epoch: int | None = None) -> None:
        self.dataset = dataset
        self.continued = False
        self._source: Any = None
        self._stream = origin.stream_of(dataset)
        self._one_shot = origin.is_one_shot(dataset)
        self._whole_pass = steps_per_epoch in (None, int(dataset.cardinality()))
        self.steps_per_epoch = steps_of_a_pass(dataset) if self._whole_pass else steps_per_epoch
        self._group = 1
        self._next = 0
        self._done = 0
        self._reader: Reader | None = None
        # How the reader's elements are made: for another way it takes another reader.
        self._kind: tuple[Any, ...] = ()
        # Batches of these data before the model's step 0; None before the first fit.
        self._offset: int | None = None

    @classmethod
    def of(
        cls,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        steps_per_epoch: int | None = None,
        *,
        previous: Feed | None = None,
        **options: Any,
    ) -> Feed:
        """Return the feed of what a user hands to `fit`, `previous` going on if it is the same.

        Args:
            x: data, as of `kfdiv.data.inputs.as_dataset`, as are the next three.
            y: labels.
            sample_weight: weights.
            batch_size: of an array.
            steps_per_epoch: optimisation steps an epoch.
            previous: what `for_next_fit` of the model's last feed returned.
            **options: of `as_dataset`.
        """
        alone = y is None and sample_weight is None and batch_size is None
        if previous is None or not alone or previous._source is not x:
            dataset = inputs.as_dataset(x, y, sample_weight, batch_size, **options)
            feed = cls(dataset, steps_per_epoch)
            feed._source = x
            return feed
        feed = cls(previous.dataset, steps_per_epoch)
        feed.continued, feed._source = True, x
        feed._reader, feed._kind, feed._offset = previous._reader, previous._kind, previous._offset
        return feed

    def for_next_fit(self) -> Feed | None:
        """Return what the next `fit` needs to read on: nothing of arrays or of a stream."""
        return self if self._stream is None else None

    def batch_size(self) -> int | None:
        """Return the global batch size if it is static, else None."""
        shape = tf.nest.flatten(self.dataset.element_spec)[0].shape
        return shape[0] if shape.rank else None

    def dataset_from(
        self,
        first_step: int,
        done: int,
        group: int,
        strategy: tf.distribute.Strategy | None = None,
    ) -> tf.data.Dataset:
        """Go to a position in the data, from which `advance` takes them.

        Args:
            first_step: the value of the model's step counter when this `fit` first began.
            done: steps of this `fit` that an earlier, interrupted run has already taken.
            group: `steps_per_execution`.
            strategy: the model's; by default the current one.

        Returns:
            A placeholder for Keras's `fit` to iterate over, endless, which holds nothing. `advance`
            gets batches (`group == 1` or several replicas), else `(k, batch, ...)`.

        Raises:
            ValueError: if the data can be read only once, and an earlier run has begun to; or if
                they cannot be grouped.
        """
        if self._one_shot and done:
            raise ValueError(
                f"This fit cannot be resumed. {origin.why_not_resumable(self.dataset)}"
            )
        strategy = tf.distribute.get_strategy() if strategy is None else strategy
        replicas = strategy.num_replicas_in_sync
        self._group, self._next, self._done = group, 0, done % self.steps_per_epoch
        stacked = group if replicas == 1 else 1
        start = self._start(first_step)
        kind = (stacked, self._whole_pass, strategy)
        if self._stream is not None or kind != self._kind:
            self._reader = None
        if self._reader is None or not self._reader.skip_to(start + done):
            ragged = self._pass_steps if replicas == 1 else None
            # Whether a batch is smaller than others, the one before it tells.
            before = int(ragged is not None and (start + done) % ragged > 0)
            begin, elements = self._elements_from(start + done - before, stacked)
            iterator = iter(strategy.experimental_distribute_dataset(in_shares(elements)))
            rows = None if self._stream is None else self._stream.full_rows
            self._reader = Reader(iterator, begin, stacked > 1, self._one_shot, rows, ragged)
            self._reader.skip_to(start + done)
        self._kind = kind
        return in_shares(untuned(tf.data.Dataset.from_tensors(tf.zeros([replicas])).repeat()))

    def peek(self) -> Any:
        """Return the batch that comes next, of one replica, which stays the next.

        Unlike `dataset.take(1)` it takes nothing from data that can be read only once.

        Raises:
            ValueError: if there is none.
        """
        element, (stacked, _, strategy) = self._reader.peek(), self._kind
        element = tf.nest.map_structure(
            lambda leaf: strategy.experimental_local_results(leaf)[0], element
        )
        return tf.nest.map_structure(lambda leaf: leaf[0], element) if stacked > 1 else element

    def advance(
        self, run: Callable[[Any, int], dict], iterator: Any, logs: Callable[[], dict]
    ) -> dict[str, tf.Tensor]:
        """Take the next group of steps, or pass over it if an earlier run has taken it.

        Args:
            run: takes an iterator over the data and how many steps to take.
            iterator: Keras's, which holds nothing.
            logs: returns the logs where no step is taken.

        Raises:
            ValueError: if the data have ended.
        """
        del iterator
        begin, end = self._next, min(self._next + self._group, self.steps_per_epoch)
        begin, done = max(begin, self._done), self._done
        self._next = 0 if end == self.steps_per_epoch else end
        if self._next == 0:
            self._done = 0
        return logs() if end <= done else run(self._reader, end - begin)

    @property
    def _pass_steps(self) -> int | None:
        """Batches of a pass over a user's own data set whose sizes its `element_spec` leaves open.

        Of such batches none are stacked.
        """
        own = self._stream is None and self._whole_pass
        return self.steps_per_epoch if own and self.batch_size() is None else None

    def _start(self, first_step: int) -> int:
        """Return the position in the data at which this `fit` first began."""
        if self._one_shot:
            return 0 if self._reader is None else self._reader.position
        # Epochs of consecutive fits start on whole passes, and do not repeat one another's order.
        if self._stream is not None:
            return -(-first_step // self.steps_per_epoch) * self.steps_per_epoch
        offset = -first_step if self._offset is None else self._offset
        start = -(-max(0, first_step + offset) // self.steps_per_epoch) * self.steps_per_epoch
        self._offset = start - first_step
        return start

    def _elements_from(self, step: int, group: int) -> tuple[int, tf.data.Dataset]:
        """Return the endless sequence of elements from a step on, or from its group's begin."""
        epoch = self.steps_per_epoch
        if self._stream is None:
            begin = step - step % epoch % group
            return begin, repeat_from(self.dataset, begin, group, epoch, self._whole_pass)
        if group > 1:
            return step, self._stream.groups(step, group, epoch)
        return step, self._stream.batches(step)
