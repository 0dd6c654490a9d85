"""The network that classifies digits, and its training."""

from __future__ import annotations

import keras
import numpy as np

from kfdiv.data import from_arrays

FEATURES = "features"
"""Name of the last hidden layer."""

SIDE = 28
"""Pixels along each side of an image."""


def untrained_network(seed: int = 0) -> keras.Model:
    """Return the network: three convolutions with batch normalisation, and a hidden layer.

    Args:
        seed: of the initial weights and of dropout.

    Example:
        >>> untrained_network().count_params()
        99034
    """
    layers = keras.layers
    seeds = iter(range(10 * seed, 10 * seed + 10))

    def initial() -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(next(seeds))

    def convolution(filters: int, size: int, strides: int) -> list[keras.layers.Layer]:
        return [
            layers.Conv2D(
                filters,
                size,
                strides=strides,
                padding="same",
                use_bias=False,
                kernel_initializer=initial(),
            ),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            *convolution(16, 5, strides=2),
            *convolution(32, 3, strides=1),
            layers.MaxPooling2D(),
            *convolution(64, 3, strides=1),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_initializer=initial(), name=FEATURES),
            layers.Dropout(0.3, seed=next(seeds)),
            layers.Dense(10, kernel_initializer=initial()),
        ]
    )


def train(
    network: keras.Model, images: np.ndarray, labels: np.ndarray, epochs: int, seed: int = 0
) -> None:
    """Fit a network by cross-entropy, with Adam and a learning rate that falls to zero.

    Args:
        network: from images in [0, 1] to ten logits.
        images: pixels, a uint8 array of shape `(images, 28, 28, 1)`.
        labels: integers of shape `(images,)`.
        epochs: passes over the images.
        seed: of the order of the images.

    Example:
        >>> images, labels = np.zeros((200, SIDE, SIDE, 1), np.uint8), np.arange(200) % 10
        >>> network = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
        >>> train(network, images, labels, epochs=1)
    """
    dataset = from_arrays(images, labels, batch_size=100, seed=seed)
    steps = dataset.stream.steps_per_epoch
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    network.fit(
        dataset.stream.batches(), epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=0
    )
