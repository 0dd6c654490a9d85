"""DRAW's encoder: a recurrent network that looks at x, and at what the canvas lacks of it."""

from __future__ import annotations

import math
from typing import Any, final

import keras
import tensorflow as tf

from kfdiv.arguments import check_number
from kfdiv.distributions.autoregressive_normal import AutoregressiveLayer
from kfdiv.distributions.conditional_distribution import density_dtype, full_precision
from kfdiv.distributions.location_scale import positive
from kfdiv.networks.draw import states
from kfdiv.networks.draw.decoder import DrawDecoder, alike, by_step, loop


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class DrawEncoder(AutoregressiveLayer):
    """The posterior of latents of T steps, `q(z|x) = prod_t N(z_t; loc_t, scale_t^2)`.

    `r_t = read(x, x - x_hat_t, h_{t-1})`, `e_t = RNN(e_{t-1}, [r_t, h_{t-1}])`, and `(loc_t, raw_t)
    = W e_t`: what a step sees of the steps before are the decoder's hidden state h and the canvas,
    of which x_hat is made. So the encoder holds the decoder's layer, and runs it.

    Args:
        decoder: whose latents they are.
        read: a layer of x, the error and h.
        cell: a recurrent cell.
        min_scale: floor of the scales, as of `kfdiv.distributions.Normal`.
        **kwargs: passed on to `keras.layers.Layer`.

    Source: Gregor et al. 2015, eqs. 3 to 6 (scales there are exp, here softplus as elsewhere).
    """

    def __init__(
        self,
        decoder: DrawDecoder,
        read: keras.layers.Layer,
        cell: keras.layers.Layer,
        min_scale: float = 1e-4,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **kwargs})
        self.decoder, self.read, self.cell = decoder, read, cell
        self.min_scale = check_number("min_scale", min_scale, above=0)
        # Of vectors, or of each pixel of maps.
        self.posterior = keras.layers.Dense(2 * decoder.latent_shape[-1], dtype=self.dtype_policy)
        self._make()

    def _make(self) -> None:
        """Build what it consists of; all shapes are known."""
        hidden = self.decoder.hidden_shape
        self.read.build_for(self.decoder.event_shape, hidden)
        *sides, channels = self.read.output_shape_of(self.decoder.event_shape)
        inputs = (*sides, channels + hidden[-1] + self.decoder.condition_size)
        states.build(self.cell, inputs)
        self.initial_states = states.add_initial_states(self, self.cell)
        self.posterior.build((None, *self.initial_states[0].shape))
        self.built = True

    @property
    def size(self) -> int:
        """See `AutoregressiveLayer.size`."""
        return self.decoder.size

    def unroll(
        self,
        x: tf.Tensor,
        condition: tf.Tensor | None = None,
        noise: tf.Tensor | None = None,
        z: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """See `AutoregressiveLayer.unroll`."""
        dtype, full = self.compute_dtype, density_dtype(self)
        given = [
            None if one is None else by_step(tf.cast(one, full), self.decoder.steps)
            for one in (z, noise)
        ]
        x, batch = tf.cast(x, full), tf.shape(x)[0]

        def body(t: Any, encoder: Any, decoder: Any, canvas: Any, arrays: Any) -> tuple[Any, ...]:
            error = x - self.decoder.expected(canvas)
            seen = [tf.cast(one, dtype) for one in (x, error)]
            read = tf.cast(self.read(*seen, decoder[0]), dtype)
            hidden, new = self.cell(states.beside([read, decoder[0]], condition), list(encoder))
            loc, raw = tf.split(full_precision(self.posterior(hidden)), 2, axis=-1)
            flat = [-1, math.prod(self.decoder.latent_shape)]
            loc, scale = tf.reshape(loc, flat), tf.reshape(positive(raw, self.min_scale), flat)
            if given[0] is not None:
                z = given[0][t]
            else:
                z = loc if given[1] is None else loc + scale * given[1][t]
            after, drawn = self.decoder.step(z, condition, decoder, canvas)
            arrays = [a.write(t, one) for a, one in zip(arrays, (z, loc, scale), strict=True)]
            return t + 1, alike(new, encoder), alike(after, decoder), alike(drawn, canvas), arrays

        arrays = [tf.TensorArray(full, self.decoder.steps) for _ in range(3)]
        encoder = [states.repeat(tf.cast(one, dtype), batch) for one in self.initial_states]
        begin = (tf.constant(0), encoder, *self.decoder.start(batch), arrays)
        return tuple(self._joined(one.stack()) for one in loop(self.decoder.steps, body, begin)[-1])

    def _joined(self, values: tf.Tensor) -> tf.Tensor:
        """Turn `(T, batch, size)` into `(batch, T * size)`."""
        return tf.reshape(tf.transpose(values, [1, 0, 2]), [-1, self.size])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, layers serialised."""
        parts = {"decoder": self.decoder, "read": self.read, "cell": self.cell}
        serialize = keras.saving.serialize_keras_object
        serialized = {name: serialize(part) for name, part in parts.items()}
        return {**super().get_config(), **serialized, "min_scale": self.min_scale}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DrawEncoder:
        """Rebuild the layer and its parts, the decoder's layer included."""
        deserialize = keras.saving.deserialize_keras_object
        parts = {name: deserialize(config[name]) for name in ("decoder", "read", "cell")}
        return cls(**{**config, **parts})
