"""The contract of p^(y), the density of the noised data."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import tensorflow as tf


class DataDensity(abc.ABC):
    """The density p^(y) of the data after spread noise, which reverse divergences evaluate.

    Unlike a model's layers it holds no weights of the model's: a data set is not saved with the
    network that was fitted to it.
    """

    uses_batch: ClassVar[bool] = False
    """Whether `log_prob` is given the objective's batch: `points`, their `weight`, the `noise`."""

    @property
    def adapted(self) -> bool:
        """Whether the density can be evaluated already; True for densities that are known."""
        return True

    @property
    def xla_compatible(self) -> bool:
        """Whether `log_prob` can be compiled by XLA."""
        return True

    @property
    def numbers_read(self) -> int:
        """How many numbers of the data `log_prob` goes through; 0 if that is next to nothing."""
        return 0

    def adapt(self, dataset: tf.data.Dataset, noise: Any, **given: Any) -> None:  # noqa: B027
        """Learn the density from one pass over `dataset`, and the noise; nothing if it is known.

        Args:
            dataset: batches x, `(x, y)` or `(x, y, w)`; w says how often an example counts.
            noise: the spread noise.
            **given: of a conditional model alone, `condition`: that of the model.
        """

    def is_known_given(self, condition: Any) -> bool:
        """Say whether it can be p^(y|c), given what a model is conditional on: by default not.

        Args:
            condition: a `kfdiv.networks.Condition`.
        """
        del condition
        return False

    def check_noise(self, noise: Any) -> None:  # noqa: B027
        """Raise if the density is not known under this spread noise; it may be None."""

    @abc.abstractmethod
    def log_prob(
        self,
        y: tf.Tensor,
        width: tf.Tensor | float | None,
        *,
        seed: tf.Tensor | None = None,
        location: tf.Tensor | None = None,
        differentiable: bool = True,
        **given: tf.Tensor,
    ) -> tf.Tensor:
        """Return log p^(y); of a conditional model log p^(y|c).

        Args:
            y: points of shape `(batch, *event_shape)`.
            width: of the spread noise, or None for y = x.
            seed: int32, shape `(2,)`, for estimators that sample.
            location: y before its noise, for estimators that use it.
            differentiable: whether the gradient with respect to y will be asked for.
            **given: of a conditional model alone, `condition`: c, shape `(batch, size)`.

        Returns:
            Nats, shape `(batch,)`.
        """

    @abc.abstractmethod
    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DataDensity:
        """Rebuild a density from `get_config`."""
        return cls(**config)
