"""Networks that can be known not to fit one another."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from kfdiv import distributions
from kfdiv.networks import Condition

# Activations whose values lie above, below or between bounds.
_BOUNDED = {
    *("sigmoid", "hard_sigmoid", "hardsigmoid", "softmax", "tanh", "hard_tanh", "hardtanh"),
    *("softsign", "soft_sign", "relu", "relu6", "softplus", "exponential", "exp"),
    *("log_sigmoid", "logsigmoid", "log_softmax", "logsoftmax"),
}


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


@contextlib.contextmanager
def asking_if_swapped(encoder: Any, decoder: Any) -> Iterator[None]:
    """Add a question to errors of shapes, where these would fit the other way round.

    Args:
        encoder: what was given as one: a network, or a distribution around one.
        decoder: likewise.
    """
    try:
        yield
    except ValueError as error:
        if not _are_swapped(encoder, decoder):
            raise
        raise ValueError(
            f"{error} Did you swap encoder and decoder? The encoder takes data to latents, and the "
            "decoder latents to data: name them, encoder=..., decoder=...."
        ) from None


def _are_swapped(encoder: Any, decoder: Any) -> bool:
    """Say whether an encoder's shapes are those of a decoder, and the other way round."""
    (latents, made), (taken, told) = _shapes_of(encoder), _shapes_of(decoder)
    if latents is None or len(latents) != 1 or None in (made, taken, told) or made != taken:
        return False
    (size,) = latents
    of_latents = [(size,)] if hasattr(decoder, "event_shape") else [(2 * size,), (size + 1,)]
    return size <= np.prod(made) and told in of_latents


def _shapes_of(given: Any) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Return the shapes of what a network takes and makes, or a distribution around one is of."""
    network = getattr(given, "network", given)
    if not getattr(network, "inputs", None) or not getattr(network, "outputs", None):
        return None, None
    made = getattr(given, "event_shape", network.outputs[0].shape[1:])
    return tuple(network.inputs[0].shape[1:]), tuple(made)


def check_critic(
    critic: Any,
    event_shape: tuple[int, ...],
    latent_size: int | None,
    condition: Condition | None = None,
    name: str = "critic",
    of: str = "x",
    beside: str = "",
) -> keras.Model:
    """Return `critic`, or raise if it does not take x, or [x, z], to one unbounded output.

    Args:
        critic: a built network.
        event_shape: of x.
        latent_size: of z, or None where the critic sees x alone.
        condition: what the model is conditional on, which the critic takes last, or None.
        name: what the critic is called.
        of: what x is called: "z" for a critic of codes.
        beside: where it may see pairs or x alone, why it sees which: "beside an encoder".
    """
    expected = [tuple(event_shape), *([] if latent_size is None else [(latent_size,)])]
    wanted = of if latent_size is None else f"[{of}, z]"
    if condition is not None:
        expected.append((condition.size,))
        wanted = f"[{of}, condition]" if latent_size is None else f"[{of}, z, condition]"
    told = "" if condition is None else f", condition_size={condition.size}"
    example = f"kfdiv.networks.mlp({expected[0]}, [64, 64], 1{told})"
    if latent_size is not None:
        example = f"kfdiv.networks.joint_critic({expected[0]}, {latent_size}{told})"
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
            + f" {f'{beside}, it' if beside else 'It'} sees {wanted}"
            + ("" if condition is None else ", what the model is conditional on last")
            + f": {example}."
        )
    outputs = critic.output_shape
    if isinstance(outputs, list) or int(np.prod(outputs[1:])) != 1:
        raise ValueError(
            f"The {name} must have one output an example, but its outputs have shape {outputs}. "
            "End it with keras.layers.Dense(1)."
        )
    check_unbounded(critic, name)
    return critic


def check_unbounded(critic: keras.Model, name: str = "critic") -> None:
    """Raise if a critic ends in an activation that keeps its output from going anywhere.

    Losses take raw outputs and put in what they need: to a sigmoid a second one would be added.

    Args:
        critic: a Sequential or functional network of one output.
        name: what it is called.

    Raises:
        ValueError: naming the activation.
    """
    activation = _last_activation(critic.outputs[0]._keras_history.operation)
    if activation in _BOUNDED:
        raise ValueError(
            f"The {name} ends in the activation {activation!r}, which bounds its output, but "
            "losses take a raw output from minus to plus infinity, and have the sigmoid in them. "
            "End it with keras.layers.Dense(1), without an activation."
        )


def _last_activation(operation: Any) -> str:
    """Return the name of the last activation before a network's output, or nothing."""
    if isinstance(operation, keras.layers.Flatten | keras.layers.Reshape | keras.layers.Dropout):
        return _last_activation(operation.input._keras_history.operation)
    if isinstance(operation, keras.Model):
        if len(getattr(operation, "outputs", None) or []) != 1:
            return ""
        return _last_activation(operation.outputs[0]._keras_history.operation)
    found = getattr(operation, "activation", None)
    # Softmax and ReLU are layers, Sigmoid an operation, of their own.
    return getattr(found, "__name__", type(operation).__name__.lower())
