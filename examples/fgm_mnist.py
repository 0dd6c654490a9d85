r"""Fit MNIST by f-GM under forward KL and under Jensen-Shannon: fuzzy variety or sharp collapse.

Regenerates Roquero Gimenez and Zou 2022, section IV.a and figure 1, and puts numbers on what the
figure shows:

    python examples/fgm_mnist.py --results=results/fgm_mnist

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

import itertools
from typing import Any, NamedTuple

import common
import numpy as np
import systems
from absl import app, flags
from sklearn.neighbors import KNeighborsClassifier

import kfdiv
from kfdiv.evaluation import sharpness
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
CLASSES = 10
NEIGHBORS = 5_000
SHOWN = 40
MEASURES = ["classes_covered", "reverse_kl", "sharpness", "reconstruction_error"]
MEASURES += ["reconstructions_of_their_class", "log_density", "lower_bound"]


class Examples(NamedTuple):
    """Images without and with noise, and their classes."""

    clean: np.ndarray
    noised: np.ndarray
    labels: np.ndarray


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
    batches = -(-count // stream.batch_size)
    clean, noised = (
        [
            np.concatenate(part)[:count]
            for part in zip(*itertools.islice(them, batches), strict=True)
        ]
        for them in (stream.clean.examples(), stream.examples())
    )
    return Examples(clean[0], noised[0], clean[1])


class Judge:
    """Says what a model makes of each class.

    Args:
        preset: what the models are made by.
    """

    def __init__(self, preset: kfdiv.presets.Preset) -> None:
        self.test = first(preset, "test", FLAGS.samples)
        known = first(preset, "train", NEIGHBORS)
        self._nearest = KNeighborsClassifier(1).fit(_flat(known.clean), known.labels)
        self.weights = np.bincount(self.test.labels, minlength=CLASSES) / len(self.test.labels)
        self._sharpness = np.array(
            [sharpness(self.test.clean[self.test.labels == k]).mean() for k in range(CLASSES)]
        )
        self.accuracy = float((self.classify(self.test.clean) == self.test.labels).mean())

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Return the class of the nearest known image."""
        return self._nearest.predict(_flat(images))

    def share(self, model: kfdiv.models.FGM) -> dict[str, float]:
        """Return each class's share of samples."""
        labels = self.classify(model.sample(FLAGS.samples, seed=1).numpy())
        shares = np.bincount(labels, minlength=CLASSES) / len(labels)
        return {str(label): float(share) for label, share in enumerate(shares)}

    def log_density(self, model: kfdiv.models.FGM) -> dict[str, float]:
        """Return each class's mean log p_eta, in nats."""
        values = model.density.log_prob(self.test.noised).numpy()
        return {
            str(label): float(values[self.test.labels == label].mean()) for label in range(CLASSES)
        }

    def __call__(self, model: kfdiv.models.FGM) -> dict[str, float]:
        """Return the measures of a trained model."""
        samples = model.sample(FLAGS.samples, seed=1).numpy()
        again = model.reconstruct(self.test.noised).numpy()
        labels, weights = self.classify(samples), self.weights
        bound = model.evaluate(self.test.noised, verbose=0, return_dict=True)
        counts = np.bincount(labels, minlength=CLASSES)
        return {
            "classes_covered": int((counts >= 0.1 * weights * len(labels)).sum()),
            "reverse_kl": kfdiv.evaluation.mode_coverage(labels, weights).reverse_kl,
            "sharpness": float(np.mean(sharpness(samples) / self._sharpness[labels])),
            "reconstruction_error": float(np.square(again - self.test.clean).mean()),
            "reconstructions_of_their_class": float(
                (self.classify(again) == self.test.labels).mean()
            ),
            "log_density": float(model.density.log_prob(self.test.noised).numpy().mean()),
            "lower_bound": bound["lower_bound"],
            "lower_bound_se": bound["lower_bound_se"],
        }


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def train(
    preset: kfdiv.presets.Preset, divergence: str, seed: int, judge: Judge
) -> tuple[kfdiv.models.FGM, list[dict[str, float]]]:
    """Train a model, or go on where an earlier process stopped; return its log too."""
    identity = {"source": FLAGS.source, "divergence": divergence, "seed": seed}
    identity |= {"samples": FLAGS.samples, "settings": assignments.parse(FLAGS.set)}
    folder = systems.open_run(f"{FLAGS.workdir}/{FLAGS.source}-{divergence}-{seed}", identity)
    model = preset.model(divergence, seed)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")
    measures = {"share": judge.share, "log_density": judge.log_density}
    model.fit(
        data(preset, "train", seed),
        epochs=FLAGS.steps // LOOK_EVERY,
        steps_per_epoch=LOOK_EVERY,
        verbose=2,
        callbacks=[
            kfdiv.callbacks.EvaluateEvery(measures),
            log,
            kfdiv.callbacks.ExactResume(folder / "backup"),
        ],
    )
    return model, log.rows


def by_class(rows: list[dict[str, float]], name: str) -> np.ndarray:
    """Return a measure of the log, shape `(looks, classes)`."""
    return np.array([[row[f"{name}/{label}"] for label in range(CLASSES)] for row in rows])


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
    with common.figure(f"{FLAGS.results}/fgm_mnist.png", len(shown), 3, size=3.0) as axes:
        for (name, (model, rows)), (above, middle, below) in zip(
            shown.items(), np.reshape(axes, (3, -1)).T, strict=True
        ):
            again = model.reconstruct(test.noised[:pairs]).numpy()
            # A row of images above the row of what became of them.
            both = np.stack([test.clean[:pairs], again]).reshape(2, -1, 10, *again.shape[1:])
            both = both.swapaxes(0, 1).reshape(2 * pairs, *again.shape[1:])
            for panel, images, title in (
                (above, model.sample(SHOWN, seed=2).numpy(), f"{name}: samples"),
                (middle, both, "test images, reconstructions below"),
            ):
                panel.imshow(kfdiv.plotting.image_grid(images, columns=10), cmap="gray")
                panel.set(title=title, xticks=[], yticks=[])
            steps = [row["step"] for row in rows]
            for label, curve in enumerate(by_class(rows, "log_density").T):
                below.plot(steps, curve, c=f"C{label}", label=str(label))
            below.set(title="mean log p_eta of test images, by class", xlabel="step")
            below.legend(fontsize="x-small", ncols=2)


def main(_: list[str]) -> None:
    """Train, measure, print, draw, write."""
    source = "mnist" if FLAGS.source == "digits" else FLAGS.source
    preset = kfdiv.presets.get("fgm/mnist", source=source, **assignments.parse(FLAGS.set))
    judge = Judge(preset)
    print(f"nearest neighbours: {judge.accuracy:.2%} of the test images right", flush=True)
    fits: list[dict[str, Any]] = []
    shown: dict[str, tuple[kfdiv.models.FGM, list[dict[str, float]]]] = {}
    for seed in map(int, FLAGS.seeds):
        for name in FLAGS.divergences:
            model, rows = train(preset, name, seed, judge)
            figures = judge(model)
            fits.append({"system": name, "seed": seed, **figures})
            fits[-1] |= deaths(rows, judge.weights)
            fits[-1]["share_by_class"] = by_class(rows, "share")[-1].tolist()
            fits[-1]["log_density_by_look"] = by_class(rows, "log_density").tolist()
            fits[-1]["seconds"] = rows[-1]["seconds"]
            shown.setdefault(name, (model, rows))
            print(f"{name}, seed {seed}:", {k: round(v, 4) for k, v in figures.items()}, flush=True)
    settings = {"source": FLAGS.source, "steps": FLAGS.steps, "samples": FLAGS.samples}
    settings |= assignments.parse(FLAGS.set)
    record = {"settings": settings, "classifier_accuracy": judge.accuracy}
    record |= {"summary": systems.summarise(fits, MEASURES), "fits": fits}
    common.write("fgm_mnist", FLAGS.results, record)
    draw(shown, judge.test)


if __name__ == "__main__":
    app.run(main)
