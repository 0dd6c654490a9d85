"""An encoder that draws codes and has no density: features of x, and noise."""

from __future__ import annotations

import keras

from kfdiv.networks.shapes import as_size

_SLOPE = 0.2


def implicit_encoder(
    features: keras.Model,
    latent_size: int,
    noise_size: int | None = None,
    units: int = 256,
    name: str | None = None,
) -> keras.Model:
    """`z = W a(V [h(x), epsilon])`, epsilon standard normal, a a leaky ReLU of slope 0.2.

    Features of x are deterministic, so what differs between draws is a layer of `units`: q(z|x) is
    any distribution that this layer makes of noise, dependent latents and several modes included.

    Args:
        features: h, a built network from x to a vector.
        latent_size: of z.
        noise_size: of epsilon; by default that of z.
        units: of the layer that noise enters.
        name: the model's name.

    Returns:
        A built functional `keras.Model` from `[x, epsilon]` to `(batch, latent_size)`, as
        `kfdiv.distributions.Implicit` takes it.

    Raises:
        ValueError: if a size is not positive, or the features are no vectors of one input.

    Example:
        >>> from kfdiv.networks import implicit_encoder, mlp
        >>> encoder = implicit_encoder(mlp((4, 4, 1), [8], 6), latent_size=2, units=5)
        >>> [tensor.shape for tensor in encoder.inputs], encoder.output_shape
        ([(None, 4, 4, 1), (None, 2)], (None, 2))

    Source: Mescheder et al. 2017, section 3: "black box inference models".
    """
    size = as_size(latent_size, "latent_size")
    noise_size = size if noise_size is None else as_size(noise_size, "noise_size")
    if len(features.inputs) != 1 or len(features.output_shape) != 2:
        raise ValueError(
            f"The network of features takes {len(features.inputs)} inputs and gives shape "
            f"{features.output_shape}; expected one input and (batch, size)."
        )
    x = keras.Input(tuple(features.inputs[0].shape[1:]), name="x")
    noise = keras.Input((noise_size,), name="noise")
    hidden = keras.layers.Concatenate()([features(x), noise])
    hidden = keras.layers.Dense(as_size(units, "units"))(hidden)
    hidden = keras.layers.LeakyReLU(_SLOPE)(hidden)
    return keras.Model([x, noise], keras.layers.Dense(size)(hidden), name=name)
