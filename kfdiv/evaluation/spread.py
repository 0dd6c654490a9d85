"""The noise under which an evaluation compares data and model: the model's own, or a default."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kfdiv import noise as noise_lib
from kfdiv.arguments import check_number, is_number
from kfdiv.data.examples import Examples
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import GenerativeModel
from kfdiv.models.constructing import parameters

# Of the data's standard deviation: the default width.
SHARE = 0.5
_EXPECTED = (
    "a positive finite width, since without noise neither bound is known, or None for the model's "
    f"own noise, and without one for {SHARE:g} of the data's standard deviation"
)


class Spread(NamedTuple):
    """A noise p(y|x) at one width.

    Attributes:
        noise: of which family.
        width: a scalar, or of the event's shape for a learned noise.
    """

    noise: noise_lib.SpreadNoise
    width: tf.Tensor

    def draw(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Return y = x + noise."""
        return self.noise.draw(x, seed, self.width)

    @property
    def size(self) -> float:
        """The width as one number: of several the geometric mean."""
        return math.exp(np.log(np.asarray(self.width, np.float64)).mean())


def spread_of(model: GenerativeModel, noise: Any, data: Examples, owner: str) -> Spread:
    """Return a noise under which the model's draws have a density given their latents.

    Args:
        model: whose own noise is taken, at its present width, where `noise` is None.
        noise: of `kfdiv.noise`, a number (the width of a Gaussian), or None. Where the model has
            none either it is Gaussian, of half the data's standard deviation: the root of their
            variance, averaged over dimensions.
        data: by which the default is chosen.
        owner: who asks, for errors.

    Raises:
        ValueError: if the decoder's noised draws have no density given z, or the data do not vary.
    """
    if is_number(noise):
        check_number("noise", noise, above=0, expected=_EXPECTED)
    noise = noise_lib.get(noise)
    step = 0
    if noise is None and getattr(model, "noise", None) is not None:
        noise, step = model.noise, model.step.value
    if noise is None:
        noise = noise_lib.Gaussian(_default_width(data, owner))
    width = tf.constant(tf.convert_to_tensor(noise.width(step)).numpy())
    _check_decoder(model, noise, width, owner)
    return Spread(noise, width)


def _default_width(data: Examples, owner: str) -> float:
    x = np.asarray(data.x, np.float64).reshape(len(data), -1)
    mean = np.average(x, axis=0, weights=data.weight)
    variance = np.average(np.square(x - mean), axis=0, weights=data.weight).mean()
    if not variance > 0:
        raise ValueError(
            f"{owner} takes {SHARE:g} times the data's standard deviation as the noise's width "
            "unless told, but these data do not vary. Say how wide: noise=0.5."
        )
    return SHARE * math.sqrt(variance)


def _check_decoder(
    model: GenerativeModel, noise: noise_lib.SpreadNoise, width: tf.Tensor, owner: str
) -> None:
    z = tf.zeros((1, model.prior.size), density_dtype(model))
    distribution = model.decoder.distribution(z, training=False)
    try:
        noise.convolve(distribution, width)
    except ValueError:
        known = parameters(type(model)) or ["decoder"]
        remedy = "with a decoder of kfdiv.distributions.Normal"
        if "decoder" not in known and "observation" in known:  # That makes its own.
            remedy = "with observation='normal'"
        raise ValueError(
            f"{owner} needs the density p(y|z) of the decoder's noised draws, which "
            f"{type(noise).__name__} noise gives to decoders that are {noise.convolvable}; this "
            f"{type(model).__name__}'s is {type(model.decoder).__name__}. Build the model "
            f"{remedy}, and give {owner} noise=kfdiv.noise.Gaussian(...); or take "
            "kfdiv.evaluation.independent_critic, a lower bound that needs draws alone."
        ) from None
