"""Where a location-scale distribution's scale comes from."""

from __future__ import annotations

import abc
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.arguments import check_number, is_number
from kfdiv.distributions.conditional_distribution import ConditionalDistribution, Inputs

_SCALE_KINDS = ("diagonal", "isotropic", "shared")
# Moves the softplus so that a raw output of 0, where networks start, means a scale of 1.
_SOFTPLUS_OF_ONE = math.log(math.e - 1.0)


class LocationScale(ConditionalDistribution):
    """A distribution with a location and a scale, `scale = min_scale + softplus(raw + log(e - 1))`.

    Args:
        network: a built network.
        scale: "diagonal": the network's last axis holds locations, then as many raw scales;
            "isotropic": `D + 1` outputs, the last of them one raw scale for all; "shared": a
            learned scale a dimension, the same for every input; or a number: fixed. In the last two
            cases all outputs are locations.
        min_scale: positive floor of scales that are not fixed; it keeps densities bounded.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `scale` or `min_scale` is not positive or unknown, or the outputs cannot be
            split so.
    """

    def __init__(
        self,
        network: keras.Model,
        scale: str | float = "diagonal",
        min_scale: float = 1e-4,
        **kwargs: Any,
    ) -> None:
        super().__init__(network, **kwargs)
        owner = type(self).__name__
        if is_number(scale):
            scale = check_number(
                f"The scale of {owner}",
                scale,
                above=0,
                expected="a positive finite scale (for no spread at all use "
                "kfdiv.distributions.Deterministic)",
            )
        elif scale not in _SCALE_KINDS:
            raise ValueError(
                f"{owner} received scale={scale!r}; expected a positive number or one of "
                f"{_SCALE_KINDS}."
            )
        self.scale = scale
        self.min_scale = check_number("min_scale", min_scale, above=0)
        self._event_shape = _event_shape(owner, network.output_shape[1:], scale)
        self._raw_scale = (
            self.add_weight(shape=self._event_shape, initializer="zeros", name="raw_scale")
            if scale == "shared"
            else None
        )

    def set_scale(self, scale: float) -> None:
        """Start a "shared" scale at `scale`, a number or an array of `event_shape`.

        Raises:
            ValueError: if the scale is not shared, or `scale` does not exceed `min_scale`.
        """
        if self._raw_scale is None:
            raise ValueError(
                f"set_scale needs scale='shared', but this {type(self).__name__} has "
                f"scale={self.scale!r}."
            )
        excess = np.broadcast_to(scale, self._event_shape) - self.min_scale
        if not (excess > 0).all():
            raise ValueError(f"The scale must exceed min_scale={self.min_scale}, got {scale!r}.")
        # The inverse of the softplus, in its stable form.
        self._raw_scale.assign(excess + np.log(-np.expm1(-excess)) - _SOFTPLUS_OF_ONE)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one example: what is left of the outputs without the raw scales."""
        return self._event_shape

    def call(self, inputs: Inputs, training: bool | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """Return locations and scales, both `(..., *event_shape)`."""
        outputs = self.outputs(inputs, training=training)
        if isinstance(self.scale, float):
            return outputs, tf.fill(tf.shape(outputs), tf.constant(self.scale, outputs.dtype))
        if self._raw_scale is not None:
            loc, raw = outputs, tf.cast(self._raw_scale, outputs.dtype)
        else:
            loc, raw = tf.split(outputs, [self._event_shape[-1], -1], axis=-1)
        return loc, tf.broadcast_to(positive(raw, self.min_scale), tf.shape(loc))

    @abc.abstractmethod
    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return E[x|inputs]."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the network serialised."""
        return {**super().get_config(), "scale": self.scale, "min_scale": self.min_scale}


def positive(raw: tf.Tensor, min_scale: float) -> tf.Tensor:
    """Return scales of raw outputs, `min_scale + softplus(raw + log(e - 1))`."""
    return min_scale + tf.nn.softplus(raw + _SOFTPLUS_OF_ONE)


def _event_shape(owner: str, outputs: tuple[int, ...], scale: str | float) -> tuple[int, ...]:
    """Split the shape of the outputs into that of an example and of its raw scales."""
    if scale == "diagonal":
        if outputs[-1] % 2:
            raise ValueError(
                f"{owner}(scale='diagonal') received a network with {outputs[-1]} outputs on its "
                "last axis, expected an even number: locations, then as many raw scales. Give it "
                f"{2 * outputs[-1]}, or fix the scale: scale=0.5."
            )
        return (*outputs[:-1], outputs[-1] // 2)
    if scale == "isotropic":
        if len(outputs) != 1 or outputs[0] < 2:
            raise ValueError(
                f"{owner}(scale='isotropic') received a network with outputs of shape {outputs}, "
                "expected (D + 1,): D locations and one raw scale. Flatten the output, or use "
                "'diagonal' or 'shared'."
            )
        return (outputs[0] - 1,)
    return outputs
