"""An iterator over training data that knows its place, can be looked into, and says how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

import tensorflow as tf

from kfdiv.data import damaged


@final
class Reader:
    """Reads the elements of an endless data set, each of one batch or of several stacked ones.

    Args:
        iterator: over the elements, possibly shared out to replicas.
        position: how many batches of the data come before.
        grouped: whether an element stacks batches.
        one_shot: whether the data are known to be readable only once.
        rows: of every batch but an epoch's last, if that may be smaller and this is known.
        pass_steps: batches of a pass whose last may be smaller, where `rows` are not known.

    Attributes:
        position: how many batches of the data came before the next element.

    Example:
        >>> reader = Reader(iter(tf.data.Dataset.range(5)), position=0)
        >>> int(reader.peek()), int(next(reader)), reader.skip_to(3), int(next(reader))
        (0, 0, True, 3)
    """

    def __init__(
        self,
        iterator: Iterator[Any],
        position: int,
        grouped: bool = False,
        one_shot: bool = False,
        rows: int | None = None,
        pass_steps: int | None = None,
    ) -> None:
        self.position = position
        self._start = position
        self._iterator = iterator
        self._grouped = grouped
        self._one_shot = one_shot
        self._rows = rows
        self._pass_steps = pass_steps
        # Rows of the last two elements that were read.
        self._read: tuple[int | None, int | None] = (None, None)
        self._waiting: list[Any] = []

    def __iter__(self) -> Reader:
        return self

    def __next__(self) -> Any:
        element = self.peek()
        self._waiting.clear()
        self.position += self._size(element)
        if self._pass_steps is not None:
            self._read = self._read[1], tf.nest.flatten(element)[0].shape[0]
        return element

    def peek(self) -> Any:
        """Return the next element, which stays the next.

        Raises:
            ValueError: if there is none, or a file of it is damaged.
        """
        if not self._waiting:
            try:
                with damaged.named():
                    self._waiting.append(next(self._iterator))
            except StopIteration:
                raise ValueError(self._ended()) from None
        return self._waiting[0]

    def is_smaller(self, element: Any) -> bool:
        """Say whether the element read last is an epoch's last batch, and known to be smaller.

        A function of the data and the place alone, so that a resumed run says the same.
        """
        if self._pass_steps is not None:
            before, rows = self._read
            return before is not None and rows < before and self.position % self._pass_steps == 0
        axis = 1 if self._grouped else 0
        return self._rows is not None and tf.nest.flatten(element)[0].shape[axis] < self._rows

    def skip_to(self, position: int) -> bool:
        """Read on to a position; return False if it lies behind."""
        while self.position < position:
            element, left_out = self.peek(), slice(position - self.position, None)
            if self._size(element) <= left_out.start:
                next(self)
            else:
                rest = [leaf[left_out] for leaf in tf.nest.flatten(element)]
                self._waiting = [tf.nest.pack_sequence_as(element, rest)]
                self.position = position
        return self.position == position

    def _size(self, element: Any) -> int:
        return tf.nest.flatten(element)[0].shape[0] if self._grouped else 1

    def _ended(self) -> str:
        if self.position == 0:
            return (
                "Received an empty data set; expected at least one batch. If it was batched with "
                "drop_remainder=True, the batch size may exceed the number of examples."
            )
        fix = (
            "Pass a function that returns an iterator, a keras.utils.PyDataset or a "
            "tf.data.Dataset, or fewer steps."
        )
        if self._one_shot:
            return (
                f"The data ended after {self.position} batches; they come from an iterator, which "
                f"can be read only once. {fix}"
            )
        return (
            f"The data ended after {self.position} batches and gave nothing on another pass; they "
            f"seem to come from an iterator, which can be read only once. {fix}"
        )
