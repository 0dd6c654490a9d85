"""The flow of masked autoregressive steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kfdiv.flows.affine import Affine
from kfdiv.flows.autoregressive import MaskedAutoregressive
from kfdiv.flows.bijection import Bijection
from kfdiv.flows.flow import Flow
from kfdiv.flows.permutation import Permutation
from kfdiv.networks.shapes import as_shape, as_size


def maf(
    event_shape: int | Sequence[int],
    layers: int = 5,
    units: Sequence[int] = (128, 128),
    dtype: Any = None,
    name: str | None = None,
    **options: Any,
) -> Flow:
    """MAF: autoregressive steps, the order of the coordinates reversed from one to the next.

    The density takes one pass a step, a draw D passes a step. One layer is MADE with Gaussian
    conditionals. It starts at N(0, I), or, once it has met data by `adapt`, at the Gaussian with
    their means and variances; of one coordinate it stays a Gaussian.

    Args:
        event_shape: shape of one example; an integer means a vector.
        layers: autoregressive steps.
        units: sizes of the hidden layers of each step's MADE.
        dtype: dtype policy; Keras's default if None.
        name: the flow's name.
        **options: of the steps, see `MaskedAutoregressive`: `activation`, `max_log_scale`.

    Returns:
        A `Flow`.

    Raises:
        ValueError: if an argument is not understood.

    Example:
        >>> flow = maf(2, layers=2, units=[16])
        >>> flow.log_prob(flow.sample(5)).shape
        TensorShape([5])

    Source: Papamakarios et al. 2017, "Masked autoregressive flow for density estimation".
    """
    event_shape = as_shape(event_shape, "event_shape")
    size = math.prod(event_shape)
    bijections: list[Bijection] = []
    for layer in range(as_size(layers, "layers")):
        if layer:
            bijections.append(Permutation(range(size)[::-1], dtype=dtype))
        bijections.append(MaskedAutoregressive(size, units=units, dtype=dtype, **options))
    return Flow(event_shape, [*bijections, Affine(size, dtype=dtype)], dtype=dtype, name=name)
