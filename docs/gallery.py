"""Draw docs/pictures/gallery.png: the ring by divergences and estimators.

    python docs/gallery.py

Every panel is a run of its own: the same small networks, the same seed, 6,000 steps; rates are
those of the row. Above a panel stand the modes of seven that at least 1% of the samples fall to,
and the share of samples that lie within three standard deviations of a mode.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pathlib
import textwrap
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from absl import app, flags

import kfdiv

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output", str(pathlib.Path(__file__).with_name("pictures") / "gallery.png"), "The picture."
)
flags.DEFINE_list(
    "divergences",
    ["kl", "rkl", "js", "jeffreys"],
    "Columns.",
)
flags.DEFINE_list("estimators", [], "Rows: some of the names of ESTIMATORS; all by default.")
flags.DEFINE_string("kept", "results/gallery", "Samples of runs that are done, used again.")
flags.DEFINE_integer("steps", 6_000, "Decoder steps of a run.", lower_bound=100)
flags.DEFINE_integer("seed", 0, "Of networks, order and draws.")

HIDDEN = [64, 64]
WIDTH = 0.1  # Of the noise: two standard deviations of a mode.
SAMPLES = 5_000
SUPERSTEP = 100


def optimizer(rate: float, steps: int) -> keras.optimizers.Optimizer:
    """Return Adam of clipped gradients, its rate decaying along a cosine to a hundredth."""
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.01)
    return keras.optimizers.Adam(schedule, beta_1=0.5, global_clipnorm=1.0)


def upper_bound(steps: int, seed: int) -> tuple[Any, dict[str, Any]]:
    """Return the auxiliary bound under noise that narrows to WIDTH, forward KL at first."""
    width = kfdiv.noise.Annealed(1.0, WIDTH, steps=steps)
    model = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp((3,), HIDDEN, 4, kernel_initializer="he_normal"),
        decoder=kfdiv.networks.mlp((2,), HIDDEN, 3, kernel_initializer="he_normal"),
        noise=kfdiv.noise.Gaussian(width),
        seed=seed,
    )
    return model, {
        "encoder_optimizer": optimizer(2e-3, steps),
        "decoder_optimizer": optimizer(2e-3, steps),
        "warmup_steps": steps // 2,
    }


def by_critic(name: str) -> Callable[[int, int], tuple[Any, dict[str, Any]]]:
    """Return what makes a model with a penalised critic of x, five critic steps each.

    Data and samples lie on surfaces that hardly meet: the penalty stands for noise on both.
    """

    def make(steps: int, seed: int) -> tuple[Any, dict[str, Any]]:
        model = kfdiv.models.registry[name](
            decoder=kfdiv.networks.mlp((2,), HIDDEN, 3, kernel_initializer="he_normal"),
            critic=kfdiv.networks.mlp((3,), HIDDEN, 1, kernel_initializer="he_normal"),
            seed=seed,
        )
        return model, {
            "critic_optimizer": optimizer(2e-3, steps),
            "decoder_optimizer": optimizer(5e-4, steps),
            "critic_steps": 5,
            "penalty": kfdiv.penalties.Roth(weight=0.1),
        }

    return make


def by_density(steps: int, seed: int) -> tuple[Any, dict[str, Any]]:
    """Return f-GM with a flow; data get noise of WIDTH, as the ring has no density in space."""
    model = kfdiv.models.FGM(
        encoder=kfdiv.networks.mlp((3,), HIDDEN, 4, kernel_initializer="he_normal"),
        decoder=kfdiv.distributions.Normal(
            kfdiv.networks.mlp((2,), HIDDEN, 3, kernel_initializer="he_normal"), scale=WIDTH
        ),
        density=kfdiv.flows.maf(3, layers=4, units=HIDDEN),
        seed=seed,
    )
    return model, {
        "encoder_optimizer": optimizer(1e-3, steps),
        "decoder_optimizer": optimizer(1e-3, steps),
        "density_optimizer": optimizer(1e-3, steps),
    }


ESTIMATORS = {
    "VariationalFDivergence": upper_bound,
    "FGAN": by_critic("fgan"),
    "AGE": by_critic("age"),
    "RatioGAN": by_critic("ratio_gan"),
    "FGM": by_density,
}


def fit(estimator: str, divergence: str) -> tuple[Any, str]:
    """Return samples of a run and what is told of them; None and the reason where it is refused."""
    name = f"{estimator}-{divergence}-{FLAGS.steps}-{FLAGS.seed}.npy"
    kept = pathlib.Path(FLAGS.kept, name)
    dataset = kfdiv.data.load("ring", num_examples=2_000, batch_size=200, seed=FLAGS.seed)
    info = dataset.stream.info
    if kept.exists():
        samples = np.load(kept)
        return samples, judged(samples, info)
    keras.utils.set_random_seed(FLAGS.seed)
    model, options = ESTIMATORS[estimator](FLAGS.steps, FLAGS.seed)
    options |= {"steps_per_execution": SUPERSTEP}
    try:
        model.compile(divergence=divergence, **options)
    except ValueError as error:
        return None, f"Refused: {error}"
    if estimator == "FGM":
        dataset = kfdiv.data.with_noise(dataset, WIDTH)
    try:
        model.fit(dataset, epochs=1, steps_per_epoch=FLAGS.steps, verbose=0)
    except FloatingPointError as error:
        return None, str(error)
    samples = model.sample(SAMPLES, seed=1).numpy()
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.save(kept, samples)
    return samples, judged(samples, info)


def judged(samples: np.ndarray, info: kfdiv.data.Info) -> str:
    """Return how many modes are met, and the share of samples near one."""
    labels = kfdiv.evaluation.mode_within(samples, info)
    coverage = kfdiv.evaluation.mode_coverage(labels, info.weights, least=SAMPLES // 100)
    good = 1 - coverage.unassigned / SAMPLES
    return f"{coverage.covered} of {len(info.modes)} modes, {good:.0%} near one"


def main(_: list[str]) -> None:
    """Run every pair, and draw them in one picture."""
    began = time.process_time()
    names = FLAGS.estimators or list(ESTIMATORS)
    info = kfdiv.data.load("ring").stream.info
    plane = kfdiv.plotting.Plane(info.modes)
    rows, columns = len(names), len(FLAGS.divergences)
    with kfdiv.plotting.figure(FLAGS.output, columns, rows, size=(2.1, 2.3)) as axes:
        for row, name in zip(axes.reshape(rows, columns), names, strict=True):
            for panel, divergence in zip(row, FLAGS.divergences, strict=True):
                samples, told = fit(name, divergence)
                print(f"{name}, {divergence}: {told}", flush=True)
                panel.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), xticks=[], yticks=[], aspect="equal")
                pair = (
                    f"{name if name != 'VariationalFDivergence' else 'upper bound'}, {divergence}"
                )
                if samples is None:
                    panel.set_title(pair, fontsize=7)
                    reason = textwrap.fill(told.partition(". ")[0].rstrip(".") + ".", 34)
                    panel.text(0, 0, reason, fontsize=6, ha="center", va="center")
                    continue
                panel.set_title(f"{pair}\n{told}", fontsize=7)
                panel.scatter(*plane(samples[:2_000]).T, s=1, lw=0)
                panel.scatter(*plane(info.modes).T, marker="+", c="k", s=30, lw=0.7)
    print(
        f"wrote {FLAGS.output}: {FLAGS.steps} steps a run, {time.process_time() - began:.0f} "
        "CPU seconds in all"
    )


if __name__ == "__main__":
    app.run(main)
