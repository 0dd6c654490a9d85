"""What a model is conditional on: labels, or vectors."""

from __future__ import annotations

from typing import Any, final

import keras
import numpy as np
import tensorflow as tf

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.networks.abstract_condition import Condition
from kfdiv.networks.shapes import as_size


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class Labels(Condition):
    """Integer labels 0 to K - 1 as unit vectors, `c = e_y`, of size K.

    A label out of range, which only its value tells, becomes NaN: training then stops, and says so,
    and the figures of an evaluation are NaN.

    Args:
        num_classes: K.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `num_classes` is not a positive integer.

    Example:
        >>> Labels(3)(tf.constant([2, 0])).numpy()
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
    """

    def __init__(self, num_classes: int, **kwargs: Any) -> None:
        self.num_classes = as_size(num_classes, "num_classes")
        super().__init__(self.num_classes, **kwargs)

    def call(self, y: tf.Tensor) -> tf.Tensor:
        """See `Condition.call`; y holds integers of shape `(batch,)`."""
        self._check_spec(y)
        y = tf.cast(y, tf.int64)
        vectors = tf.one_hot(y, self.size, dtype=density_dtype(self))
        valid = tf.logical_and(y >= 0, y < self.size)
        return tf.where(valid[:, tf.newaxis], vectors, tf.constant(np.nan, vectors.dtype))

    def describe(self) -> str:
        """See `Condition.describe`."""
        return f"integer labels 0 to {self.size - 1}"

    def check(self, y: Any) -> None:
        """See `Condition.check`."""
        self._check_spec(y)
        values = tf.get_static_value(y)
        if values is None or values.size == 0:
            return
        low, high = int(values.min()), int(values.max())
        if low < 0 or high >= self.size:
            raise ValueError(
                f"The condition must be {self.describe()}, but got labels from {low} to {high}. "
                "Number the classes from 0, or build the model for more of them: "
                "kfdiv.networks.condition(num_classes=...)."
            )

    def spec(self) -> tf.TensorSpec:
        """See `Condition.spec`."""
        return tf.TensorSpec(None, tf.int32, "condition")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "num_classes": self.num_classes}

    @property
    def event_shape(self) -> tuple[int, ...]:
        """See `Condition.event_shape`."""
        return ()

    def _check_spec(self, y: Any) -> None:
        self.check_tensor(y)
        if y.shape.rank not in (None, 1):
            hint = "Take the second axis off: y[:, 0]."
            if y.shape[-1] != 1:
                hint = "Of one-hot vectors take y.argmax(axis=-1)."
            raise ValueError(
                f"The condition must be {self.describe()}, of shape (batch,), but got shape "
                f"{tuple(y.shape)}. {hint}"
            )
        if not y.dtype.is_integer:
            raise ValueError(
                f"The condition must be {self.describe()}, but got values of dtype {y.dtype.name}. "
                "Cast labels: y.astype('int32'). For vectors of numbers build the model with "
                "kfdiv.networks.condition(size=...)."
            )


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class Vectors(Condition):
    """Vectors of numbers, taken as they are, `c = y`.

    Args:
        size: of a vector.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `size` is not a positive integer.

    Example:
        >>> Vectors(2).rows([0.5, 1.5], count=3).shape
        TensorShape([3, 2])
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(as_size(size, "size"), **kwargs)

    def call(self, y: tf.Tensor) -> tf.Tensor:
        """See `Condition.call`; y has shape `(batch, size)`."""
        self._check_spec(y)
        return tf.cast(y, density_dtype(self))

    def describe(self) -> str:
        """See `Condition.describe`."""
        return f"vectors of {self.size} numbers"

    def check(self, y: Any) -> None:
        """See `Condition.check`."""
        self._check_spec(y)
        values = tf.get_static_value(y)
        if values is None:
            return
        wrong = int(values.size - np.isfinite(np.asarray(values, "float64")).sum())
        if wrong:
            raise ValueError(
                f"The condition must be {self.describe()}, but {wrong} of {values.size} values are "
                "NaN or infinite."
            )

    def spec(self) -> tf.TensorSpec:
        """See `Condition.spec`."""
        return tf.TensorSpec(None, density_dtype(self), "condition")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size}

    @property
    def event_shape(self) -> tuple[int, ...]:
        """See `Condition.event_shape`."""
        return (self.size,)

    def _check_spec(self, y: Any) -> None:
        self.check_tensor(y)
        if not (y.dtype.is_floating or y.dtype.is_integer):
            raise ValueError(
                f"The condition must be {self.describe()}, but got values of dtype {y.dtype.name}."
            )
        if not y.shape.is_compatible_with([None, self.size]):
            hint = ""
            if y.shape.rank == 1 and y.dtype.is_integer:
                hint = (
                    " For integer labels build the model with "
                    "kfdiv.networks.condition(num_classes=...)."
                )
            raise ValueError(
                f"The condition must be {self.describe()}, of shape (batch, {self.size}), but got "
                f"shape {tuple(y.shape)}.{hint}"
            )


def condition(num_classes: int | None = None, *, size: int | None = None) -> Condition:
    """Return what a model is conditional on, `p(x|c)`: labels, or vectors of numbers.

    Pass it to any objective, with networks that take c as a second input of `size` numbers, and
    train on `(x, y)`.

    Args:
        num_classes: y are integers of shape `(batch,)`, from 0 to `num_classes - 1`.
        size: y are numbers of shape `(batch, size)`.

    Raises:
        ValueError: if not exactly one of them is given, or it is not a positive integer.

    Example:
        >>> import kfdiv
        >>> networks = kfdiv.networks
        >>> model = kfdiv.models.VariationalFDivergence(
        ...     encoder=networks.mlp((8, 8, 1), [64], 4, condition_size=10),
        ...     decoder=networks.mlp(2, [64], (8, 8, 1), condition_size=10),
        ...     noise=0.5,
        ...     condition=networks.condition(num_classes=10),
        ... )
        >>> model.sample(5, condition=3).shape
        TensorShape([5, 8, 8, 1])

        After `model.compile("kl")` it is trained by `model.fit(kfdiv.data.load("digits"))`.
    """
    if (num_classes is None) == (size is None):
        raise ValueError(
            "condition takes either num_classes, for integer labels, or size, for vectors of "
            f"numbers, but got num_classes={num_classes!r} and size={size!r}."
        )
    return Vectors(size) if num_classes is None else Labels(num_classes)
