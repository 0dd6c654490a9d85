"""The autoregressive affine step."""

from __future__ import annotations

from typing import Any, final

import keras

from kfdiv.flows.autoregressive_affine import AutoregressiveAffine
from kfdiv.flows.made import made


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class MaskedAutoregressive(AutoregressiveAffine):
    """`x_d = shift_d + exp(log_scale_d) z_d`, shift and scale a MADE's of x_1, ..., x_{d-1}.

    The density takes one pass of the network, a draw D passes. Of one coordinate the step is
    affine. Arguments are those of `ConditionalAffine`.

    Example:
        >>> step = MaskedAutoregressive(3, units=[8])
        >>> z, log_det = step.inverse([[1.0, 2.0, 3.0]])
        >>> z.shape, log_det.shape
        (TensorShape([1, 3]), TensorShape([1]))

    Source: Papamakarios et al. 2017, "Masked autoregressive flow for density estimation", eq. 3-5.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(size, **kwargs)
        self.network = made(
            self.size,
            self.units,
            outputs=2,
            activation=self.activation,
            output_initializer="zeros",
            dtype=self.dtype_policy,
        )
