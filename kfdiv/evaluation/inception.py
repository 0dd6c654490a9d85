"""Inception-v3: features of images for distances between sets, and classes for the score."""

from __future__ import annotations

import os
import pathlib
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from kfdiv.arguments import check_count, check_range
from kfdiv.data import examples

_SIDE = 299


class _Inception:
    """Inception-v3 on images of any size; a subclass says which end of it is taken."""

    options: ClassVar[dict[str, Any]]
    """Arguments of `keras.applications.InceptionV3`."""

    def __init__(
        self,
        value_range: tuple[float, float] = (0.0, 1.0),
        weights: str | os.PathLike[str] | None = "imagenet",
        batch_size: int = 64,
    ) -> None:
        self.value_range = check_range("value_range", value_range)
        self.weights = None if weights is None else os.fspath(weights)
        if self.weights not in (None, "imagenet") and not pathlib.Path(self.weights).is_file():
            raise ValueError(
                f"weights must be 'imagenet', an existing file or None, but got {self.weights!r}."
            )
        self.batch_size = check_count("batch_size", batch_size)
        self._network: keras.Model | None = None

    def __call__(self, images: Any) -> np.ndarray:
        """Return what the network says of `images`, `(batch, height, width, 1 or 3)`.

        Args:
            images: whatever `fit` takes; 8-bit pixels are scaled to `value_range`.

        Returns:
            A float32 array of shape `(batch, 2048)` of features, or `(batch, 1000)` of classes.

        Raises:
            ValueError: if the images have another shape.
            OSError: if the weights are not here and cannot be downloaded.
        """
        images = np.asarray(examples.read(images, value_range=self.value_range).x, np.float32)
        if images.ndim != 4 or images.shape[-1] not in (1, 3):
            raise ValueError(
                f"Images must have shape (batch, height, width, 1 or 3), but got {images.shape}."
            )
        network = self._load()
        batches = np.split(images, range(self.batch_size, len(images), self.batch_size))
        return np.concatenate(
            [np.asarray(network(self._prepare(batch), training=False)) for batch in batches]
        )

    def _prepare(self, images: np.ndarray) -> tf.Tensor:
        low, high = self.value_range
        scaled = 2.0 * (images - low) / (high - low) - 1.0
        colour = tf.broadcast_to(scaled, [*images.shape[:-1], 3])
        return tf.image.resize(colour, (_SIDE, _SIDE), antialias=True)

    def _load(self) -> keras.Model:
        if self._network is None:
            try:
                self._network = keras.applications.InceptionV3(weights=self.weights, **self.options)
            except Exception as error:
                # Keras raises a bare Exception where a download fails.
                raise OSError(
                    f"The weights {self.weights!r} of Inception-v3 cannot be had: {error}. Pass "
                    "weights=<file> of keras.applications.InceptionV3(include_top="
                    f"{self.options['include_top']}), or use another network."
                ) from error
            self._network.trainable = False
        return self._network


class InceptionFeatures(_Inception):
    """The 2,048 pooled features of Inception-v3, of images of any size.

    The weights are those that Keras distributes, not the ones of 2015 that published distances
    (FID) are measured with: compare its figures among themselves. Without a network use
    `kfdiv.evaluation.DigitClassifier.features` for digits.

    Args:
        value_range: of the pixels.
        weights: `"imagenet"`, which Keras downloads once (88 MB); a file of weights, as
            `keras.applications.InceptionV3(include_top=False)` takes it; or None for random ones.
        batch_size: images that go through the network at once.

    Raises:
        ValueError: if `value_range` is empty, or `weights` is a file that does not exist.

    Example:
        >>> features = InceptionFeatures((-1, 1))
        >>> # kfdiv.evaluation.frechet_between(real, generated, features)
    """

    options: ClassVar[dict[str, Any]] = {"include_top": False, "pooling": "avg"}


class InceptionClassifier(_Inception):
    """The probabilities of ImageNet's 1,000 classes by Inception-v3, of images of any size.

    As of `InceptionFeatures`, the weights are not those of published inception scores. Without a
    network use `kfdiv.evaluation.DigitClassifier.probabilities` for digits.

    Args:
        value_range: of the pixels.
        weights: `"imagenet"`, which Keras downloads once; a file of weights, as
            `keras.applications.InceptionV3(include_top=True)` takes it; or None for random ones.
        batch_size: images that go through the network at once.

    Raises:
        ValueError: if `value_range` is empty, or `weights` is a file that does not exist.

    Example:
        >>> classifier = InceptionClassifier((-1, 1))
        >>> # kfdiv.evaluation.inception_score(generated, classifier, real=test)
    """

    options: ClassVar[dict[str, Any]] = {"include_top": True}
