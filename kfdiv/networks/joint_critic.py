"""The critic of pairs (x, z), in three modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.conditioning import condition_inputs, join
from kfdiv.networks.initialization import fan_in_uniform
from kfdiv.networks.shapes import as_shape, as_size
from kfdiv.networks.spectral_normalization import SpectralNormalization


def joint_critic(
    data: int | Sequence[int] | keras.Model,
    latent_size: int,
    units: Sequence[int] = (400, 400),
    activation: str | Callable | None = None,
    spectral_normalization: bool = False,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """Scores of x, of z and of both, `v(x, z) = (s_x + s_z + s_xz) / 3`.

    Two modules turn x and z into features and each into a score; a third scores the concatenated
    features. Weights and biases of its dense layers start as in the authors' program, at
    `fan_in_uniform`.

    Args:
        data: shape of x, whose module is then a multilayer perceptron like that of z; or a network
            from x to a vector of features.
        latent_size: of z.
        units: sizes of the hidden layers of each module.
        activation: of the hidden layers; leaky ReLU of slope 0.01 by default.
        spectral_normalization: normalise every dense layer's kernel. The network of x does so
            itself, or not.
        name: the model's name.
        condition_size: of a condition c, which joins x and z in their modules; 0 for none. A
            network from x may take it as a second input; otherwise it joins the features.

    Returns:
        A built functional `keras.Model` from `[x, z]`, or `[x, z, c]`, to `(batch, 1)`.

    Raises:
        ValueError: if a shape is not understood, or the network of x does not fit, or gives no
            vectors.

    Example:
        >>> from kfdiv.networks import joint_critic
        >>> critic = joint_critic(2, latent_size=2)
        >>> [tensor.shape for tensor in critic.inputs], critic.output_shape
        ([(None, 2), (None, 2)], (None, 1))

    Source: Shen et al. 2020, appendix E.1 (two layers of 400 units) and E.3, figure 7.
    """
    units = as_shape(units, "units")
    latent_size = as_size(latent_size, "latent_size")

    def dense(features: keras.KerasTensor, size: int) -> keras.KerasTensor:
        layer = keras.layers.Dense(size, **fan_in_uniform(features.shape[-1]))
        return (SpectralNormalization(layer) if spectral_normalization else layer)(features)

    def hidden(features: keras.KerasTensor) -> keras.KerasTensor:
        for size in units:
            features = dense(features, size)
            if activation is None:
                features = keras.layers.LeakyReLU(0.01)(features)
            else:
                features = keras.layers.Activation(activation)(features)
        return features

    condition = condition_inputs(condition_size)
    if isinstance(data, keras.Model):
        shapes = [tuple(tensor.shape[1:]) for tensor in data.inputs]
        if shapes[1:] not in ([], [(condition_size,)]):
            raise ValueError(
                f"The network of x takes inputs of shapes {shapes}; expected x, or x and a "
                f"condition of size condition_size={condition_size}."
            )
        x = keras.Input(shapes[0])
        of_x = data(x) if len(shapes) == 1 else data([x, *condition])
        if len(of_x.shape) != 2:
            raise ValueError(
                f"The network of x gives features of shape {of_x.shape}, expected (batch, size); "
                "end it with keras.layers.Flatten() or a pooling layer."
            )
        of_x = join(of_x, condition) if len(shapes) == 1 else of_x
    else:
        x = keras.Input(as_shape(data, "data"))
        of_x = hidden(join(keras.layers.Flatten()(x) if len(x.shape) > 2 else x, condition))
    z = keras.Input((latent_size,))
    of_z = hidden(join(z, condition))
    of_both = hidden(keras.layers.Concatenate()([of_x, of_z]))
    scores = [dense(features, 1) for features in (of_x, of_z, of_both)]
    return keras.Model([x, z, *condition], keras.layers.Average()(scores), name=name)
