"""Everything that can be known to be wrong before training starts."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
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
            "model has not met: it was not fitted, or was loaded, and data are not saved with a "
            "model. Call model.adapt(training_data) first."
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
    if isinstance(divergence, divergences.Sum):
        for term in divergence.divergences:
            check_curvature(term, objective)
    elif not tf.reduce_any(divergence.curvature(tf.linspace(-2.0, 2.0, 9)) > 0):
        raise ValueError(
            f"{divergence!r} has no curvature, so its gradient by {objective} is zero everywhere. "
            "Use kfdiv.models.FGAN or RatioGAN for it, or another divergence."
        )


def check_execution(run_eagerly: bool, jit_compile: bool | str, steps_per_execution: int) -> None:
    """Check the arguments of `compile` that say how a step is executed."""
    if jit_compile not in (True, False, "auto"):
        raise ValueError(f"jit_compile must be True, False or 'auto', but got {jit_compile!r}.")
    if run_eagerly and jit_compile is True:
        raise ValueError("run_eagerly=True and jit_compile=True exclude each other; drop one.")
    check_count("steps_per_execution", steps_per_execution)


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as an integer, or raise if it is not one of at least `least`."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or value % 1 or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, but got {value!r}.")
    return int(value)


def check_share(name: str, value: Any) -> float:
    """Return `value` as a float, or raise if it is not a number in [0, 1]."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number in [0, 1], but got {value!r}.")
    return float(value)


def check_options(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise if one of the keyword arguments that `owner` was given is none that it knows."""
    known = list(known)
    for option in given:
        if option not in known:
            raise TypeError(f"{owner} has no argument {option!r}. Choose from: {', '.join(known)}.")


def check_flag(name: str, value: Any) -> bool:
    """Return `value`, or raise if it is neither True nor False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, but got {value!r}.")
    return value


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


def check_minibatches(model: keras.Model, dataset: tf.data.Dataset, parts: int) -> None:
    """Check that a replica's share of a batch can be dealt out into `parts` equal minibatches."""
    spec = tf.nest.flatten(dataset.element_spec)[0]
    replicas = model.distribute_strategy.num_replicas_in_sync
    size = spec.shape[0]
    if size is None or size % (parts * replicas):
        raise ValueError(
            f"split_batch=True deals a batch out to {parts} updates (critic_steps + 1) on "
            f"{replicas} replica(s), but the data set's batch size is {size}. Batch with "
            f"drop_remainder=True and a multiple of {parts * replicas}."
        )


def check_replicas(model: keras.Model, batch_size: int | None) -> None:
    """Check that a model fitted under a strategy was made under it, and that batches split."""
    current = tf.distribute.get_strategy()
    if current.num_replicas_in_sync > 1 and model.distribute_strategy is not current:
        raise ValueError(
            f"fit was called under {type(current).__name__}, but the model was made outside its "
            "scope and would not "
            "be distributed. Make and compile the model inside `with strategy.scope():`."
        )
    replicas = model.distribute_strategy.num_replicas_in_sync
    if replicas > 1 and (batch_size is None or batch_size % replicas):
        raise ValueError(
            f"{replicas} replicas must share each batch evenly, but the data set's batch size is "
            f"{batch_size}. Batch with drop_remainder=True and a multiple of {replicas}."
        )


def check_split(model: keras.Model, name: str, count: int) -> None:
    """Check that replicas can share `count` draws evenly."""
    replicas = model.distribute_strategy.num_replicas_in_sync
    if count % replicas:
        raise ValueError(
            f"{replicas} replicas must share {name} evenly, but got {name}={count}. Make it a "
            f"multiple of {replicas}."
        )


def as_batch(values: Any, event_shape: tuple[int, ...], name: str) -> tf.Tensor:
    """Return `values` as a float tensor of shape `(batch, *event_shape)`, or raise."""
    values = tf.convert_to_tensor(values)
    if values.shape.rank is not None and not values.shape[1:].is_compatible_with(event_shape):
        raise ValueError(
            f"{name} must have shape (batch, {', '.join(map(str, event_shape))}), but got "
            f"{tuple(values.shape)}."
            + (" Add the batch axis." if tuple(values.shape) == event_shape else "")
        )
    return tf.cast(values, keras.config.floatx())


def check_dataset(
    dataset: tf.data.Dataset,
    event_shape: tuple[int, ...],
    decoder: distributions.ConditionalDistribution,
) -> None:
    """Check a data set's structure, and the values of its first batch."""
    spec = dataset.element_spec
    spec = spec[0] if isinstance(spec, (tuple, list)) else spec
    if not isinstance(spec, tf.TensorSpec):
        raise ValueError(
            f"A data set must yield x or (x, y), but its element_spec is {dataset.element_spec}. "
            "Map it: dataset.map(lambda element: element['image'])."
        )
    if spec.shape.rank is not None and spec.shape.rank == len(event_shape):
        raise ValueError(
            f"The data set yields single examples of shape {tuple(spec.shape)}; expected batches "
            "of shape "
            f"(batch, {', '.join(map(str, event_shape))}). Call dataset.batch(100, "
            "drop_remainder=True)."
        )
    if not spec.shape[1:].is_compatible_with(event_shape):
        raise ValueError(
            f"The data set yields x of shape {tuple(spec.shape)}, but the decoder makes x of shape "
            "(batch, "
            f"{', '.join(map(str, event_shape))}). Reshape the data, or change the decoder's "
            "output."
        )
    if not spec.dtype.is_floating:
        raise ValueError(
            f"The data set yields x of dtype {spec.dtype.name}; expected a float dtype. For 8-bit "
            "images: "
            "dataset.map(lambda x: tf.cast(x, tf.float32) / 127.5 - 1.0)."
        )
    for first in dataset.take(1):
        values = (first[0] if isinstance(first, (tuple, list)) else first).numpy()
        wrong = int(np.size(values) - np.isfinite(values).sum())
        if wrong:
            raise ValueError(
                f"The first batch has {wrong} values that are NaN or infinite, of {values.size}. "
                "Clean the data, for example dataset.unbatch().filter(...)."
            )
        support = getattr(decoder, "support", None)
        if support is not None and (values.min() < support[0] or values.max() > support[1]):
            raise ValueError(
                f"{type(decoder).__name__} describes data in [{support[0]:g}, {support[1]:g}], but "
                "the first batch lies in "
                f"[{values.min():g}, {values.max():g}]. Rescale the data, for example "
                f"kfdiv.data.load(..., value_range=({support[0]:g}, {support[1]:g}))."
            )
