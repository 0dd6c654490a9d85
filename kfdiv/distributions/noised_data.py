"""The data density of an objective that has yet to meet its data."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv.distributions.data_density import DataDensity
from kfdiv.distributions.empirical import Empirical, EmpiricalByLabel, estimator


@keras.saving.register_keras_serializable(package="kfdiv")
class NoisedData(DataDensity):
    """The noised data set, `p^(y) = sum_n w_n p(y|x_n) / sum_n w_n`, once `adapt` has met the x_n.

    Given a label c it is the mixture over the x_n that have it, p^(y|c).

    Source: Zhang et al. 2019, section 2.1.

    Args:
        mode: "exact", "pca" or "index"; see `Empirical`.
        **options: of the mode.

    Raises:
        ValueError: if the mode or an option is unknown.

    Example:
        >>> import kfdiv
        >>> density = NoisedData("exact")
        >>> density.adapted
        False
        >>> density.adapt(tf.data.Dataset.from_tensors(tf.zeros((4, 2))), kfdiv.noise.Gaussian(1.0))
        >>> density.log_prob(tf.zeros((1, 2)), width=1.0).numpy().round(3)
        array([-1.838], dtype=float32)
    """

    def __init__(self, mode: str = "exact", **options: Any) -> None:
        self.mode = mode
        self.options = options
        self._xla_compatible = estimator.make(mode, options).xla_compatible
        self._empirical: Empirical | EmpiricalByLabel | None = None

    @property
    def adapted(self) -> bool:
        """Whether the data have been met."""
        return self._empirical is not None

    @property
    def xla_compatible(self) -> bool:
        """Whether `log_prob` can be compiled by XLA."""
        return self._xla_compatible

    @property
    def numbers_read(self) -> int:
        """How many numbers of the data `log_prob` goes through."""
        return 0 if self._empirical is None else self._empirical.numbers_read

    def adapt(self, dataset: tf.data.Dataset, noise: Any, condition: Any = None) -> None:
        """Read batches x, `(x, y)` or `(x, y, w)` once; given labels, keep those of each apart."""
        options = {"mode": self.mode, **self.options}
        if condition is None:
            self._empirical = Empirical.from_dataset(dataset, noise, **options)
        else:
            options["num_classes"] = condition.num_classes
            self._empirical = EmpiricalByLabel(dataset, noise, **options)

    def is_known_given(self, condition: Any) -> bool:
        """Say whether it is known given a condition: given labels alone."""
        return condition.num_classes is not None

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
        """Return log p^(y) in nats; see `Empirical.log_prob`."""
        if self._empirical is None:
            raise ValueError(
                "The data density has not met its data: call model.adapt(dataset), or fit, which "
                "does so by itself."
            )
        return self._empirical.log_prob(
            y, width, seed=seed, location=location, differentiable=differentiable, **given
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"mode": self.mode, **self.options}
