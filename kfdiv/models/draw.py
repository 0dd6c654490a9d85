"""DRAW: a variational autoencoder that draws step by step, and looks at what it has drawn."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

import keras

from kfdiv import distributions
from kfdiv.arguments import check_choice, check_left_out
from kfdiv.models.registry import registry
from kfdiv.models.vae import VAE
from kfdiv.networks import draw
from kfdiv.networks.shapes import as_shape

OBSERVATIONS = ("bernoulli", "normal", "quantized_normal")


@registry.register("draw")
@keras.saving.register_keras_serializable(package="kfdiv")
class DRAW(VAE):
    """A `VAE` of T steps, `-E_q[log p(x|z)] + beta sum_t KL(q(z_t|x, z_<t) || p(z_t))`, in nats.

    A recurrent decoder adds to a canvas in every step, and a recurrent encoder sees x, what the
    canvas lacks of it, and the decoder's state, before it says what the step's latents are. In all
    else it is a `VAE`, of latents of all steps side by side: one prior over them, one optimizer.

    With LSTMs of vectors, with or without windows of attention, it is that of Gregor et al. 2015.
    With a `stride` it has the convolutional LSTMs, reads and writes of Gregor et al. 2016; its
    prior is still that of 2015, which does not depend on the steps before.

    Args:
        event_shape: of x; an image's, where there is attention or a stride.
        latent_size: latents of a step; with a stride, feature maps of them.
        steps: T.
        units: of both LSTMs; with a stride, feature maps.
        read_size: N of a window of N x N filters that x is read through; None reads all of it.
        write_size: N of the window that the canvas is written through; None writes all of it.
        stride: None, or by how much the LSTMs' maps are smaller than the image.
        observation: p(x|z): "bernoulli", of logits that are the canvas; "quantized_normal", of
            8-bit pixels in [0, 1], around the canvas's sigmoid; or "normal", around the canvas.
        scale: of a normal one or of pixels: "shared", learned, the default, or a number. A
            Bernoulli has none.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`; both LSTMs take it in every step.

    Raises:
        ValueError: if a size is not possible, attention or a stride is asked for without images, or
            the observation is unknown, or has no scale and is given one.

    Example:
        >>> import kfdiv
        >>> model = DRAW((16, 16, 1), latent_size=2, steps=4, units=32, read_size=4, write_size=4)
        >>> model.compile()
        >>> images = kfdiv.data.load("digits", batch_size=100, size=16)
        >>> # model.fit(images, epochs=20)
        >>> model.prior.size, model.sample(3).shape
        (8, TensorShape([3, 16, 16, 1]))

    Source: Gregor et al. 2015, eqs. 3 to 12; the paper trains on binary images.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int],
        latent_size: int,
        steps: int = 10,
        units: int = 256,
        read_size: int | None = None,
        write_size: int | None = None,
        stride: int | None = None,
        observation: str = "bernoulli",
        scale: str | float | None = None,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        condition: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        check_choice("observation", observation, OBSERVATIONS)
        if observation == "bernoulli":
            reason = "a Bernoulli has no scale, 'normal' and 'quantized_normal' have one"
            check_left_out("scale", scale, reason)
        settings = {
            "event_shape": as_shape(event_shape, "event_shape"),
            "latent_size": latent_size,
            "steps": steps,
            "units": units,
            "read_size": read_size,
            "write_size": write_size,
            "stride": stride,
        }
        encoder, decoder = draw.networks(
            **settings,
            link="linear" if observation == "normal" else "sigmoid",
            condition_size=getattr(condition, "size", 0),
        )
        super().__init__(
            distributions.AutoregressiveNormal(encoder),
            _observation(observation, decoder, scale),
            prior=prior,
            seed=seed,
            name=name,
            condition=condition,
            **kwargs,
        )
        # Not a dict, which Keras would track.
        self._settings = types.MappingProxyType(
            {**settings, "observation": observation, "scale": scale}
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments: of them the networks are made anew."""
        config = super().get_config()
        # Each would come back with a decoder of its own.
        del config["encoder"], config["decoder"]
        return {**config, **self._settings}


def _observation(
    name: str, network: keras.Model, scale: str | float | None
) -> distributions.ConditionalDistribution:
    """Return p(x|z) of the network of the canvas."""
    if name == "bernoulli":
        return distributions.Bernoulli(network)
    scale = "shared" if scale is None else scale
    if name == "normal":
        return distributions.Normal(network, scale=scale)
    pixels = keras.layers.Activation("sigmoid")(network.output)
    return distributions.QuantizedNormal(keras.Model(network.input, pixels), scale=scale)
