"""The autoregressive step of an LSTM."""

from __future__ import annotations

from typing import Any, final

import keras

from kfdiv.flows.autoregressive_affine import AutoregressiveAffine
from kfdiv.flows.recurrent_network import recurrent_network


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class RecurrentAutoregressive(AutoregressiveAffine):
    """`x_d = shift_d + exp(log_scale_d) z_d`, shift and scale an LSTM's of x_1, ..., x_{d-1}.

    Arguments are those of `ConditionalAffine`; `units` are the sizes of the LSTMs, one on another.

    Example:
        >>> step = RecurrentAutoregressive(3, units=[8])
        >>> z, log_det = step.inverse([[1.0, 2.0, 3.0]])
        >>> z.shape, log_det.shape
        (TensorShape([1, 3]), TensorShape([1]))

    Source: Rosca et al. 2018, appendix A.4, "Gaussian auto-regressive models".
    """

    def __init__(self, size: int, units: Any = (64, 64), **kwargs: Any) -> None:
        super().__init__(size, units=units, **kwargs)
        self.network = recurrent_network(
            self.size,
            self.units,
            outputs=2,
            activation=self.activation,
            output_initializer="zeros",
            dtype=self.dtype_policy,
        )
