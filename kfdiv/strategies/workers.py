"""The processes that train one model together: who writes, and what they tell one another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

# int64 numbers that go from worker to worker in one piece, by what there is to send: a sum across
# workers has one shape.
_PIECES = (2**10, 2**20)
# What a worker meets when another one has gone: kinds of errors, and words of wider kinds.
_LOST_KINDS = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError)
_LOST_WORDS = ("heartbeat", "Connection re", "Socket closed", "is aborted")


class LostWorkerError(RuntimeError):
    """Another worker of the job has ended; the message says what to do.

    Example:
        >>> issubclass(LostWorkerError, RuntimeError)
        True
    """


class Workers:
    """The worker processes of a strategy; of most strategies there is one.

    All of them must call `sum` and `from_chief` in the same order, as all take the same steps.

    Args:
        strategy: any one.

    Example:
        >>> workers = Workers(tf.distribute.get_strategy())
        >>> workers.count, workers.is_chief, workers.from_chief(b"state")
        (1, True, b'state')
    """

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self.strategy = strategy
        self.is_many = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        local = len(strategy.extended.worker_devices) if self.is_many else 0
        self.count = strategy.num_replicas_in_sync // local if self.is_many else 1
        self.is_chief = not self.is_many or bool(strategy.extended.should_checkpoint)
        # By how many numbers are summed.
        self._sums: dict[int, Callable[[tf.Tensor], tf.Tensor]] = {}

    def sum(self, values: Any) -> np.ndarray:
        """Return the sum of every worker's numbers; none goes on before all are here.

        Args:
            values: integers, of one shape `(n,)` on all workers.

        Returns:
            An int64 array of shape `(n,)`.
        """
        values = np.asarray(values, np.int64)
        if self.count == 1:
            return values
        size = len(values)
        if size not in self._sums:
            # Made by itself: a function that is called with many shapes TensorFlow warns of.
            spec = tf.TensorSpec([size], tf.int64)
            summed = tf.function(self._summed, autograph=False)
            self._sums[size] = summed.get_concrete_function(spec)
        return self._sums[size](tf.constant(values)).numpy()

    def from_chief(self, content: bytes | None) -> bytes:
        """Return on every worker what the chief has.

        Args:
            content: of the chief; what the others pass does not matter.
        """
        if self.count == 1:
            return content
        own = content if self.is_chief else b""
        (length,) = self.sum([len(own)])
        size = _PIECES[-1] if length > 8 * _PIECES[0] else _PIECES[0]
        received = []
        for start in range(0, int(length), 8 * size):
            piece = np.frombuffer(own[start : start + 8 * size].ljust(8 * size, b"\0"), np.int64)
            received.append(self.sum(piece if self.is_chief else np.zeros_like(piece)).tobytes())
        return b"".join(received)[: int(length)]

    def _summed(self, values: tf.Tensor) -> tf.Tensor:
        local = self.strategy.num_replicas_in_sync // self.count

        def share() -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            # Of a worker with several devices, one speaks.
            speaks = context.replica_id_in_sync_group % local == 0
            own = tf.where(speaks, values, tf.zeros_like(values))
            return context.all_reduce(tf.distribute.ReduceOp.SUM, own)

        return self.strategy.experimental_local_results(self.strategy.run(share))[0]


def lost_worker(error: BaseException) -> str | None:
    """Return in a few words by what an error shows that another worker has gone; None if it is not.

    Args:
        error: of any kind, from a step under a strategy of several workers.

    Example:
        >>> lost_worker(tf.errors.UnavailableError(None, None, "Socket closed"))
        'UnavailableError: Socket closed'
        >>> lost_worker(tf.errors.InvalidArgumentError(None, None, "shapes differ"))
    """
    if not isinstance(error, tf.errors.OpError):
        return None
    lines = [line.strip() for line in str(error.message).splitlines() if line.strip()]
    telling = [line for words in _LOST_WORDS for line in lines if words in line]
    if isinstance(error, _LOST_KINDS) or telling:
        return f"{type(error).__name__}: {' '.join([*telling, *lines][:1])}"[:250].rstrip(":")
    return None


@contextlib.contextmanager
def lost_workers_told(workers: Workers) -> Iterator[None]:
    """Say in one line where another worker has gone, in place of what TensorFlow says.

    Args:
        workers: those of the strategy; of one worker nothing is different.

    Raises:
        LostWorkerError: from TensorFlow's error.

    Example:
        >>> with lost_workers_told(Workers(tf.distribute.get_strategy())):
        ...     pass
    """
    try:
        yield
    except tf.errors.OpError as error:
        reason = lost_worker(error) if workers.count > 1 else None
        if reason is None:
            raise
        raise LostWorkerError(
            f"Another of the {workers.count} workers has ended, or cannot be reached ({reason}). "
            "End those that are left, and start all of them again: training goes on from the last "
            "backup."
        ) from error
