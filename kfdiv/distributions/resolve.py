"""From what a user passes to a conditional distribution."""

from __future__ import annotations

from typing import Any, Literal

import keras

from kfdiv.distributions.conditional_distribution import ConditionalDistribution
from kfdiv.distributions.deterministic import Deterministic
from kfdiv.distributions.normal import Normal


def get(
    identifier: ConditionalDistribution | keras.Model | dict[str, Any],
    role: Literal["encoder", "decoder"] = "decoder",
    latent_size: int | None = None,
) -> ConditionalDistribution:
    """Resolve a network, or a distribution around one.

    Args:
        identifier: a `ConditionalDistribution`; a built network, which becomes a `Normal` as an
            encoder and `Deterministic` as a decoder; or the config of either.
        role: "encoder" or "decoder".
        latent_size: of an encoder's latents. A plain network needs `2 * latent_size` outputs (a
            scale a dimension) or `latent_size + 1` (one scale).

    Returns:
        A `ConditionalDistribution`.

    Raises:
        ValueError: if the role is unknown, or an encoder does not fit the latents.
        TypeError: if nothing can be made of `identifier`.

    Example:
        >>> import keras
        >>> from kfdiv import distributions
        >>> network = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
        >>> distributions.get(network, role="encoder", latent_size=2).event_shape
        (2,)
        >>> distributions.get(network, role="decoder").event_shape
        (4,)
    """
    if role not in ("encoder", "decoder"):
        raise ValueError(f"role must be 'encoder' or 'decoder', received {role!r}.")
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, keras.Model):
        identifier = _wrap(identifier, role, latent_size)
    if not isinstance(identifier, ConditionalDistribution):
        raise TypeError(
            f"Cannot make the {role} of {identifier!r}. Pass a built keras.Model "
            "(kfdiv.networks.mlp(...), say) or a distribution around one, such as "
            "kfdiv.distributions.Normal(network)."
        )
    if role == "encoder" and latent_size is not None:
        _check_latents(identifier, latent_size)
    if not identifier.built:
        # A model that holds it may be built before it ever calls it.
        identifier.build()
    return identifier


def _wrap(network: keras.Model, role: str, latent_size: int | None) -> ConditionalDistribution:
    """Make a plain network a distribution."""
    if role == "decoder":
        return Deterministic(network)
    shape = getattr(network, "output_shape", None) if network.built else None
    if shape is None or latent_size is None or shape[1:] == (2 * latent_size,):
        return Normal(network)
    if shape[1:] == (latent_size + 1,):
        return Normal(network, scale="isotropic")
    alone = (
        " If its outputs are the latents themselves, without a scale, pass "
        "kfdiv.distributions.Deterministic(network), where the objective allows it."
    )
    raise ValueError(
        f"The encoder's network has outputs of shape {shape[1:]}, expected ({2 * latent_size},): "
        f"{latent_size} means and {latent_size} raw scales of the latents, or "
        f"({latent_size + 1},): one raw scale for all. End it with "
        f"keras.layers.Dense({2 * latent_size}).{alone if shape[1:] == (latent_size,) else ''}"
    )


def _check_latents(encoder: ConditionalDistribution, latent_size: int) -> None:
    if encoder.event_shape != (latent_size,):
        raise ValueError(
            f"{type(encoder).__name__} as an encoder describes events of shape "
            f"{encoder.event_shape}, expected ({latent_size},), the latents. Change the width of "
            "its network's last layer."
        )
