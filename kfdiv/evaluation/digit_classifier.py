"""A classifier of digits, which counts the modes of stacked MNIST."""

from __future__ import annotations

import os
import pathlib
import warnings
from typing import Any

import keras
import numpy as np
import scipy.special
import tensorflow as tf

from kfdiv import files
from kfdiv.arguments import check_count, check_flag, check_range, check_share
from kfdiv.callbacks import archive
from kfdiv.data import examples, inputs
from kfdiv.data.digit_images import digit_images
from kfdiv.evaluation.digit_network import FEATURES, SIDE, train, untrained_network


class DigitClassifier:
    """Says which digit is in each channel of an image, and gives features of the image.

    Args:
        network: from grey images in [0, 1], `(batch, 28, 28, 1)`, to ten logits, with a layer named
            "features"; `load_or_train` makes one.
        value_range: of the pixels of images that will be asked about. 8-bit ones are scaled to it.

    Images are whatever `fit` takes: an array, or batches x, `(x, y)` or `(x, y, w)`.

    Raises:
        ValueError: if `value_range` is empty.

    Example:
        >>> classifier = DigitClassifier(untrained_network(), value_range=(-1, 1))
        >>> images = np.zeros((5, 28, 28, 3))
        >>> classifier.digits(images).shape, classifier.modes(images).shape
        ((5, 3), (5,))
    """

    def __init__(self, network: keras.Model, value_range: tuple[float, float] = (0.0, 1.0)) -> None:
        self.value_range = check_range("value_range", value_range)
        if not isinstance(network, keras.Model) or FEATURES not in [x.name for x in network.layers]:
            raise ValueError(
                "network must be a classifier of digits as DigitClassifier.load_or_train(folder) "
                f"makes one, a keras.Model with a layer {FEATURES!r}, but got {network!r}."
            )
        self.network = network
        outputs = [network.get_layer(FEATURES).output, network.outputs[0]]
        both = keras.Model(network.inputs[0], outputs)
        # Not XLA, whose convolutions are slow on CPU.
        self._run = tf.function(lambda x: both(x, training=False), reduce_retracing=True)

    @classmethod
    def load_or_train(
        cls,
        folder: str | os.PathLike[str],
        value_range: tuple[float, float] = (0.0, 1.0),
        source: str = "mnist",
        least_accuracy: float = 0.99,
        epochs: int = 5,
        seed: int = 0,
        data_dir: str | None = None,
    ) -> DigitClassifier:
        """Return the classifier kept in `folder`, or train it and keep it there.

        The file appears whole or not at all, and only if the classifier is good enough. A damaged
        one is replaced, with a `DamagedFileWarning`.

        Args:
            folder: where the classifiers are kept, one file a source.
            value_range: of the pixels of images that will be asked about.
            source: of the digits, as `kfdiv.data.load("stacked_mnist", source=...)` takes it.
            least_accuracy: share of the test images that it must get right.
            epochs: of training, if there is need.
            seed: of the training.
            data_dir: as in `kfdiv.data.load`.

        Returns:
            The classifier; on MNIST it takes a minute or two on two cores to train.

        Raises:
            FileNotFoundError: if the digits have not been prepared; says how to.
            RuntimeError: if the trained classifier is not accurate enough.
        """
        least_accuracy = check_share("least_accuracy", least_accuracy)
        epochs = check_count("epochs", epochs)
        path = pathlib.Path(folder) / f"{source}_classifier.keras"
        if path.exists():
            try:
                archive.check(path)
                return cls(keras.saving.load_model(path, compile=False), value_range)
            except files.DamageError as error:
                warnings.warn(
                    f"In {path.parent}, {error}: trained again.",
                    files.DamagedFileWarning,
                    stacklevel=2,
                )
        images, labels = digit_images(source, "train", data_dir=data_dir)
        network = untrained_network(seed)
        train(network, images, labels, epochs, seed)
        classifier = cls(network, value_range)
        images, labels = digit_images(source, "test", data_dir=data_dir)
        low, high = classifier.value_range
        found = classifier.digits(low + (high - low) * (images / np.float32(255)))
        accuracy = float((found[:, 0] == labels).mean())
        if accuracy < least_accuracy:
            raise RuntimeError(
                f"The classifier of {source!r} got {accuracy:.4f} of the test images right, not "
                f"{least_accuracy}, so it was not kept. Train for more than epochs={epochs}."
            )
        with files.replacing(path) as partial:
            network.save(partial)
        return classifier

    def digits(self, images: Any) -> np.ndarray:
        """Classify each channel of `images`, `(batch, 28, 28, channels)`.

        Returns:
            Integers 0 to 9 of shape `(batch, channels)`.
        """
        return self._apply(images)[1].argmax(axis=-1)

    def modes(self, images: Any) -> np.ndarray:
        """Read the digits of all channels as one number, the labels of stacked MNIST.

        Returns:
            Integers of shape `(batch,)`: `100 a + 10 b + c` for channels that show a, b and c.
        """
        digits = self.digits(images)
        return digits @ 10 ** np.arange(digits.shape[1])[::-1]

    def probabilities(self, images: Any) -> np.ndarray:
        """Return probabilities of the digits of all channels, read as one number by `modes`.

        Returns:
            A float32 array of shape `(batch, 10 ** channels)`.
        """
        logits = self._apply(images)[1]
        given = scipy.special.softmax(logits, axis=-1)
        joint = given[:, 0]
        for channel in range(1, given.shape[1]):
            joint = (joint[:, :, None] * given[:, channel, None, :]).reshape(len(given), -1)
        return joint

    def features(self, images: Any) -> np.ndarray:
        """Return the last hidden layer's activations, those of all channels side by side.

        Returns:
            A float32 array of shape `(batch, 128 * channels)`.
        """
        features = self._apply(images)[0]
        return features.reshape(len(features), -1)

    def _apply(self, images: Any, batch_size: int = 1_000) -> tuple[np.ndarray, np.ndarray]:
        """Return features and logits, `(batch, channels, ...)`."""
        images = np.asarray(examples.read(images, value_range=self.value_range).x, np.float32)
        if images.ndim != 4 or images.shape[1:3] != (SIDE, SIDE):
            raise ValueError(
                f"Images must have shape (batch, {SIDE}, {SIDE}, channels), but got {images.shape}."
            )
        low, high = self.value_range
        channels = images.shape[-1]
        grey = np.moveaxis(images, -1, 1).reshape(-1, SIDE, SIDE, 1)
        batches = np.split(grey, range(batch_size, len(grey), batch_size))
        outputs = [self._run(tf.constant((batch - low) / (high - low))) for batch in batches]
        features, logits = (np.concatenate(part) for part in zip(*outputs, strict=True))
        return features.reshape(-1, channels, features.shape[1]), logits.reshape(-1, channels, 10)


def reconstruction_accuracy(
    classifier: DigitClassifier,
    model: Any,
    images: Any,
    labels: Any = None,
    sample_weight: Any = None,
    per_digit: bool = False,
) -> float:
    """Return the share of examples whose digits all survive `model.reconstruct`, or of digits.

    Source: Shen et al. 2020, table 5 and section 5.3.2: classification accuracy of the
    reconstructions, which does not say whether of a digit or of an image. Of a digit, most
    likely: f-GAN, whose trials have 466 of 1,000 modes on average, standard error 452.5, still has
    27.8% (1.6).

    Args:
        classifier: of the digits.
        model: anything with `reconstruct(x)`.
        images: shape `(batch, 28, 28, channels)`; or batches `(x, y)` or `(x, y, w)`, which bring
            labels and weights.
        labels: what the images show, as `DigitClassifier.modes` numbers it, shape `(batch,)`.
        sample_weight: how often each image of an array counts, shape `(batch,)`.
        per_digit: whether each channel's digit counts by itself, or an image by all of its digits.

    Returns:
        A share in [0, 1].

    Raises:
        ValueError: if there are not as many labels as images, or none.

    Example:
        >>> classifier = DigitClassifier(untrained_network())
        >>> class Same:
        ...     def reconstruct(self, x):
        ...         return x
        >>> images = np.random.default_rng(0).random((5, 28, 28, 3))
        >>> reconstruction_accuracy(classifier, Same(), images, classifier.modes(images))
        1.0
    """
    per_digit = check_flag("per_digit", per_digit)
    if not hasattr(classifier, "modes"):
        raise TypeError(
            "classifier must be a DigitClassifier, DigitClassifier.load_or_train(folder), but got "
            f"{classifier!r}."
        )
    scale = getattr(model, "known_pixel_range", lambda: classifier.value_range)()
    if inputs.is_examples(images) and labels is not None:
        shape = np.shape(labels)
        if shape != (len(images),):
            raise ValueError(
                f"labels must be one for each of the {len(images)} images, got shape {shape}."
            )
    found = examples.read(images, labels, sample_weight, value_range=scale, name="images")
    if found.y is None:
        raise ValueError("Received images without labels; pass labels, or batches (x, y).")
    found = found.counted()
    again = classifier.modes(model.reconstruct(found.x))
    kept = again == found.y
    if per_digit:
        places = 10 ** np.arange(found.x.shape[-1])
        digits, others = (number[:, None] // places % 10 for number in (again, found.y))
        kept = (digits == others).mean(axis=1)
    return float(np.average(kept, weights=found.weight))
