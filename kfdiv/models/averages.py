"""Moving averages of weights, by which a model samples and is judged while others train on."""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

# Until the momentum is reached, the average is one over about the last tenth of the steps: weights
# of the start are forgotten at the rate at which training goes on.
_WARMUP = 10


class Averages(keras.layers.Layer):
    """Exponential moving averages of some layers' weights, `a_k = m_k a_(k-1) + (1 - m_k) w_k`.

    `w_k` are the weights after step k = 1, 2, ... and `m_k = min(momentum, (k - 1) / (k + 9))`, so
    that the first average is `w_1`. Before it, the averages are whatever the weights are. Averages
    of batch normalisation are averaged like all weights that are no integers.

    It has no variables until it is told to keep averages, or loads them. It is never built, as
    Keras locks what is.

    Source: Polyak and Juditsky 1992; Karras et al. 2024, section 3.1, for averages over a share of
    the training.

    Args:
        layers: function that returns the layers, built.

    Attributes:
        momentum: of the average; None where steps change it not.
        used: whether `scope` and `in_place` make a difference.
    """

    def __init__(self, layers: Callable[[], Sequence[keras.layers.Layer]]) -> None:
        super().__init__(name="averages", trainable=False)
        self.momentum: float | None = None
        self.used = False
        self._placed = False
        self._layers_averaged = layers
        self._asked = False
        self._count: keras.Variable | None = None
        # Not in containers that Keras walks through: the weights are others'.
        self._weights_of: Mapping[int, keras.Variable] = types.MappingProxyType({})
        self._averages_of: Mapping[int, keras.Variable] = types.MappingProxyType({})

    @property
    def kept(self) -> bool:
        """Whether there are averages, or will be after a step."""
        return self._count is not None and (self.momentum is not None or not self._asked)

    def keep(self, momentum: float | None) -> None:
        """Average the weights from now on, or stop where `momentum` is None.

        Averages that are kept go on, as optimizers do that `compile` is given again; after a time
        without they begin anew.

        Args:
            momentum: between 0 and 1.
        """
        if momentum is not None and self._count is None:
            self._create()
        elif not self.kept:
            self.restart()
        self._asked = True
        self.momentum = momentum
        self.used = momentum is not None

    def _create(self) -> None:
        weights = {id(w): w for layer in self._layers_averaged() for w in layer.weights}
        options = {"trainable": False, "autocast": False, "aggregation": "only_first_replica"}
        self._count = self.add_weight(
            name="count", shape=(), dtype="int64", initializer="zeros", **options
        )
        averages = {
            key: self.add_weight(
                name=f"average_{index}",
                shape=weight.shape,
                dtype=weight.dtype,
                initializer="zeros",
                **options,
            )
            for index, (key, weight) in enumerate(weights.items())
        }
        self._weights_of = types.MappingProxyType(dict(weights))
        self._averages_of = types.MappingProxyType(averages)

    def restart(self) -> None:
        """Forget the averages: they are the weights until the next step."""
        if self._count is not None:
            self._count.assign(0)

    def update(self) -> None:
        """Average the weights as they are after a train step."""
        if self.momentum is None:
            return
        done = tf.cast(self._count.value, "float32")
        momentum = tf.minimum(self.momentum, done / (done + _WARMUP))
        for weight, average in self._pairs():
            new, old = tf.convert_to_tensor(weight.value), tf.convert_to_tensor(average.value)
            if new.dtype.is_floating:
                new = old + tf.cast(1.0 - momentum, new.dtype) * (new - old)
                # Of weights that are infinite or were NaN before the first step.
                new = tf.where(done > 0, new, tf.convert_to_tensor(weight.value))
            average.assign(new)
        self._count.assign_add(1)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Return a context in which layers compute by the averages, eagerly or in a graph.

        No variable changes, and nothing that is assigned inside stays.
        """
        if not self.used:
            return contextlib.nullcontext()
        if tf.executing_eagerly() and not self._started():
            return contextlib.nullcontext()
        started = self._count.value > 0
        return keras.StatelessScope(
            [
                (w, tf.where(started, a.value, tf.cast(w.value, a.value.dtype)))
                for w, a in self._pairs()
            ]
        )

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the weights the averages' values inside the context, and take them back after it."""
        if not self.used or not self._started():
            yield
            return
        kept = [weight.numpy() for weight, _ in self._pairs()]
        self.used, self._placed = False, True
        try:
            for weight, average in self._pairs():
                weight.assign(average.value)
            yield
        finally:
            for (weight, _), value in zip(self._pairs(), kept, strict=True):
                weight.assign(value)
            self.used, self._placed = True, False

    def refuse_in_place(self, what: str) -> None:
        """Raise where the weights have the averages' values: what is done to them is lost after it.

        Args:
            what: that would be done.

        Raises:
            RuntimeError: inside of `in_place`.
        """
        if self._placed:
            raise RuntimeError(
                f"{what} inside of averaged_weights() would take the averages for the weights, "
                "which come back after it. Do it outside."
            )

    def _started(self) -> bool:
        return self._count is not None and int(self._count.numpy()) > 0

    def _pairs(self) -> list[tuple[keras.Variable, keras.Variable]]:
        return [(weight, self._averages_of[key]) for key, weight in self._weights_of.items()]

    def save_own_variables(self, store: Any) -> None:
        """Write the averages; refuse where the weights are not the model's."""
        self.refuse_in_place("Saving")
        super().save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Read the averages; a file without them lets them begin anew.

        A model that was not compiled takes and uses what the file has; one that keeps no averages
        leaves it.
        """
        if "0" not in store:
            self.restart()
        elif self._count is not None or not self._asked:
            if self._count is None:
                self._create()
                self.used = True
            super().load_own_variables(store)


def by_averages(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method of a model compute by the averages of its weights, where they are used."""

    @functools.wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.averages.scope():
            return method(self, *args, **kwargs)

    return wrapped
