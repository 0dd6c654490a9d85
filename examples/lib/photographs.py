"""Photographs by adversarial gradient estimation: what CelebA and ImageNet share."""

from __future__ import annotations

import numpy as np
from absl import flags

import kfdiv
from examples.lib import batches, entry, panels, records, rehearsal, summaries, systems
from examples.lib.image_features import ImageFeatures

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
MEASURES = ["frechet", "reconstruction_error", "reconstruction_in_features"]
BATCH = 100
SHOWN = 32


def features(value_range: tuple[float, float]) -> ImageFeatures:
    """Return what the flags say that images are compared by."""
    thumbnails = FLAGS.features == "thumbnails" or FLAGS.mock
    return ImageFeatures(value_range, None if thumbnails else FLAGS.inception_weights)


def measure(
    model: kfdiv.models.GenerativeModel,
    features: ImageFeatures,
    train: kfdiv.data.Stream,
    held_out: np.ndarray,
) -> dict[str, float | None]:
    """Return the Frechet distance of samples, and what reconstruction changes, None without any.

    Args:
        model: trained.
        features: of the distance.
        train: the training data.
        held_out: images to reconstruct.
    """
    real = (x for x, *_ in batches.take(train, FLAGS.samples))
    fake = batches.draws(model, FLAGS.samples, BATCH)
    distance = kfdiv.evaluation.frechet_between(real, fake, features)
    if model.encoder is None:
        return {**dict.fromkeys(MEASURES), "frechet": distance}
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
    compared_by = features(made.value_range)
    # One is enough to see that it works.
    chosen = FLAGS.systems or list(paper)[: 1 if FLAGS.mock else None]
    with rehearsal.invented_images(MOCK["num_examples"] if FLAGS.mock else None):
        train = made.dataset(data_dir=FLAGS.data_dir).stream
        validation = made.dataset("validation", data_dir=FLAGS.data_dir).stream
        held_out = batches.first(validation, SHOWN)[0]
        fits, models = systems.compare(
            preset,
            chosen,
            entry.seeds(),
            FLAGS.workdir or f"runs/{name}",
            lambda model: measure(model, compared_by, train, held_out),
            data_dir=FLAGS.data_dir,
            **settings,
        )
    record = {
        "mock": FLAGS.mock,
        "settings": {"epochs": made.epochs, **settings},
        "samples": FLAGS.samples,
        "features": compared_by.description,
        "seeds": FLAGS.seeds,
        "paper": paper,
        "summary": summaries.by_system(fits, MEASURES),
        "fits": fits,
    }
    records.write(name, results, record)
    shown = {
        system: {
            "samples": next(batches.draws(model, 64, BATCH)),
            "images and reconstructions": panels.in_turn(
                held_out, model.reconstruct(held_out).numpy()
            )
            if model.encoder is not None
            else held_out,
        }
        for system, model in models.items()
    }
    panels.image_columns(f"{results}/{name}.png", shown, made.value_range)
