"""The spread data distribution given a label: a mixture over the points that have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv.distributions.empirical.empirical import Empirical
from kfdiv.noise import SpreadNoise


class EmpiricalByLabel:
    """One `Empirical` a label, `p^(y|c) = sum_(n: c_n = c) p(y|x_n) / N_c`.

    Each of them is evaluated at all y, and that of each y's label is taken: together as much work
    as the mixture over all points.

    Args:
        dataset: finite batches `(x, y)` or `(x, y, w)` with integer labels y; read once.
        noise: as of `Empirical`.
        mode: as of `Empirical`.
        num_classes: how many labels there are. One without points has the density NaN.
        **options: of the mode.

    Raises:
        ValueError: as `Empirical`, and if there are no labels, or some are out of range.

    Example:
        >>> x, labels = tf.constant([[-1.0], [1.0], [3.0]]), tf.constant([0, 1, 1])
        >>> data = EmpiricalByLabel(tf.data.Dataset.from_tensors((x, labels)), 1.0, num_classes=2)
        >>> y, c = tf.constant([[-1.0], [1.0]]), tf.constant([[1.0, 0.0], [0.0, 1.0]])
        >>> data.log_prob(y, 1.0, condition=c).numpy().round(3)
        array([-0.919, -1.485], dtype=float32)
    """

    def __init__(
        self,
        dataset: tf.data.Dataset,
        noise: SpreadNoise | float | str,
        mode: str = "exact",
        *,
        num_classes: int,
        **options: Any,
    ) -> None:
        groups = _groups(dataset, num_classes)
        self._parts: list[Empirical | None] = [None] * num_classes
        for label in range(num_classes):
            # Taken out one by one, so that no more than one is held twice.
            group = groups.pop(label, None)
            if group is not None:
                one = tf.data.Dataset.from_tensors(group)
                self._parts[label] = Empirical.from_dataset(one, noise, mode, **options)
        if self._parts.count(None) == num_classes:
            raise ValueError(
                "The data distribution received an empty data set. Pass at least one example."
            )

    @property
    def numbers_read(self) -> int:
        """As of `Empirical`, of all labels together."""
        return sum(one.numbers_read for one in self._parts if one is not None)

    def log_prob(
        self,
        y: tf.Tensor,
        width: float | tf.Tensor,
        *,
        condition: tf.Tensor,
        seed: tf.Tensor | None = None,
        location: tf.Tensor | None = None,
        differentiable: bool = True,
    ) -> tf.Tensor:
        """Return log p^(y|c) in nats, shape `(batch,)`; otherwise as `Empirical.log_prob`.

        Args:
            y: shape `(batch, *event_shape)`.
            width: of the noise.
            condition: labels as unit vectors, shape `(batch, num_classes)`.
            seed: as of `Empirical.log_prob`.
            location: as of `Empirical.log_prob`.
            differentiable: as of `Empirical.log_prob`.
        """
        options = {"seed": seed, "location": location, "differentiable": differentiable}
        found = [None if one is None else one.log_prob(y, width, **options) for one in self._parts]
        some = next(column for column in found if column is not None)
        nothing = tf.fill(tf.shape(some), tf.constant(np.nan, some.dtype))
        columns = tf.stack([nothing if column is None else column for column in found], axis=-1)
        return tf.gather(columns, tf.argmax(condition, axis=-1), axis=-1, batch_dims=1)


def _groups(dataset: tf.data.Dataset, num_classes: int) -> dict[int, tuple[np.ndarray, ...]]:
    """Return the examples of each label, `(x, y)` or `(x, y, w)`; those of weight zero left out."""
    found: dict[int, list[tuple[np.ndarray, ...]]] = {}
    for element in dataset.as_numpy_iterator():
        if not isinstance(element, tuple) or len(element) < 2:
            raise ValueError(
                "The density of data given labels needs batches (x, y), but the data set's "
                f"element_spec is {dataset.element_spec}."
            )
        if len(element) > 2:
            element = tuple(part[element[2] > 0] for part in element)
        labels = element[1]
        for label in np.unique(labels).tolist():
            if not 0 <= label < num_classes:
                raise ValueError(
                    f"Received the label {label}; expected integers from 0 to {num_classes - 1}."
                )
            rows = labels == label
            found.setdefault(label, []).append(tuple(part[rows] for part in element))
    return {
        label: tuple(np.concatenate(part) for part in zip(*batches, strict=True))
        for label, batches in found.items()
    }
