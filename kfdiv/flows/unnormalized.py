"""A positive network as a density that need not integrate to one."""

from __future__ import annotations

import copy
from typing import Any

import keras
import tensorflow as tf

from kfdiv.distributions.conditional_distribution import full_precision
from kfdiv.flows.density import Density


@keras.saving.register_keras_serializable(package="kfdiv")
class Unnormalized(Density):
    """A positive function, `p_eta(x) = exp(network(x))`, with no constraint on its integral.

    With a network of two inputs it is `p_eta(x|c) = exp(network([x, c]))`.

    Fenchel's bound needs no more: f-GM's optimum is the density of the data all the same (Roquero
    Gimenez and Zou 2022, proposition II.1). Its samples and its normaliser cannot be had.

    Args:
        network: a built network from x, or x and a condition c, to one number.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if the network is not built, has more than one output, or further inputs.

    Example:
        >>> import kfdiv
        >>> density = kfdiv.flows.Unnormalized(kfdiv.networks.mlp(2, [16], 1))
        >>> density.log_prob(tf.zeros((5, 2))).shape
        TensorShape([5])
    """

    normalized = False

    def __init__(self, network: keras.Model, **kwargs: Any) -> None:
        shape = getattr(network, "output_shape", None) if getattr(network, "built", False) else None
        if shape is None or tuple(shape[1:]) not in ((), (1,)):
            raise ValueError(
                "Unnormalized needs a built network with one output, such as "
                f"kfdiv.networks.mlp(2, [64, 64], 1), but got {network!r} with output shape "
                f"{shape}."
            )
        event, *others = (tuple(tensor.shape[1:]) for tensor in network.inputs)
        if [len(shape) for shape in others] not in ([], [1]):
            raise ValueError(
                "Unnormalized needs a network of x, or of x and a condition of shape (batch, "
                f"size), but got one with inputs of shapes {[event, *others]}."
            )
        super().__init__(event, **kwargs)
        self.network = network
        self.condition_size = others[0][0] if others else 0

    def log_prob(
        self, x: tf.Tensor | tuple[tf.Tensor, tf.Tensor], training: bool | None = None
    ) -> tf.Tensor:
        """See `Density.log_prob`; with a condition x is a pair `(x, c)`."""
        inputs = list(x) if isinstance(x, tuple) else x
        return tf.reshape(full_precision(self.network(inputs, training=training)), [-1])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the network serialised."""
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Unnormalized:
        """Rebuild the layer and its network."""
        # Keras empties the config of a functional model while it reads it.
        network = keras.saving.deserialize_keras_object(copy.deepcopy(config["network"]))
        return cls(**{**config, "network": network})
