r"""Fit stacked MNIST, a thousand modes, by the systems of adversarial gradient estimation.

Regenerates Shen et al. 2020, tables 5 to 7 and figures 2a and 6: the modes that 26,000 samples
cover, the reverse KL between their modes and the data's, the share of reconstructions that keep all
three digits, and the Frechet distance. All four are by a classifier of MNIST, trained on the way
and kept in the workdir; the paper's Frechet distances are by Inception, and not to be compared.

    python -m examples.shen.age_stacked_mnist --results=results/age_stacked_mnist
    python -m examples.shen.age_stacked_mnist --results=results/age_stacked_mnist_clip \
        --systems=age-kl@0,age-kl@0.25,age-kl@0.5,age-kl@1

`age-kl@0.5` clips ratios to [0.5, 2]; `age-all(d)` has a deterministic encoder and generator, where
all others have a Gaussian encoder and an implicit generator; `age-ugm` has no encoder, and its
critic judges x alone, so there are no reconstructions to measure. The preset `shen/stacked_mnist`
is the paper's: 50 epochs of 2,000 steps, 64 filters, 1,024 units. The defaults here are a budget
for two cores. A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import numpy as np
from absl import flags

import kfdiv
from examples.lib import batches, entry, panels, records, summaries, systems

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/age_stacked_mnist", "Folder for the JSON and the PNG.")
flags.DEFINE_string("workdir", "runs/age_stacked_mnist", "Folder for backups and classifier.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_enum("source", "mnist", ["mnist", "fashion_mnist", "digits"], "Of the digits.")
flags.DEFINE_list(
    "systems",
    "age-all,age-all(d),age-ugm,age-kl@0.5,age-hellinger@0.5,age-js@0.5,age-rkl@0.5,age-js,logd,hinge,fgan-kl",
    f"Of {', '.join(systems.SYSTEMS)}.",
)
flags.DEFINE_list("seeds", ["0"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("epochs", 3, "Epochs of 2,000 steps; the paper's are 50.", lower_bound=1)
flags.DEFINE_integer("num_examples", 128_000, "Stacked images.", lower_bound=64)
flags.DEFINE_integer("base_filters", 16, "The paper's are 64.", lower_bound=1)
flags.DEFINE_integer("critic_units", 256, "The paper's are 1,024.", lower_bound=1)
flags.DEFINE_float("learning_rate", 1e-4, "Of encoder and generator; the paper's is 1e-4.")
flags.DEFINE_float("critic_learning_rate", 1e-4, "The paper's is 1e-4.")
flags.DEFINE_bool("decay", False, "All rates fall to 0 along a cosine; the paper's are constant.")
flags.DEFINE_integer("samples", 26_000, "Samples to find modes in; the paper's.", lower_bound=100)
flags.DEFINE_integer("frechet_samples", 10_000, "And for the distance.", lower_bound=100)
flags.DEFINE_float("least_accuracy", 0.99, "Of the classifier, on its test images.")

SETTINGS = ("epochs", "num_examples", "base_filters", "critic_units", "source")
SETTINGS = (*SETTINGS, "learning_rate", "critic_learning_rate", "decay")
MEASURES = ["covered", "reverse_kl", "reconstructions", "reconstructed_digits", "frechet"]
# Modes, reverse KL and reconstructions in percent, mean (standard error) over ten trials; and the
# Frechet Inception distance of tables 6 and 7.
PAPER = {
    "age-all": ("981.2 (9.5)", "0.36 (0.05)", "86.5 (1.6)", 4.40),
    "age-all(d)": ("971.7 (20.1)", "0.42 (0.10)", "81.7 (1.8)", None),
    "age-ugm": (None, None, None, 4.89),
    "age-kl@0.5": ("983.5 (8.7)", "0.3503 (0.04)", "84.84 (1.51)", 4.68),
    "age-hellinger@0.5": ("982.5 (10.2)", "0.3497 (0.08)", "85.58 (0.92)", 5.04),
    "age-js@0.5": ("977.7 (17.7)", "0.3600 (0.05)", "83.70 (2.25)", 5.36),
    "age-rkl@0.5": ("976.9 (12.1)", "0.3690 (0.07)", "84.73 (1.26)", 5.06),
    "age-js": ("954.2 (17.3)", "0.71 (0.08)", "64.2 (2.2)", None),
    "logd": ("932.1 (59.8)", "0.55 (0.14)", "81.3 (2.3)", 5.56),
    "hinge": ("959.9 (17.1)", "0.53 (0.10)", "84.1 (1.8)", 5.63),
    "fgan-kl": ("466 (452.5)", "3.49 (2.45)", "27.8 (1.6)", None),
}
MODES, BATCH = 1_000, 1_000
VALUE_RANGE = (-1.0, 1.0)


class Measure:
    """All measures of a model, against test images."""

    def __init__(self) -> None:
        test = kfdiv.data.load(
            "stacked_mnist",
            "test",
            batch_size=min(BATCH, FLAGS.frechet_samples),
            value_range=VALUE_RANGE,
            data_dir=FLAGS.data_dir,
            source=FLAGS.source,
            num_examples=FLAGS.frechet_samples,
        )
        self.images, self.labels = batches.first(test.stream, FLAGS.frechet_samples)
        self.classifier = kfdiv.evaluation.DigitClassifier.load_or_train(
            FLAGS.workdir,
            value_range=VALUE_RANGE,
            source=FLAGS.source,
            least_accuracy=FLAGS.least_accuracy,
            data_dir=FLAGS.data_dir,
        )

    def __call__(self, model: kfdiv.models.GenerativeModel) -> dict[str, float | None]:
        """Return modes covered, reverse KL, reconstruction accuracy and Frechet distance.

        Of a model without an encoder there are no reconstructions: None.
        """
        samples = batches.draws(model, FLAGS.samples, BATCH, seed=1)
        modes = [self.classifier.modes(batch) for batch in samples]
        coverage = kfdiv.evaluation.mode_coverage(np.concatenate(modes), np.ones(MODES))
        kept, kept_digits = (
            None
            if model.encoder is None
            else kfdiv.evaluation.reconstruction_accuracy(
                self.classifier, model, self.images, self.labels, per_digit=per_digit
            )
            for per_digit in (False, True)
        )
        real = np.array_split(self.images, -(-len(self.images) // BATCH))
        fake = batches.draws(model, len(self.images), BATCH, seed=2)
        distance = kfdiv.evaluation.frechet_between(real, fake, self.classifier.features)
        return {
            "covered": coverage.covered,
            "reverse_kl": coverage.reverse_kl,
            "reconstructions": kept,
            "reconstructed_digits": kept_digits,
            "frechet": distance,
        }


def pictures(model: kfdiv.models.GenerativeModel, real: np.ndarray) -> dict[str, np.ndarray]:
    """Return samples, and test images above their reconstructions if it has any, by title."""
    samples = next(batches.draws(model, 64, BATCH, seed=3))
    if model.encoder is None:
        return {"samples": samples, "data": real[:64]}
    both = panels.in_turn(real[:32], model.reconstruct(real[:32]).numpy(), run=8)
    return {"samples": samples, "data above reconstructions": both}


def main(_: list[str]) -> None:
    """Train, measure, print, draw, write."""
    measure = Measure()
    settings = {name: FLAGS[name].value for name in SETTINGS}
    fits, shown = systems.compare(
        "shen/stacked_mnist",
        FLAGS.systems,
        entry.seeds(),
        FLAGS.workdir,
        measure,
        data_dir=FLAGS.data_dir,
        **settings,
    )
    record = {
        "settings": settings,
        "samples": FLAGS.samples,
        "seeds": FLAGS.seeds,
        "paper": PAPER,
        "summary": summaries.by_system(fits, MEASURES),
        "fits": fits,
    }
    records.write("age_stacked_mnist", FLAGS.results, record)
    grids = {name: pictures(model, measure.images) for name, model in shown.items()}
    path = f"{FLAGS.results}/age_stacked_mnist.png"
    panels.image_columns(path, grids, VALUE_RANGE, size=3.0)


if __name__ == "__main__":
    entry.start(main)
