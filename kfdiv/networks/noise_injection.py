"""Noise within a generator, which makes p(x|z) implicit."""

from __future__ import annotations

from typing import Any, final

import keras


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class NoiseInjection(keras.layers.Layer):
    """Adds noise with learned weights, `h + w * epsilon`, w = 0 at first.

    The noise comes in as a second input, so that whoever draws it has the seed:
    `kfdiv.distributions.Implicit` does for networks with inputs `[z, epsilon, ...]`. Images take
    one map a layer, shared by the channels; vectors take a value a unit, or one for all. Each pixel
    of each channel, each unit, has a weight of its own.

    Call it on `[h, epsilon]`: features `(batch, ...)`, and noise of a shape that broadcasts to
    theirs, such as `(batch, height, width, 1)`.

    Example:
        >>> from keras import ops
        >>> layer = NoiseInjection()
        >>> layer([ops.ones((2, 4, 4, 8)), ops.ones((2, 4, 4, 1))]).shape
        TensorShape([2, 4, 4, 8])
        >>> layer.weight.shape
        TensorShape([4, 4, 8])

    Source: Shen et al. 2020, appendix C; StyleGAN (Karras et al. 2019).
    """

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Make one weight a feature; the noise must broadcast to the features."""
        features, noise = (tuple(shape)[1:] for shape in input_shape)
        fits = len(noise) == len(features) and all(
            size in (1, wanted) for size, wanted in zip(noise, features, strict=True)
        )
        if not fits:
            raise ValueError(
                f"Received features of shape {features} and noise of shape {noise}; expected noise "
                "of the features' shape, or of size 1 along some axes, for example "
                f"{(*features[:-1], 1)}."
            )
        self.weight = self.add_weight(features, initializer="zeros", name="weight")

    def call(self, inputs: list[Any]) -> Any:
        """Return `h + w * epsilon`."""
        features, noise = inputs
        return features + self.weight * noise

    def compute_output_shape(
        self, input_shape: list[tuple[int | None, ...]]
    ) -> tuple[int | None, ...]:
        """Return the features' shape."""
        return tuple(input_shape[0])


def add_noise(features: keras.KerasTensor, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
    """Give a functional network one more noise input, a map for the features of `features`.

    Args:
        features: of shape `(batch, height, width, channels)`.
        inputs: those of the network so far; the new one, `(height, width, 1)`, is appended.

    Returns:
        The features with noise.

    Example:
        >>> inputs = [keras.Input((4, 4, 8))]
        >>> add_noise(inputs[0], inputs).shape, inputs[1].shape
        ((None, 4, 4, 8), (None, 4, 4, 1))
    """
    noise = keras.Input((*features.shape[1:-1], 1), name=f"noise_{len(inputs)}")
    inputs.append(noise)
    return NoiseInjection()([features, noise])
