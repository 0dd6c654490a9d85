"""One run of the study of density ratios: a critic of two Gaussians, of which one may learn."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import shutil
from typing import Any

import keras
import numpy as np

import kfdiv
from examples.lib import resumable
from examples.lib.affine_gaussian import AffineGaussian

STEPS_PER_CALL = 50
LOG = "log.csv"
DRAWS = 2_000


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run is a function of.

    Args:
        dimensions: d of both Gaussians.
        learned: whether the model's Gaussian learns, or the critic alone.
        seed: of the pair of Gaussians, of the critic's weights and of every draw.
        layers: hidden layers of the critic.
        units: of each of them.
        critic_steps: for each step of the Gaussian.
        critic_learning_rate: of Adam, beta_1 = 0.5.
        learning_rate: of the Gaussian's Adam, likewise.
        batch_size: draws of either Gaussian that an update sees.
        steps: of the Gaussian; of the critic where it learns alone.
        looks: how often the true KL is measured.
        latents: of a dimension, k / d.
        xla: compile by XLA, which takes longer than it saves below some 10,000 steps.

    Example:
        >>> Run(10, True, seed=0).name
        '10-learned-4x128-1-0.0001-0'
    """

    dimensions: int
    learned: bool
    seed: int
    layers: int = 4
    units: int = 128
    critic_steps: int = 1
    critic_learning_rate: float = 1e-4
    learning_rate: float = 1e-3
    batch_size: int = 64
    steps: int = 1_000
    looks: int = 10
    latents: int = 10
    xla: bool = False

    @property
    def name(self) -> str:
        """Name of the run's folder, by what differs within a sweep."""
        kind = "learned" if self.learned else "fixed"
        critic = f"{self.layers}x{self.units}-{self.critic_steps}-{self.critic_learning_rate:g}"
        return f"{self.dimensions}-{kind}-{critic}-{self.seed}"

    def laws(self) -> tuple[AffineGaussian, AffineGaussian]:
        """Return the data's Gaussian and the model's at the start."""
        size = (self.dimensions, self.latents * self.dimensions)
        data, model = (AffineGaussian.random(*size, [self.seed, side]) for side in (0, 1))
        return data, model


def build(run: Run, start: AffineGaussian) -> kfdiv.models.RatioGAN:
    """Return the model of a run, compiled: a Gaussian as a linear generator, and a critic.

    `RatioGAN` of reverse KL has the critic of logistic regression, v = log D/(1 - D), and the
    generator's loss E_Q[-v]: both are the paper's. Where the Gaussian is fixed, it is drawn with as
    many latents as dimensions, which changes no distribution, and frozen.
    """
    law = start if run.learned else start.square()
    keras.utils.set_random_seed(run.seed)
    network = kfdiv.networks.mlp(len(law.weights), [], run.dimensions)
    network.layers[-1].set_weights([law.weights, law.mean])
    network.trainable = run.learned
    critic = kfdiv.networks.mlp(run.dimensions, [run.units] * run.layers, 1)
    model = kfdiv.models.RatioGAN(kfdiv.distributions.Deterministic(network), critic, seed=run.seed)
    adam = keras.optimizers.Adam
    model.compile(
        divergence="rkl",
        critic_optimizer=adam(run.critic_learning_rate, beta_1=0.5),
        decoder_optimizer=adam(run.learning_rate, beta_1=0.5) if run.learned else None,
        critic_steps=run.critic_steps,
        split_batch=True,
        jit_compile=run.xla,
        steps_per_execution=math.gcd(STEPS_PER_CALL, run.steps // run.looks),
    )
    return model


def law_of(model: kfdiv.models.GenerativeModel) -> AffineGaussian:
    """Return the Gaussian that a model draws from."""
    return AffineGaussian(*model.decoder.network.layers[-1].get_weights())


def true_kl(model: kfdiv.models.GenerativeModel, data: AffineGaussian) -> dict[str, float]:
    """Return KL[model || data], which is minimised, and KL[data || model], in closed form."""
    law = law_of(model)
    return {"reverse_kl": law.kl(data), "forward_kl": data.kl(law)}


def estimated_kl(model: kfdiv.models.GenerativeModel) -> kfdiv.evaluation.Estimate:
    """Return the critic's estimate of KL[model || data], E_Q[-log D/(1 - D)], on new draws."""
    x = model.sample(DRAWS, seed=1)
    return kfdiv.evaluation.Estimate.of(-np.asarray(model.critic(x), np.float64))


def train(job: tuple[Run, str]) -> dict[str, Any]:
    """Train and measure, or go on where an earlier process stopped, or read what it found.

    Args:
        job: the run, and a folder in which each run has one of its own.

    Returns:
        The run's fields, true KL at the start and after each look, the critic's estimate while
        training (`online`, the mean of the generator's loss since the look before) and at the end,
        and why training stopped early, if it did.

    Raises:
        ValueError: if the folder holds another run.
    """
    run, workdir = job
    folder = pathlib.Path(workdir, run.name)
    resumable.claim(folder / "settings.json", dataclasses.asdict(run))
    result = folder / "result.json"
    finished = result.exists()

    def measure() -> dict[str, Any]:
        if finished:
            # The backups are gone: what is damaged now is trained anew.
            (folder / LOG).unlink(missing_ok=True)
        return _fit(run, folder)

    found = resumable.result(result, measure)
    # They weigh as much as three models.
    shutil.rmtree(folder / "backup", ignore_errors=True)
    return found


def _fit(run: Run, folder: pathlib.Path) -> dict[str, Any]:
    # The models of earlier runs in this process are let go.
    keras.utils.clear_session()
    data, start = run.laws()
    model = build(run, start)
    initial = true_kl(model, data)
    log = kfdiv.callbacks.EpochLog(folder / LOG)
    measures = {"true": lambda model: true_kl(model, data)} if run.learned else {}
    failure = None
    try:
        resumable.fit(
            model,
            data.dataset(run.batch_size * (run.critic_steps + 1), run.seed),
            log,
            epochs=run.looks,
            steps_per_epoch=run.steps // run.looks,
            measures=measures,
            verbose=0,
            run=dataclasses.asdict(run),
        )
    except FloatingPointError as error:
        failure = str(error)
    found = {
        **dataclasses.asdict(run),
        "critic_parameters": model.critic.count_params(),
        "initial": initial,
        "at_step": [int(row["step"]) for row in log.rows],
        "online": [row["loss"] for row in log.rows],
        "seconds": log.seconds,
        "failure": failure,
    }
    for name in initial:
        curve = [row.get(f"true/{name}", initial[name]) for row in log.rows]
        found |= {f"{name}_by_look": curve, name: curve[-1] if curve else initial[name]}
    estimate = estimated_kl(model)
    return {**found, "estimate": estimate.value, "estimate_se": estimate.standard_error}
