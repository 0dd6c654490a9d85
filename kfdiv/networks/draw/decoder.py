"""DRAW's decoder: a recurrent network that writes to a canvas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, final

import keras
import tensorflow as tf

from kfdiv.arguments import check_choice, check_count
from kfdiv.distributions.conditional_distribution import density_dtype, full_precision
from kfdiv.networks.draw import states
from kfdiv.networks.shapes import as_shape

LINKS = {"sigmoid": tf.sigmoid, "linear": tf.identity}


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class DrawDecoder(keras.layers.Layer):
    """From latents of T steps to a canvas, `h_t = RNN(h_{t-1}, z_t)`, `c_t = c_{t-1} + write(h_t)`.

    Initial states and canvas are learned. The loop is one of the graph, whose size does not depend
    on T.

    Args:
        event_shape: of the canvas.
        steps: T.
        latent_shape: of z_t, a vector's or that of maps; z is the T of them, flattened.
        cell: a recurrent cell, `cell(inputs, states) -> output, states` with `state_size`.
        write: a layer from the cell's output to what is added to the canvas.
        condition_size: of a condition, which the cell takes beside z_t; 0 for none.
        link: from the canvas to x_hat, which the encoder compares x with: "sigmoid" or "linear".
        **kwargs: passed on to `keras.layers.Layer`.

    Source: Gregor et al. 2015, eqs. 7 and 8.
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        steps: int,
        latent_shape: Sequence[int],
        cell: keras.layers.Layer,
        write: keras.layers.Layer,
        condition_size: int = 0,
        link: str = "sigmoid",
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **kwargs})
        self.event_shape = as_shape(event_shape, "event_shape")
        self.steps = check_count("steps", steps)
        self.latent_shape = as_shape(latent_shape, "latent_shape")
        self.condition_size = check_count("condition_size", condition_size, least=0)
        self.link = check_choice("link", link, LINKS)
        self.cell, self.write = cell, write
        self._make()

    def _make(self) -> None:
        """Build what it consists of; all shapes are known."""
        inputs = (*self.latent_shape[:-1], self.latent_shape[-1] + self.condition_size)
        states.build(self.cell, inputs)
        states.build(self.write, self.hidden_shape)
        self.initial_states = states.add_initial_states(self, self.cell)
        self.initial_canvas = self.add_weight(
            self.event_shape, initializer="zeros", name="initial_canvas"
        )
        self.built = True

    @property
    def hidden_shape(self) -> tuple[int, ...]:
        """Shape of the cell's output for one example."""
        return tuple(self.initial_states[0].shape) if self.built else _shape(self.cell)

    @property
    def size(self) -> int:
        """Of all latents together."""
        return self.steps * math.prod(self.latent_shape)

    def start(self, batch: int | tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return states and canvas before the first step."""
        begin = [
            states.repeat(tf.cast(one, self.compute_dtype), batch) for one in self.initial_states
        ]
        canvas = tf.cast(self.initial_canvas, density_dtype(self))
        return begin, states.repeat(canvas, batch)

    def step(
        self,
        z: tf.Tensor,
        condition: tf.Tensor | None,
        state: Sequence[tf.Tensor],
        canvas: tf.Tensor,
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return states and canvas after a step with z_t, shape `(batch, prod(latent_shape))`."""
        z = tf.reshape(tf.cast(z, self.compute_dtype), [-1, *self.latent_shape])
        hidden, state = self.cell(states.beside([z], condition), list(state))
        return state, canvas + tf.cast(full_precision(self.write(hidden)), canvas.dtype)

    def expected(self, canvas: tf.Tensor) -> tf.Tensor:
        """Return x_hat, what the canvas says of x."""
        return LINKS[self.link](canvas)

    def call(self, inputs: Any) -> tf.Tensor:
        """Return the last canvas, `(batch, *event_shape)`.

        Args:
            inputs: z, shape `(batch, size)`; or it and the condition.
        """
        z, condition = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        in_turn = by_step(z, self.steps)

        def body(t: tf.Tensor, state: list[tf.Tensor], canvas: tf.Tensor) -> tuple[Any, ...]:
            new, drawn = self.step(in_turn[t], condition, state, canvas)
            return t + 1, alike(new, state), alike(drawn, canvas)

        begin = (tf.constant(0), *self.start(tf.shape(z)[0]))
        return loop(self.steps, body, begin)[-1]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return `(batch, *event_shape)`."""
        return (None, *self.event_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, layers serialised."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "steps": self.steps,
            "latent_shape": self.latent_shape,
            "cell": serialize(self.cell),
            "write": serialize(self.write),
            "condition_size": self.condition_size,
            "link": self.link,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DrawDecoder:
        """Rebuild the layer and its parts."""
        deserialize = keras.saving.deserialize_keras_object
        parts = {name: deserialize(config[name]) for name in ("cell", "write")}
        return cls(**{**config, **parts})


def by_step(values: tf.Tensor, steps: int) -> tf.Tensor:
    """Turn `(batch, T * size)` into `(T, batch, size)`."""
    size = values.shape[-1] // steps
    return tf.transpose(tf.reshape(values, [-1, steps, size]), [1, 0, 2])


def loop(steps: int, body: Any, begin: tuple[Any, ...]) -> tuple[Any, ...]:
    """Run `body` T times; its first loop variable is the step."""
    # XLA needs the number of iterations for what the gradient keeps of each.
    return tf.while_loop(lambda t, *_: t < steps, body, begin, maximum_iterations=steps)


def alike(new: Any, old: Any) -> Any:
    """Return `new` with the static shapes that a loop began with."""
    return tf.nest.map_structure(lambda a, b: tf.ensure_shape(a, b.shape), new, old)


def _shape(cell: keras.layers.Layer) -> tuple[int, ...]:
    size = cell.state_size[0]
    return (size,) if isinstance(size, int) else tuple(size)
