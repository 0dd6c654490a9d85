"""What losses need of networks: a density, noise, or draws that gradients pass through."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv import distributions
from kfdiv.flows import Density
from kfdiv.networks import Condition


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


def check_noise(encoder: distributions.ConditionalDistribution, objective: str) -> None:
    """Check that q(z|x) is no point mass, of which KL(q(z|x) || p(z)) is infinite."""
    layers = encoder.network.layers if isinstance(encoder, distributions.Implicit) else []
    inputs = len(encoder.network.inputs)
    random_layers = any(hasattr(layer, "seed_generator") for layer in layers)
    noiseless = isinstance(encoder, distributions.Implicit) and inputs == 1 and not random_layers
    if noiseless or isinstance(encoder, distributions.Deterministic):
        raise ValueError(
            f"{objective} estimates KL(q(z|x) || p(z)), which is infinite for an encoder without "
            f"noise, as this {type(encoder).__name__} is. Use kfdiv.distributions.Implicit with a "
            "noise input, keras.Model([x, noise], z), or Normal."
        )


def check_fixed_prior(prior: keras.layers.Layer, objective: str) -> None:
    """Check that p(z) does not learn: what a critic says of draws has no path to its density."""
    if prior.trainable_weights:
        raise ValueError(
            f"{objective} knows the prior by its draws alone, so a prior that learns, as "
            f"{type(prior).__name__} with {len(prior.trainable_weights)} weights, would lack its "
            "part of the KL. Freeze it (prior.trainable = False), leave it out for a standard "
            "normal, or use kfdiv.models.VAE."
        )


def check_posterior(encoder: distributions.ConditionalDistribution, objective: str) -> None:
    """Check that q(z|x) can be evaluated."""
    if not encoder.has_density:
        raise ValueError(
            f"{objective} needs log q(z|x), and {type(encoder).__name__} has no density. Use a "
            "network with 2 * latent_size outputs, or kfdiv.distributions.Normal; or "
            "kfdiv.models.AVB, whose critic estimates it."
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


def check_density_estimator(
    density: Any, event_shape: tuple[int, ...], condition: Condition | None = None
) -> Density:
    """Return `density`, or raise if it is not one of data of shape `event_shape`.

    Of a conditional model it must be p_eta(x|c).
    """
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
    size = 0 if condition is None else condition.size
    if density.condition_size != size:
        kind = type(density).__name__
        if condition is None:
            raise ValueError(
                f"The density {kind} takes a condition of size {density.condition_size}, but the "
                "model has none. Say of what: condition=kfdiv.networks.condition(...)."
            )
        raise ValueError(
            f"This model is conditional on {condition.describe()}, so its density must be "
            f"p_eta(x|c) with c of size {size}, but {kind} takes "
            + (f"one of size {density.condition_size}" if density.condition_size else "none")
            + ". Flows have no condition; a network that has: "
            f"kfdiv.flows.Unnormalized(kfdiv.networks.mlp(..., condition_size={size}))."
        )
    return density
