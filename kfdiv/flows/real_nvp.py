"""The flow of affine coupling steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kfdiv.flows.affine import Affine
from kfdiv.flows.coupling import AffineCoupling
from kfdiv.flows.flow import Flow
from kfdiv.networks.shapes import as_shape, as_size


def real_nvp(
    event_shape: int | Sequence[int],
    layers: int = 8,
    units: Sequence[int] = (128, 128),
    dtype: Any = None,
    name: str | None = None,
    **options: Any,
) -> Flow:
    """RealNVP: coupling steps that keep the even and the odd coordinates by turns.

    Density and draws are equally fast. It starts at N(0, I), or, once it has met data by `adapt`,
    at the Gaussian with their means and variances.

    Args:
        event_shape: shape of one example, of two coordinates or more; an integer means a vector.
        layers: coupling steps.
        units: sizes of the hidden layers of each step's network.
        dtype: dtype policy; Keras's default if None.
        name: the flow's name.
        **options: of the steps, see `AffineCoupling`: `activation`, `max_log_scale`.

    Returns:
        A `Flow`.

    Raises:
        ValueError: if an argument is not understood.

    Example:
        >>> flow = real_nvp(2, layers=4, units=[16])
        >>> flow.log_prob(flow.sample(5)).shape
        TensorShape([5])

    Source: Dinh et al. 2017, "Density estimation using Real NVP", sections 3.4 and 3.5.
    """
    event_shape = as_shape(event_shape, "event_shape")
    size = math.prod(event_shape)
    if size < 2:
        raise ValueError(
            "A coupling step needs two coordinates or more, one to keep and one to move, but "
            f"event_shape={event_shape} has one."
        )
    couplings = [
        AffineCoupling(
            [(coordinate + layer) % 2 == 0 for coordinate in range(size)],
            units=units,
            dtype=dtype,
            **options,
        )
        for layer in range(as_size(layers, "layers"))
    ]
    return Flow(event_shape, [*couplings, Affine(size, dtype=dtype)], dtype=dtype, name=name)
