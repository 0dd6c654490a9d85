r"""Fit MNIST by f-GM under forward KL and under Jensen-Shannon: fuzzy variety or sharp collapse.

Regenerates Roquero Gimenez and Zou 2022, section IV.a and figure 1, and puts numbers on what the
figure shows:

    python -m examples.fgm.fgm_mnist --results=results/fgm_mnist

For each divergence the figure shows samples, reconstructions of test images, and how likely the
density p_eta holds each class of test images while training goes on (section IV.b). Measured at the
end: how many classes the samples cover, with a tenth of their share of the data or more, and
KL(classes of samples || classes of data), the class of an image being that of the nearest of 5,000
training images; sharpness (variance of the Laplacian) in units of that of test images of the class;
the squared error of reconstructions, a pixel, and the share of them that keep the class; the mean
log p_eta of test images; and the lower bound on the divergence. A class is dead by the rule of
`kfdiv.callbacks.Collapse`, and alive again when it comes back.

The paper gives no sizes or settings: those are of the preset `fgm/mnist`, changed by `--set`, and
`--steps` is a budget for two cores (the preset's is 18,000). The data get noise, which is the
decoder's too; samples are the decoder's means. `--source=fashion_mnist` is the other half of figure
1, and `--source=digits` needs no files. An interrupted run goes on where it stopped, and a finished
one to a larger `--steps`.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import batches, entry, panels, records, resumable, summaries
from examples.lib.class_measures import ClassMeasures, Examples
from kfdiv.runs import assignments

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/fgm_mnist", "Folder for fgm_mnist.json and .png.")
flags.DEFINE_string("workdir", "runs/fgm_mnist", "Folder for backups.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_enum("source", "mnist", ["mnist", "fashion_mnist", "digits"], "Which images.")
flags.DEFINE_list("divergences", ["kl", "js"], "Divergences to minimise.")
flags.DEFINE_list("seeds", ["0"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("steps", 3_600, "Steps, a multiple of 200, after which it is measured.")
flags.DEFINE_integer("samples", 2_000, "Samples, and test images, to measure on.", lower_bound=300)
flags.DEFINE_multi_string("set", [], "NAME=VALUE: a setting of the preset; may be repeated.")
flags.register_validator(
    "steps",
    lambda steps: steps > 0 and steps % LOOK_EVERY == 0,
    "--steps must be a positive multiple of 200.",
)

LOOK_EVERY = 200
NEIGHBORS = 5_000
SHOWN = 40
MEASURES = ["classes_covered", "reverse_kl", "sharpness", "reconstruction_error"]
MEASURES += ["reconstructions_of_their_class", "log_density", "lower_bound"]


def data(preset: kfdiv.presets.Preset, split: str, seed: int = 0) -> Any:
    """Return the noised images of a split."""
    if FLAGS.source != "digits":
        return preset.dataset(split, seed, FLAGS.data_dir)
    batches = {"batch_size": preset.batch_size, "seed": seed}
    return kfdiv.data.with_noise(
        kfdiv.data.load("digits", split, size=28, **batches), preset.width, seed
    )


def first(preset: kfdiv.presets.Preset, split: str, count: int) -> Examples:
    """Return the first examples of a split, in the stored order."""
    stream = data(preset, split).stream
    clean, labels = batches.first(stream.clean, count)
    return Examples(clean, batches.first(stream, count)[0], labels)


def train(
    preset: kfdiv.presets.Preset, divergence: str, seed: int, measures: ClassMeasures
) -> tuple[kfdiv.models.FGM, list[dict[str, float]]]:
    """Train a model, or go on where an earlier process stopped; return its log too."""
    folder = pathlib.Path(FLAGS.workdir, f"{FLAGS.source}-{divergence}-{seed}")
    run = {"source": FLAGS.source, "divergence": divergence, "seed": seed}
    run |= {"samples": FLAGS.samples, "settings": assignments.parse(FLAGS.set)}
    resumable.claim(folder / "settings.json", run)
    model = preset.model(divergence, seed)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")
    resumable.fit(
        model,
        data(preset, "train", seed),
        log,
        epochs=FLAGS.steps // LOOK_EVERY,
        steps_per_epoch=LOOK_EVERY,
        measures={"share": measures.share, "log_density": measures.log_density},
    )
    return model, log.rows


def by_class(rows: list[dict[str, float]], name: str) -> np.ndarray:
    """Return a measure of the log, shape `(looks, classes)`."""
    columns = [column for column in rows[0] if column.startswith(f"{name}/")]
    return np.array([[row[column] for column in columns] for row in rows])


def deaths(rows: list[dict[str, float]], weights: np.ndarray) -> dict[str, Any]:
    """Return the classes dead at the end, since which step, and how many were at every look."""
    collapse, counts = kfdiv.callbacks.Collapse(weights), []
    for row, *vitals in zip(
        rows, by_class(rows, "log_density"), by_class(rows, "share"), strict=True
    ):
        collapse.update(int(row["step"]), *vitals)
        counts.append(len(collapse.dead))
    died = {str(label): step for label, step in collapse.dead.items()}
    return {"died_at_step": died, "dead_by_look": counts}


def draw(shown: dict[str, tuple[kfdiv.models.FGM, list[dict[str, float]]]], test: Examples) -> None:
    """Draw samples, reconstructions, and the likelihood of every class, a column a divergence."""
    pairs = SHOWN // 2
    path = f"{FLAGS.results}/fgm_mnist.png"
    with kfdiv.plotting.figure(path, len(shown), 3, size=(4.2, 3.0)) as axes:
        for (name, (model, rows)), (above, middle, below) in zip(
            shown.items(), np.reshape(axes, (3, -1)).T, strict=True
        ):
            panels.show(above, model.sample(SHOWN, seed=2).numpy(), f"{name}: samples", 10)
            again = model.reconstruct(test.noised[:pairs]).numpy()
            both = panels.in_turn(test.clean[:pairs], again, run=10)
            panels.show(middle, both, "test images, reconstructions below", 10)
            steps = [row["step"] for row in rows]
            for label, curve in enumerate(by_class(rows, "log_density").T):
                below.plot(steps, curve, c=f"C{label}", label=str(label))
            below.set(title="mean log p_eta of test images, by class", xlabel="step")
            below.legend(fontsize="x-small", ncols=2)


def main(_: list[str]) -> None:
    """Train, measure, print, draw, write."""
    source = "mnist" if FLAGS.source == "digits" else FLAGS.source
    preset = kfdiv.presets.get("fgm/mnist", source=source, **assignments.parse(FLAGS.set))
    known, test = first(preset, "train", NEIGHBORS), first(preset, "test", FLAGS.samples)
    measures = ClassMeasures(known, test, FLAGS.samples)
    print(f"nearest neighbours: {measures.accuracy:.2%} of the test images right", flush=True)
    fits: list[dict[str, Any]] = []
    shown: dict[str, tuple[kfdiv.models.FGM, list[dict[str, float]]]] = {}
    for seed in entry.seeds():
        for name in FLAGS.divergences:
            model, rows = train(preset, name, seed, measures)
            figures = measures(model)
            fits.append({"system": name, "seed": seed, **figures})
            fits[-1] |= deaths(rows, measures.weights)
            fits[-1]["share_by_class"] = by_class(rows, "share")[-1].tolist()
            fits[-1]["log_density_by_look"] = by_class(rows, "log_density").tolist()
            fits[-1]["seconds"] = rows[-1]["seconds"]
            shown.setdefault(name, (model, rows))
            print(f"{name}, seed {seed}:", {k: round(v, 4) for k, v in figures.items()}, flush=True)
    settings = {"source": FLAGS.source, "steps": FLAGS.steps, "samples": FLAGS.samples}
    settings |= assignments.parse(FLAGS.set)
    record = {"settings": settings, "classifier_accuracy": measures.accuracy}
    record |= {"summary": summaries.by_system(fits, MEASURES), "fits": fits}
    records.write("fgm_mnist", FLAGS.results, record)
    draw(shown, test)


if __name__ == "__main__":
    entry.start(main)
