"""What every conditional distribution p(x|z) made by a network promises."""

from __future__ import annotations

import abc
import copy
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import layer_losses

tfd = tfp.distributions

# What a distribution is conditioned on: a tensor, or a tuple with a condition beside it.
Inputs = tf.Tensor | tuple[tf.Tensor, ...]


class ConditionalDistribution(keras.layers.Layer, abc.ABC):
    """A network whose outputs are the parameters of a distribution of one example.

    Calling the layer gives parameters, since Keras layers return tensors; `distribution` gives the
    `tfd.Distribution` that they describe, `sample` a draw whose randomness comes from a seed alone.

    Args:
        network: a built network: a `keras.Sequential` that starts with `keras.Input`, or a
            functional model. Leading axes beyond its batch axis are folded into that one. One with
            a second input takes a tuple: what it is given, and a condition beside it.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if the network is not built.
    """

    has_density: bool = True
    """Whether `distribution(inputs).log_prob` exists."""

    reparameterized: bool = True
    """Whether gradients pass through `draw`."""

    support: tuple[float, float] | None = None
    """The interval that data must lie in, or None for the real line."""

    def __init__(self, network: keras.Model, **kwargs: Any) -> None:
        # The network casts what it receives by its own policy.
        super().__init__(**kwargs, autocast=False)
        shape = getattr(network, "output_shape", None) if getattr(network, "built", False) else None
        if not isinstance(shape, tuple) or None in shape[1:]:
            raise ValueError(
                f"{type(self).__name__} needs a built network with one output of known shape, "
                f"received {network!r} with output shape {shape}. Begin it with an Input: "
                "keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])."
            )
        self.network = network

    def build(self, input_shape: object = None) -> None:
        """Do nothing: the network is built, and further weights exist since construction."""

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.network.output_shape[1:]

    @abc.abstractmethod
    def call(self, inputs: Inputs, training: bool | None = None) -> Any:
        """Return the parameters, a tensor or a tuple of them."""

    @abc.abstractmethod
    def distribution(self, inputs: Inputs, training: bool | None = None) -> tfd.Distribution:
        """Return p(x|inputs), with batch shape the leading axes of `inputs` and `event_shape`."""

    @abc.abstractmethod
    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw one example from each of what `distribution` returned.

        Args:
            distribution: made by this layer.
            seed: int32 tensor of shape `(2,)`, from `kfdiv.random.seed`.

        Returns:
            A float tensor of its batch shape and event shape; reparameterised unless the class says
            otherwise.
        """

    @abc.abstractmethod
    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return E[x|inputs], of the leading shape of `inputs` and the event shape."""

    def sample(self, inputs: Inputs, seed: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Draw x ~ p(x|inputs), `draw(distribution(inputs), seed)`."""
        return self.draw(self.distribution(inputs, training=training), seed)

    def draw_with_conditionals(
        self, distribution: tfd.Distribution, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tfd.Distribution]:
        """Draw, and return with the draw x a distribution whose density at x is that of x.

        That is `distribution` itself, unless it is autoregressive: then it is the product of the
        conditionals that x was drawn from, one after another.
        """
        return self.draw(distribution, seed), distribution

    def sample_and_log_prob(
        self, inputs: Inputs, seed: tf.Tensor, training: bool | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draw x ~ p(x|inputs), and return it with log p(x|inputs) in nats, one network call."""
        x, density = self.draw_with_conditionals(self.distribution(inputs, training=training), seed)
        return x, density.log_prob(x)

    def outputs(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Apply the network to `(..., *input_shape)`, leading axes folded into one and back."""
        parts, shapes = self._parts(inputs)
        event = shapes[0]
        if parts[0].shape.rank == len(event) + 1:
            return full_precision(self._network_outputs(parts, training))
        leading = tf.shape(parts[0])[: -len(event)]
        flat = [tf.reshape(part, [-1, *shape]) for part, shape in zip(parts, shapes, strict=True)]
        result = self._network_outputs(flat, training)
        result = tf.reshape(result, tf.concat([leading, tf.shape(result)[1:]], axis=0))
        static = parts[0].shape[: -len(event)] + self.network.output_shape[1:]
        return full_precision(tf.ensure_shape(result, static))

    def _parts(self, inputs: Inputs) -> tuple[tuple[tf.Tensor, ...], list[tf.TensorShape]]:
        """Return what the network takes, and the shape of one example of each, or raise."""
        parts = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
        shapes = [tensor.shape[1:] for tensor in self.network.inputs]
        if len(parts) != len(shapes):
            raise ValueError(
                f"{type(self).__name__} received {len(parts)} inputs, but its network takes "
                f"{len(shapes)}, of shapes {[tuple(shape) for shape in shapes]}."
            )
        event = shapes[0]
        rank = parts[0].shape.rank
        if rank <= len(event):
            raise ValueError(
                f"{type(self).__name__} received inputs of shape {parts[0].shape}, expected (..., "
                f"{', '.join(map(str, event))}) with one leading axis or more. Add the batch axis."
            )
        return parts, shapes

    def _network_outputs(self, parts: Sequence[tf.Tensor], training: bool | None) -> tf.Tensor:
        """Call the network, and let what its layers add to a loss be collected."""
        result = self.network(list(parts) if len(parts) > 1 else parts[0], training=training)
        layer_losses.record(self, self.network)
        return result

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the network serialised."""
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ConditionalDistribution:
        """Rebuild the layer and its network."""
        # Keras empties the config of a functional model while it reads it.
        network = keras.saving.deserialize_keras_object(copy.deepcopy(config["network"]))
        return cls(**{**config, "network": network})

    def _independent(self, elementwise: tfd.Distribution) -> tfd.Distribution:
        """Make one event of the axes of `event_shape`."""
        return tfd.Independent(elementwise, reinterpreted_batch_ndims=len(self.event_shape))


def full_precision(outputs: tf.Tensor) -> tf.Tensor:
    """Cast half precision to float32, in which densities are computed."""
    return tf.cast(outputs, "float32") if outputs.dtype in ("float16", "bfloat16") else outputs


def density_dtype(owner: keras.layers.Layer | keras.DTypePolicy) -> str:
    """Return the dtype that densities are computed in: of the weights, at least float32."""
    return keras.backend.result_type(owner.variable_dtype, "float32")
