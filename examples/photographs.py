"""Photographs by adversarial gradient estimation: what CelebA and ImageNet share."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import common
import numpy as np
import systems
import tensorflow as tf
from absl import flags

import kfdiv

FLAGS = flags.FLAGS
flags.DEFINE_string("results", None, "Folder for JSON and PNG; results/ and the name if not given.")
flags.DEFINE_string("workdir", None, "Folder for backups; runs/ and the name if not given.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_list("systems", None, f"Of {', '.join(systems.SYSTEMS)}; by default the paper's.")
flags.DEFINE_list("seeds", ["0"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("epochs", None, "Epochs; by default the paper's.", lower_bound=1)
flags.DEFINE_integer("samples", 50_000, "Images a side of the distance.", 2)
flags.DEFINE_enum("features", "inception", ["inception", "thumbnails"], "To compare images by.")
flags.DEFINE_string("inception_weights", "imagenet", "'imagenet', to download them, or a file.")
flags.DEFINE_bool("mock", False, "Invented images, small networks, one epoch: a rehearsal.")

# Counts and widths of a rehearsal.
MOCK = {
    "epochs": 1,
    "num_examples": 8,
    "batch_size": 4,
    "latent_size": 4,
    "base_filters": 1,
    "critic_units": 8,
    "encoder_filters": 2,
    "encoder_units": 8,
}
THUMBNAIL = 8
BATCH = 100
SHOWN = 32


class Features:
    """What images are compared by: Inception-v3's if its weights can be had, else thumbnails.

    Attributes:
        description: which of them, and why.
    """

    def __init__(self, value_range: tuple[float, float]) -> None:
        self._compute = thumbnails
        self.description = (
            f"thumbnails of {THUMBNAIL} x {THUMBNAIL} pixels, as asked or rehearsed: no FID"
        )
        if FLAGS.features == "thumbnails" or FLAGS.mock:
            return
        inception = kfdiv.evaluation.InceptionFeatures(value_range, FLAGS.inception_weights)
        try:
            inception(np.zeros((1, THUMBNAIL, THUMBNAIL, 3), np.float32))
        except OSError as error:
            self.description = f"thumbnails, no FID, for want of Inception-v3: {error}"
            return
        self._compute = inception
        self.description = "Inception-v3 with Keras's weights, not those of published FIDs"

    def __call__(self, images: Any) -> np.ndarray:
        """Return features, shape `(batch, dims)`."""
        return self._compute(images)


def thumbnails(images: Any) -> np.ndarray:
    """Return the images shrunk to a few pixels, flattened: how colours lie, and no more."""
    small = tf.image.resize(np.asarray(images, np.float32), (THUMBNAIL, THUMBNAIL), method="area")
    return np.reshape(small, (len(small), -1))


def take(dataset: tf.data.Dataset, count: int) -> Iterator[np.ndarray]:
    """Yield batches of the first `count` images of a data set, in their stored order."""
    for element in dataset.stream.examples():
        images = element[0] if isinstance(element, tuple) else element
        yield images.numpy()[:count]
        count -= len(images)
        if count <= 0:
            return


def draws(model: kfdiv.models.GenerativeModel, count: int) -> Iterator[np.ndarray]:
    """Yield samples of x, noise and all, in batches."""
    for k, start in enumerate(range(0, count, BATCH)):
        yield model.sample(min(BATCH, count - start), seed=k, observation_noise=True).numpy()


def rehearsal() -> contextlib.AbstractContextManager[None]:
    """Return a context in which a rehearsal's data are invented; one that does nothing if none."""
    if not FLAGS.mock:
        return contextlib.nullcontext()
    import tensorflow_datasets as tfds

    return tfds.testing.mock_data(num_examples=MOCK["num_examples"])


def pairs(real: np.ndarray, again: np.ndarray) -> np.ndarray:
    """Return images and their reconstructions in turn."""
    return np.stack([real, again], axis=1).reshape(-1, *real.shape[1:])


def draw(
    path: str, images: dict[str, dict[str, np.ndarray]], value_range: tuple[float, float]
) -> None:
    """Draw samples, and images beside their reconstructions, a column a system."""
    with common.figure(path, len(images), 2, size=4.0) as axes:
        for (name, grids), panels in zip(images.items(), np.reshape(axes, (2, -1)).T, strict=True):
            for panel, (title, grid) in zip(panels, grids.items(), strict=True):
                panel.imshow(kfdiv.plotting.image_grid(grid, 8, value_range=value_range))
                panel.set(title=f"{name}: {title}", xticks=[], yticks=[])


def measure(
    model: kfdiv.models.GenerativeModel,
    features: Features,
    train: Iterable[np.ndarray],
    held_out: np.ndarray,
) -> dict[str, float]:
    """Return the Frechet distance of samples, and what reconstruction changes.

    Args:
        model: trained.
        features: of the distance.
        train: batches of training images.
        held_out: images to reconstruct.
    """
    distance = kfdiv.evaluation.frechet_between(train, draws(model, FLAGS.samples), features)
    again = model.reconstruct(held_out).numpy()
    moved = np.linalg.norm(features(again) - features(held_out), axis=1).mean()
    return {
        "frechet": distance,
        "reconstruction_error": float(np.square(again - held_out).mean()),
        "reconstruction_in_features": float(moved),
    }


def run(name: str, preset: str, paper: dict[str, float]) -> None:
    """Train, measure, print, draw, write.

    Args:
        name: of the example.
        preset: of the data and the networks.
        paper: the paper's Frechet Inception distances; their systems are the default.
    """
    results = FLAGS.results or f"results/{name}"
    settings = MOCK if FLAGS.mock else {"epochs": FLAGS.epochs} if FLAGS.epochs else {}
    made = kfdiv.presets.get(preset, **settings)
    features = Features(made.value_range)
    # One is enough to see that it works.
    chosen = FLAGS.systems or list(paper)[: 1 if FLAGS.mock else None]
    fits: list[dict[str, Any]] = []
    shown: dict[str, dict[str, np.ndarray]] = {}
    with rehearsal():
        train = made.dataset(data_dir=FLAGS.data_dir)
        held_out = np.concatenate(list(take(made.dataset("validation", 0, FLAGS.data_dir), SHOWN)))
        for seed, system in itertools.product(map(int, FLAGS.seeds), chosen):
            trained = systems.train(
                preset,
                systems.find(system),
                seed,
                f"{FLAGS.workdir or f'runs/{name}'}/{system}-{seed}",
                data_dir=FLAGS.data_dir,
                **settings,
            )
            model = trained.model
            figures = measure(model, features, take(train, FLAGS.samples), held_out)
            seconds = trained.rows[-1]["seconds"]
            fits.append({"system": system, "seed": seed, **figures, "seconds": seconds})
            print(f"{system}, seed {seed}:", {k: round(v, 4) for k, v in figures.items()})
            if system not in shown:
                again = pairs(held_out, model.reconstruct(held_out).numpy())
                grids = {"samples": next(draws(model, 64)), "images and reconstructions": again}
                shown[system] = grids
    record = {
        "mock": FLAGS.mock,
        "settings": {"epochs": made.epochs, **settings},
        "samples": FLAGS.samples,
        "features": features.description,
        "seeds": FLAGS.seeds,
        "paper": paper,
        "summary": systems.summarise(fits, [*figures]),
        "fits": fits,
    }
    common.write(name, results, record)
    draw(f"{results}/{name}.png", shown, made.value_range)
