"""Networks and divergences that can be known not to fit one another."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv import distributions, divergences
from kfdiv.flows import Density


def latent_size(decoder: distributions.ConditionalDistribution) -> int:
    """Return the width of the latents that `decoder` takes."""
    shape = _first_input_shape(decoder)
    if len(shape) != 2 or shape[-1] is None:
        raise ValueError(
            "The decoder's network must take latents of shape (batch, latent_size), but its input "
            "shape "
            f"is {shape}. Start it with keras.Input((latent_size,))."
        )
    return int(shape[-1])


def _first_input_shape(
    distribution: distributions.ConditionalDistribution,
) -> tuple[int | None, ...]:
    """Return the shape of what the network is conditioned on; further inputs are noise."""
    return tuple(distribution.network.inputs[0].shape)


def check_networks(
    decoder: distributions.ConditionalDistribution,
    encoder: distributions.ConditionalDistribution | None,
    prior: keras.layers.Layer,
) -> None:
    """Check that encoder, prior and decoder fit one another."""
    size = latent_size(decoder)
    if prior.size != size:
        raise ValueError(
            f"The prior has size {prior.size}, but the decoder takes latents of size {size}; "
            "make them equal."
        )
    if encoder is None:
        return
    if tuple(encoder.event_shape) != (size,):
        raise ValueError(
            f"The encoder describes latents of shape {tuple(encoder.event_shape)}, but the decoder "
            f"takes {(size,)}. "
            f"Give the encoder's network {2 * size} outputs: {size} means and {size} raw scales."
        )
    received = _first_input_shape(encoder)[1:]
    if received != tuple(decoder.event_shape):
        raise ValueError(
            f"The encoder takes data of shape {received}, but the decoder makes data of shape "
            f"{tuple(decoder.event_shape)}; make them equal."
        )


def check_density(decoder: distributions.ConditionalDistribution, objective: str) -> None:
    """Check that p(x|z) can be evaluated."""
    if not decoder.has_density:
        raise ValueError(
            f"{objective} needs log p(x|z), and {type(decoder).__name__} has no density. Use a "
            "decoder that has one "
            "(kfdiv.distributions.Normal, Bernoulli, QuantizedNormal), or an objective that adds "
            "spread noise: "
            "kfdiv.models.VariationalFDivergence(..., noise=kfdiv.noise.Gaussian(0.5))."
        )


def check_adapted(density: distributions.DataDensity, divergence: Any) -> None:
    """Check that the data density, which `divergence` evaluates, has met its data."""
    if not density.adapted:
        raise ValueError(
            f"{type(divergence).__name__} evaluates the density of the noised data, which this "
            "model has not met: it was not fitted by a divergence that does, or was loaded, and "
            "data are not saved with a model. Call model.adapt(training_data) first."
        )


def check_reparameterized(
    distribution: distributions.ConditionalDistribution | None, objective: str
) -> None:
    """Check that gradients pass through draws."""
    if distribution is not None and not distribution.reparameterized:
        raise ValueError(
            f"{objective} takes gradients through draws, and those of "
            f"{type(distribution).__name__} are discrete. Use kfdiv.distributions.Normal, "
            "Deterministic or Implicit, or forward KL, which scores data alone: "
            "kfdiv.models.VAE, or VariationalFDivergence with divergence='kl'."
        )


def check_curvature(divergence: divergences.Divergence, objective: str) -> None:
    """Raise if f, or a term of it, is linear wherever smooth: its gradient in log u is zero.

    Args:
        divergence: D_f.
        objective: the class that needs it, for the error.
    """
    if isinstance(divergence, divergences.Scaled):
        check_curvature(divergence.divergence, objective)
    elif isinstance(divergence, divergences.Sum):
        for term in divergence.divergences:
            check_curvature(term, objective)
    elif not tf.reduce_any(divergence.curvature(tf.linspace(-2.0, 2.0, 9)) > 0):
        raise ValueError(
            f"{divergence!r} has no curvature, so its gradient by {objective} is zero everywhere. "
            "Use kfdiv.models.FGAN or RatioGAN for it, or another divergence."
        )


def check_slope(divergence: divergences.Divergence, objective: str) -> None:
    """Raise if the activation f'(e^v) is constant wherever smooth: no critic could learn.

    Args:
        divergence: D_f.
        objective: the class that needs it, for the error.
    """
    v = tf.linspace(-2.0, 2.0, 9)
    with tf.GradientTape() as tape:
        tape.watch(v)
        outputs = divergence.output_activation(v)
    if not tf.reduce_any(tape.gradient(outputs, v) != 0):
        raise ValueError(
            f"f' of {divergence!r} is constant between its kinks, so a critic v learns nothing "
            f"through f'(e^v), which {objective} plays. Use kfdiv.models.RatioGAN for it, or a "
            "registered divergence, whose activation is its own: 'total_variation'."
        )


def check_critic(critic: Any, event_shape: tuple[int, ...], latent_size: int | None) -> keras.Model:
    """Return `critic`, or raise if it does not take x, or [x, z], to one output.

    Args:
        critic: a built network.
        event_shape: of x.
        latent_size: of z, or None where the critic sees x alone.
    """
    expected = [tuple(event_shape), *([] if latent_size is None else [(latent_size,)])]
    wanted = "x" if latent_size is None else "[x, z]"
    if not isinstance(critic, keras.Model) or not critic.built:
        raise ValueError(
            f"critic must be a built keras.Model of {wanted}, but got {critic!r}. For example "
            "kfdiv.networks.mlp(...), or kfdiv.networks.joint_critic(...) beside an encoder."
        )
    received = [tuple(tensor.shape[1:]) for tensor in critic.inputs]
    if received != expected:
        raise ValueError(
            f"The critic takes inputs of shapes {received}, but {wanted} has {expected}. "
            + (
                "Without an encoder it sees x alone; with one it sees pairs: "
                "kfdiv.networks.joint_critic(...)."
            )
        )
    outputs = critic.output_shape
    if isinstance(outputs, list) or int(np.prod(outputs[1:])) != 1:
        raise ValueError(f"The critic must have one output an example, but has shape {outputs}.")
    return critic


def check_density_estimator(density: Any, event_shape: tuple[int, ...]) -> Density:
    """Return `density`, or raise if it is not one of data of shape `event_shape`."""
    if not isinstance(density, Density):
        raise ValueError(
            f"density must be a kfdiv.flows.Density, but got {density!r}. A positive network is "
            "one: kfdiv.flows.Unnormalized(network)."
        )
    if density.event_shape != tuple(event_shape):
        raise ValueError(
            f"The density is of data of shape {density.event_shape}, but the decoder makes data of "
            f"shape {tuple(event_shape)}; make them equal."
        )
    return density
