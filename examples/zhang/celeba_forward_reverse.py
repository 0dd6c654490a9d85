r"""Fit CelebA by forward KL, and from the same start by reverse KL.

Regenerates Zhang et al. 2019, section 3.3 and figure 5, with the paper's networks, crops, widths,
optimizers and epochs (`kfdiv.presets.zhang.CelebA`); a GPU is wanted:

    python -m examples.zhang.celeba_forward_reverse --results=results/celeba_forward_reverse

The figure shows both models' samples from the same latent codes. The paper sees sharper images and
less variability in reverse KL's; the JSON has a number for each: the variance of the Laplacian, and
the variance over samples of a pixel. `--mock` runs all of it on invented images with small networks
in seconds, to see that it works; its numbers mean nothing.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import batches, entry, forward_reverse, panels, records, rehearsal
from kfdiv import presets

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/celeba_forward_reverse", "Folder for the JSON and the PNG.")
flags.DEFINE_string("workdir", "runs/celeba_forward_reverse", "Folder for backups.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_integer("seed", 0, "Seed of networks, data and noise.")
flags.DEFINE_integer("warmup_epochs", 60, "Epochs of forward KL that both share.", lower_bound=1)
flags.DEFINE_integer("epochs", 6, "Epochs of each divergence after that.", lower_bound=1)
flags.DEFINE_integer("encoder_steps", 20, "Encoder steps a decoder step, for rkl.", lower_bound=1)
flags.DEFINE_integer("samples", 1_000, "Samples to measure on.", lower_bound=2)
flags.DEFINE_bool("mock", False, "Invented images, small networks, two epochs: a rehearsal.")

MOCK = {
    "warmup_epochs": 1,
    "encoder_steps": 2,
    "num_examples": 8,
    "batch_size": 4,
    "encoder_base_filters": 4,
    "decoder_base_filters": 2,
    "components": 4,
    "neighbors": 4,
}
BATCH = 100


def settings() -> presets.zhang.CelebA:
    """Return the paper's settings, with the flags' changes; those of a rehearsal if it is one."""
    changes = {"warmup_epochs": FLAGS.warmup_epochs, "encoder_steps": FLAGS.encoder_steps}
    if FLAGS.mock:
        changes |= MOCK
    epochs = changes["warmup_epochs"] + (1 if FLAGS.mock else FLAGS.epochs)
    return presets.get("zhang/celeba", epochs=epochs, **changes)


def fit(
    preset: presets.zhang.CelebA, dataset: Any
) -> tuple[dict[str, kfdiv.models.VariationalFDivergence], dict[str, float]]:
    """Return the two models, and what their stages took."""
    epochs = preset.epochs - preset.warmup_epochs
    # The warm-up is a stage of its own here, so that forward KL can start from its end, too.
    alone = dataclasses.replace(preset, epochs=epochs, warmup_epochs=0)
    return forward_reverse.fit(
        lambda divergence: alone.model(divergence, FLAGS.seed),
        dataset,
        preset.warmup_epochs,
        epochs,
        FLAGS.workdir,
        {**dataclasses.asdict(preset), "seed": FLAGS.seed},
    )


def measure(images: Any) -> dict[str, float]:
    """Return the sharpness of images and their variability."""
    images = np.asarray(images)
    sharpness = float(kfdiv.evaluation.sharpness(images).mean())
    return {"sharpness": sharpness, "variability": float(images.var(axis=0).mean())}


def main(_: list[str]) -> None:
    """Fit, measure, print, draw, write."""
    preset = settings()
    with rehearsal.invented_images(preset.num_examples if FLAGS.mock else None):
        dataset = preset.dataset(seed=FLAGS.seed, data_dir=FLAGS.data_dir)
    models, seconds = fit(preset, dataset)
    images = {
        name: np.concatenate(
            list(batches.draws(model, FLAGS.samples, BATCH, observation_noise=False))
        )
        for name, model in models.items()
    }
    images["data"] = np.asarray(next(iter(dataset)))
    measures = {name: measure(group) for name, group in images.items()}
    for name, values in measures.items():
        print(f"{name}:", {key: round(value, 4) for key, value in values.items()})
    record = {
        "seed": FLAGS.seed,
        "mock": FLAGS.mock,
        "settings": dataclasses.asdict(preset),
        "fits": measures,
        "seconds": seconds,
    }
    records.write("celeba_forward_reverse", FLAGS.results, record)
    titles = {name: f"{name}: the same latent codes" for name in models}
    pictures = {titles.get(name, name): group[:64] for name, group in images.items()}
    panels.image_row(f"{FLAGS.results}/celeba_forward_reverse.png", pictures)


if __name__ == "__main__":
    entry.start(main)
