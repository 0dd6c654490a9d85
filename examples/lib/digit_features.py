"""A small classifier of MNIST digits, whose features say how alike two images are.

Precision and recall depend on the features, so the figures of RESULTS.md are those of this network:
with the features of `kfdiv.evaluation.DigitClassifier`, which is deeper and gets more digits right,
other numbers of neighbours would have to be chosen.
"""

from __future__ import annotations

import pathlib

import keras
import numpy as np

import kfdiv
from kfdiv import files

FEATURES = "features"


def load_or_train(
    path: str, epochs: int = 3, seed: int = 0, data_dir: str | None = None
) -> keras.Model:
    """Return the classifier kept at `path`, or train it and keep it there."""
    if pathlib.Path(path).exists():
        return keras.saving.load_model(path)
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu", name=FEATURES),
            layers.Dropout(0.3),
            layers.Dense(10),
        ]
    )
    dataset = kfdiv.data.load("mnist", batch_size=100, seed=seed, data_dir=data_dir)
    steps = epochs * dataset.stream.steps_per_epoch
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # XLA's convolutions are slow on CPU.
        jit_compile=False,
    )
    model.fit(
        dataset.stream.batches(),
        epochs=epochs,
        steps_per_epoch=steps // epochs,
        shuffle=False,
        verbose=2,
    )
    with files.replacing(path) as partial:
        model.save(partial)
    return model


def accuracy(model: keras.Model, data_dir: str | None = None) -> float:
    """Return the share of MNIST's test images that the classifier gets right."""
    dataset = kfdiv.data.load("mnist", "test", batch_size=1_000, shuffle=False, data_dir=data_dir)
    return model.evaluate(dataset, verbose=0, return_dict=True)["accuracy"]


def features(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the last hidden layer's activations, each image's of unit length, `(count, 128)`."""
    hidden = keras.Model(model.inputs[0], model.get_layer(FEATURES).output)
    activations = hidden.predict(images, batch_size=1_000, verbose=0).astype(np.float64)
    norms = np.linalg.norm(activations, axis=1, keepdims=True)
    # An image that excites nothing stays at zero.
    return activations / np.maximum(norms, np.finfo(np.float64).tiny)
