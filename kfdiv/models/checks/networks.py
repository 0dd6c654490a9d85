"""Networks and divergences that can be known not to fit one another."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np

from kfdiv import distributions
from kfdiv.flows import Density
from kfdiv.networks import Condition


def latent_size(decoder: distributions.ConditionalDistribution) -> int:
    """Return the width of the latents that `decoder` takes."""
    shape = _input_shapes(decoder)[0]
    if len(shape) != 1 or shape[-1] is None:
        raise ValueError(
            "The decoder's network must take latents of shape (batch, latent_size), but its input "
            f"shape is {(None, *shape)}. Start it with keras.Input((latent_size,))."
        )
    return int(shape[-1])


def _input_shapes(
    distribution: distributions.ConditionalDistribution,
) -> list[tuple[int | None, ...]]:
    """Return the shapes of what a network takes: first what its distribution is of."""
    return [tuple(tensor.shape[1:]) for tensor in distribution.network.inputs]


def check_networks(
    decoder: distributions.ConditionalDistribution,
    encoder: distributions.ConditionalDistribution | None,
    prior: keras.layers.Layer,
    condition: Condition | None = None,
) -> None:
    """Check that encoder, prior, decoder and what they are conditional on fit one another."""
    size = latent_size(decoder)
    if prior.size != size:
        raise ValueError(
            f"The prior has size {prior.size}, but the decoder takes latents of size {size}; "
            "make them equal."
        )
    if condition is not None and not isinstance(condition, Condition):
        raise ValueError(
            f"condition must be made by kfdiv.networks.condition, but got {condition!r}. For ten "
            "labels: condition=kfdiv.networks.condition(num_classes=10)."
        )
    for role, network in (("decoder", decoder), ("encoder", encoder)):
        if network is not None:
            _check_inputs(role, network, condition)
    if encoder is None:
        return
    if tuple(encoder.event_shape) != (size,):
        raise ValueError(
            f"The encoder describes latents of shape {tuple(encoder.event_shape)}, but the decoder "
            f"takes {(size,)}. "
            f"Give the encoder's network {2 * size} outputs: {size} means and {size} raw scales."
        )
    received = _input_shapes(encoder)[0]
    if received != tuple(decoder.event_shape):
        raise ValueError(
            f"The encoder takes data of shape {received}, but the decoder makes data of shape "
            f"{tuple(decoder.event_shape)}; make them equal."
        )


def _check_inputs(
    role: str, network: distributions.ConditionalDistribution, condition: Condition | None
) -> None:
    """Check that a network takes the condition as its second input, if there is one."""
    shapes = _input_shapes(network)
    # Further inputs of a sampler are noise.
    others = [] if isinstance(network, distributions.Implicit) else shapes[1:]
    if condition is None:
        if others:
            raise ValueError(
                f"The {role} takes inputs of shapes {shapes}. If the second is a condition, say of "
                "what: condition=kfdiv.networks.condition(...). If it is noise, use "
                "kfdiv.distributions.Implicit(network)."
            )
        return
    expected = [(condition.size,)]
    if shapes[1:2] != expected or others[1:]:
        raise ValueError(
            f"This model is conditional on {condition.describe()}, so its {role} must take the "
            f"condition as its second input, of shape {expected[0]}, but its inputs are of shapes "
            f"{shapes}. Build its network with condition_size={condition.size}, as "
            f"kfdiv.networks.mlp(..., condition_size={condition.size}) does, or give it a second "
            f"keras.Input({expected[0]})."
        )


def check_unconditional(model: Any, what: str, instead: str = "") -> None:
    """Check that a model is not conditional, where `what` is of models that are not.

    Args:
        model: a `GenerativeModel`.
        what: what was asked of it.
        instead: what to do about it, a sentence.
    """
    if model.condition is not None:
        raise ValueError(
            f"{what} takes no condition, but this {type(model).__name__} is conditional on "
            f"{model.condition.describe()}. {instead}".strip()
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


def check_prior(prior: Any) -> None:
    """Check that a prior is what latents can be drawn from, and scored by."""
    missing = [one for one in ("distribution", "draw", "size") if not hasattr(prior, one)]
    if missing:
        raise ValueError(
            "prior must be a layer with `distribution()`, `draw(num, seed)` and `size`, as "
            f"kfdiv.distributions.StandardNormal(size) is, but {prior!r} has no "
            f"{' and no '.join(missing)}. Leave it out for a standard normal."
        )


def check_encoder_is_optional(objective: type) -> None:
    """Raise if an objective that was given no encoder has none by choice: it asks for one."""
    parameter = inspect.signature(objective).parameters.get("encoder")
    if parameter is not None and parameter.default is parameter.empty:
        raise ValueError(
            f"{objective.__name__} needs an encoder, but got None. Pass a built keras.Model, such "
            "as kfdiv.networks.mlp(...), or a kfdiv.distributions layer."
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


def check_critic(
    critic: Any,
    event_shape: tuple[int, ...],
    latent_size: int | None,
    condition: Condition | None = None,
    name: str = "critic",
    of: str = "x",
) -> keras.Model:
    """Return `critic`, or raise if it does not take x, or [x, z], to one output.

    Args:
        critic: a built network.
        event_shape: of x.
        latent_size: of z, or None where the critic sees x alone.
        condition: what the model is conditional on, which the critic takes last, or None.
        name: what the critic is called.
        of: what x is called: "z" for a critic of codes.
    """
    expected = [tuple(event_shape), *([] if latent_size is None else [(latent_size,)])]
    wanted = of if latent_size is None else f"[{of}, z]"
    if condition is not None:
        expected.append((condition.size,))
        wanted = f"[{of}, condition]" if latent_size is None else f"[{of}, z, condition]"
    example = f"kfdiv.networks.mlp({expected[0]}, [64, 64], 1)"
    if latent_size is not None:
        example = f"kfdiv.networks.joint_critic({expected[0]}, {latent_size})"
    if not isinstance(critic, keras.Model) or not critic.built:
        raise ValueError(
            f"{name} must be a built keras.Model of {wanted}, from inputs of shapes {expected} to "
            f"one output, but got {critic!r}. Begin a Sequential with keras.Input, or take "
            f"{example}."
        )
    if not getattr(critic, "inputs", None):
        raise ValueError(
            f"{name} must be a Sequential or functional keras.Model, whose inputs are known, but "
            f"{type(critic).__name__} is a subclass with a call of its own. Wrap it: "
            "keras.Model(x, critic(x)) with x = keras.Input(...)."
        )
    if len(critic.outputs) != 1:
        raise ValueError(
            f"The {name} must have one output an example, but it has {len(critic.outputs)} heads. "
            "Add or average them in one: keras.layers.Average()(heads)."
        )
    received = [tuple(tensor.shape[1:]) for tensor in critic.inputs]
    if received != expected:
        raise ValueError(
            f"The {name} takes inputs of shapes {received}, but {wanted} has {expected}."
            + (
                f" Without an encoder beside it, it sees {of} alone: {example}."
                if latent_size is None
                else f" Beside an encoder it sees pairs: {example}."
            )
            + (
                " A conditional model's critic takes the condition last: "
                f"joint_critic(..., condition_size={condition.size})."
                if condition is not None
                else ""
            )
        )
    outputs = critic.output_shape
    if isinstance(outputs, list) or int(np.prod(outputs[1:])) != 1:
        raise ValueError(
            f"The {name} must have one output an example, but its outputs have shape {outputs}. "
            "End it with keras.layers.Dense(1)."
        )
    return critic


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
