r"""Fit MNIST by forward KL, and from the same start by reverse KL, and measure what differs.

Regenerates Zhang et al. 2019, section 3.2 and figure 4, and puts numbers on what the figure shows:

    python examples/mnist_forward_reverse.py --results=results/mnist_forward_reverse

For each seed, forward KL warms a model up; from its weights one copy goes on by forward KL and one
by reverse KL, for equally many steps. The figure shows both copies' samples from the same latent
codes. Measured on `--samples` samples of each, against as many test images: sharpness (variance of
the Laplacian), and improved precision and recall in the features of a small classifier, trained on
the way and kept in the workdir. Features are scaled to unit length: a blurred image has small ones,
which are near to everything. The samples of two latents are a surface among them, which the balls
of k = 3 neighbours hardly leave, so recall is zero for everyone; k = 10 tells models apart. A run
that was interrupted goes on where it stopped.

Networks, latents, widths and batches are the paper's: five layers of 512 units with leaky ReLU, two
latents, an isotropic posterior, spread noise of width 0.2 for forward and 0.8 for reverse KL, p^(y)
by 50 principal components and T = 30 neighbours. The rest is a budget for two cores. In some
hundred steps the paper's temperature of 10 blurs, so neighbours are drawn without it (eq. 33); and
because the encoder meets a new width, the decoder's learning rate starts from zero, and then decays
along a cosine. The paper's budget is

    --warmup_steps=12000 --steps=24000 --encoder_steps=20 --encoder_learning_rate=1e-4
    --decoder_optimizer=sgd --decoder_learning_rate=5e-5 --ramp_steps=0 --temperature=10
"""

from __future__ import annotations

from typing import Any

import classifier
import common
import forward_reverse
import keras
import numpy as np
from absl import app, flags

import kfdiv

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/mnist_forward_reverse", "Folder for the JSON and the PNG.")
flags.DEFINE_string("workdir", "runs/mnist_forward_reverse", "Folder for backups and classifier.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("warmup_steps", 2_400, "Decoder steps of forward KL that both share.")
flags.DEFINE_integer("steps", 400, "Decoder steps of each divergence after that.")
flags.DEFINE_integer("encoder_steps", 2, "Encoder steps a decoder step, for rkl.", lower_bound=1)
flags.DEFINE_float("forward_learning_rate", 1e-3, "Adam's, of both networks, for forward KL.")
flags.DEFINE_float("encoder_learning_rate", 2e-4, "Adam's, of the encoder, for rkl.")
flags.DEFINE_enum("decoder_optimizer", "adam", ["adam", "sgd", "rmsprop"], "For rkl.")
flags.DEFINE_float("decoder_learning_rate", 3e-4, "Of the decoder's optimizer, for rkl.")
flags.DEFINE_integer("ramp_steps", 60, "Steps until it is reached; 0 keeps it constant.")
flags.DEFINE_enum("data_density", "pca", ["pca", "exact"], "Estimator of p^(y), for rkl.")
flags.DEFINE_float("temperature", 0.0, "Of p^(y)'s neighbours; 0: eq. 33, without one.")
flags.DEFINE_float("forward_width", 0.2, "Width of the spread noise, for forward KL.")
flags.DEFINE_float("reverse_width", 0.8, "Width of the spread noise, for reverse KL.")
flags.DEFINE_integer("samples", 2_000, "Samples, and test images, to measure on.", lower_bound=100)
flags.DEFINE_integer("neighbors", 10, "k of precision and recall.", lower_bound=1)
flags.DEFINE_integer("train_examples", 60_000, "Training images.", lower_bound=100)
flags.register_multi_flags_validator(
    ["warmup_steps", "steps"],
    lambda values: all(value > 0 and value % 100 == 0 for value in values.values()),
    "--warmup_steps and --steps must be positive multiples of 100, after which the loss is logged.",
)

HIDDEN = [512] * 5
STEPS_PER_CALL = 20
LOG_STEPS = 100
MEASURES = ("sharpness", "precision", "recall")


def build(width: float, seed: int) -> kfdiv.models.VariationalFDivergence:
    """Return the paper's networks with spread noise of one width."""
    keras.utils.set_random_seed(seed)
    options = {"components": 50, "neighbors": 30, "temperature": FLAGS.temperature or None}
    pca = FLAGS.data_density == "pca"
    mlp = kfdiv.networks.mlp
    encoder = mlp((28, 28, 1), HIDDEN, 3, activation="leaky_relu")
    return kfdiv.models.VariationalFDivergence(
        kfdiv.distributions.Normal(encoder, scale="isotropic"),
        mlp(2, HIDDEN, (28, 28, 1), activation="leaky_relu", output_activation="sigmoid"),
        noise=kfdiv.noise.Gaussian(width),
        data_density={"mode": "pca", **options} if pca else "exact",
        seed=seed,
    )


def make(divergence: str, seed: int) -> kfdiv.models.VariationalFDivergence:
    """Return a new model, compiled for one of the divergences."""
    adam = keras.optimizers.Adam
    if divergence == "kl":
        model = build(FLAGS.forward_width, seed)
        rates = [FLAGS.forward_learning_rate] * 2
        model.compile("kl", *map(adam, rates), steps_per_execution=STEPS_PER_CALL)
        return model
    rate: Any = FLAGS.decoder_learning_rate
    if FLAGS.ramp_steps:
        rate = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(FLAGS.steps - FLAGS.ramp_steps, 1),
            warmup_target=rate,
            warmup_steps=FLAGS.ramp_steps,
        )
    kinds = {"adam": adam, "sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop}
    model = build(FLAGS.reverse_width, seed)
    model.compile(
        divergence,
        encoder_optimizer=adam(FLAGS.encoder_learning_rate),
        decoder_optimizer=kinds[FLAGS.decoder_optimizer](rate),
        encoder_steps=FLAGS.encoder_steps,
        steps_per_execution=STEPS_PER_CALL,
    )
    return model


def fit(seed: int) -> tuple[dict[str, kfdiv.models.VariationalFDivergence], dict[str, float]]:
    """Return the two models of one seed, and what their stages took."""
    dataset = kfdiv.data.load(
        "mnist",
        f"train[:{FLAGS.train_examples}]",
        batch_size=100,
        seed=seed,
        data_dir=FLAGS.data_dir,
    )
    return forward_reverse.fit(
        lambda divergence: make(divergence, seed),
        dataset,
        FLAGS.warmup_steps // LOG_STEPS,
        FLAGS.steps // LOG_STEPS,
        f"{FLAGS.workdir}/seed-{seed}",
        steps_per_epoch=LOG_STEPS,
    )


class Measure:
    """Sharpness, precision and recall against the test images."""

    def __init__(self) -> None:
        arguments = {"labels": False, "shuffle": False, "data_dir": FLAGS.data_dir}
        # Both sets of real images and the samples have one size, on which the shares depend.
        self.real, train = (
            np.asarray(next(iter(kfdiv.data.load("mnist", split, FLAGS.samples, **arguments))))
            for split in ("test", "train")
        )
        self._network = classifier.load_or_train(
            f"{FLAGS.workdir}/classifier.keras", data_dir=FLAGS.data_dir
        )
        self.accuracy = classifier.accuracy(self._network, data_dir=FLAGS.data_dir)
        self._features = classifier.features(self._network, self.real)
        self.of_real = self(train)

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """Return the three measures of a set of images."""
        features = classifier.features(self._network, images)
        scores = kfdiv.evaluation.precision_recall(self._features, features, k=FLAGS.neighbors)
        return {
            "sharpness": float(kfdiv.evaluation.sharpness(images).mean()),
            "precision": scores.precision,
            "recall": scores.recall,
        }


def summarise(fits: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean and standard deviation over seeds, by divergence and measure."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for name in forward_reverse.DIVERGENCES:
        table[name] = {}
        for measure in MEASURES:
            values = np.array([fit[name][measure] for fit in fits])
            sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
            table[name][measure] = {"mean": float(values.mean()), "sd": sd}
    return table


def draw(models: dict[str, kfdiv.models.VariationalFDivergence], real: np.ndarray) -> None:
    """Draw both models' samples from the same latent codes, and real images."""
    pictures = {f"{name}: the same latent codes": m.sample(100) for name, m in models.items()}
    path = f"{FLAGS.results}/mnist_forward_reverse.png"
    with common.figure(path, columns=3) as axes:
        for panel, (title, images) in zip(
            axes, {**pictures, "test images": real[:100]}.items(), strict=True
        ):
            panel.imshow(kfdiv.plotting.image_grid(np.asarray(images)), cmap="gray")
            panel.set(title=title, xticks=[], yticks=[])


def main(_: list[str]) -> None:
    """Fit, measure, print, draw, write."""
    measure = Measure()
    print(f"classifier: {measure.accuracy:.2%} of the test images; train images: {measure.of_real}")
    fits: list[dict[str, Any]] = []
    for seed in map(int, FLAGS.seeds):
        models, seconds = fit(seed)
        fits.append({"seed": seed, "seconds": seconds})
        for name, model in models.items():
            fits[-1][name] = measure(model.sample(FLAGS.samples, seed=1).numpy())
            print(f"seed {seed}, {name}:", {k: round(v, 4) for k, v in fits[-1][name].items()})
        if len(fits) == 1:
            draw(models, measure.real)
    settings = ["warmup_steps", "steps", "encoder_steps", "forward_learning_rate"]
    settings += ["encoder_learning_rate", "decoder_optimizer", "decoder_learning_rate"]
    settings += ["ramp_steps", "data_density", "temperature", "forward_width", "reverse_width"]
    settings += ["samples", "neighbors", "train_examples"]
    record = {
        "settings": {name: FLAGS[name].value for name in settings},
        "classifier_accuracy": measure.accuracy,
        "train_images": measure.of_real,
        "fits": fits,
        "summary": summarise(fits),
    }
    common.write("mnist_forward_reverse", FLAGS.results, record)


if __name__ == "__main__":
    app.run(main)
