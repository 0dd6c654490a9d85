"""The Gaussian autoregressive density of an LSTM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kfdiv.flows.affine import Affine
from kfdiv.flows.flow import Flow
from kfdiv.flows.recurrent import RecurrentAutoregressive
from kfdiv.networks.shapes import as_shape


def gaussian_lstm(
    event_shape: int | Sequence[int],
    units: Sequence[int] = (64, 64),
    dtype: Any = None,
    name: str | None = None,
    **options: Any,
) -> Flow:
    """`p(x) = prod_d N(x_d; mu(x_1..x_{d-1}), sigma(x_1..x_{d-1})^2)`, mu and sigma of LSTMs.

    A recurrent step a coordinate, so it is for tens or hundreds of coordinates. It starts at
    N(0, I), or, once it has met data by `adapt`, at the Gaussian with their means and variances.

    Args:
        event_shape: shape of one example; an integer means a vector.
        units: sizes of the LSTMs, one on another.
        dtype: dtype policy; Keras's default if None.
        name: the density's name.
        **options: of the step, see `RecurrentAutoregressive`: `activation`, `max_log_scale`.

    Returns:
        A `Flow`.

    Raises:
        ValueError: if an argument is not understood.

    Example:
        >>> density = gaussian_lstm(2, units=[8])
        >>> density.log_prob(density.sample(5)).shape
        TensorShape([5])

    Source: Rosca et al. 2018, appendix A.4: 1 to 5 LSTMs of 200 to 1,000 units, best three.
    """
    event_shape = as_shape(event_shape, "event_shape")
    size = math.prod(event_shape)
    step = RecurrentAutoregressive(size, units=units, dtype=dtype, **options)
    return Flow(event_shape, [step, Affine(size, dtype=dtype)], dtype=dtype, name=name)
