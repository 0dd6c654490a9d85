r"""Minimise the VAE's objective on nine Gaussians without its closed form, from samples alone.

Regenerates Shen et al. 2020, table 3: with Gaussian encoder and decoder the joint forward KL is the
VAE's loss less the entropy of the data, so what AGE and bidirectional f-GAN make of it can be
measured. Measured on test examples, in nats: the objective L_VAE, cycle consistency -E[log p(x|z)],
and the negative log-likelihood of the decoder alone by annealed importance sampling.

    python -m examples.shen.age_mog9 --results=results/age_mog9

The preset `shen/grid9` has the paper's networks and optimizers; its budget, 300 epochs with 30
critic steps each, is hours here. The defaults are one for two cores: smaller networks, fewer critic
steps, and higher rates that fall to zero. The critic's is thirty times that of the others: where it
lags behind, scales shrink without end. They were chosen on age-kl with seed 0; with other seeds it
may end a nat or more above the VAE. The VAE has the same networks and takes as many steps, with
a rate of its own and Keras's beta_1. `age-kl@0.1` clips ratios to [0.1, 10].

A run whose loss stops being finite is reported as such, with the figures of its last measured
epoch. The paper leaves open whether its figures contain (d/2) log 2 pi; we give both. A run that
was interrupted goes on where it stopped, and one that is finished in the workdir is only measured.
"""

from __future__ import annotations

import math
import pathlib
from typing import Any, NamedTuple

import keras
import numpy as np
from absl import flags

import kfdiv
from examples.lib import entry, panels, records, resumable, summaries, systems

FLAGS = flags.FLAGS
VAE = "vae"
flags.DEFINE_string("results", "results/age_mog9", "Folder for age_mog9.json and .png.")
flags.DEFINE_string("workdir", "runs/age_mog9", "Folder for backups.")
flags.DEFINE_list("systems", [VAE, "age-kl", "fgan-kl"], f"Of {VAE}, {', '.join(systems.SYSTEMS)}.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("epochs", 80, "Epochs; the authors' are 300.", lower_bound=1)
flags.DEFINE_integer("batch_size", 500, "Examples a batch.", lower_bound=1)
flags.DEFINE_integer("critic_steps", 10, "A step; the paper's are 30.", lower_bound=1)
flags.DEFINE_integer("units", 128, "Of encoder's and decoder's layers; paper: 500.", lower_bound=1)
flags.DEFINE_integer("critic_units", 128, "Of the critic's; the paper's are 400.", lower_bound=1)
flags.DEFINE_float("critic_learning_rate", 3e-3, "The paper's is 1e-4.")
flags.DEFINE_float("learning_rate", 1e-4, "Of encoder and decoder; the paper's is 5e-5.")
flags.DEFINE_float("vae_learning_rate", 1e-3, "Of the VAE's Adam.")
flags.DEFINE_bool("decay", True, "All rates fall to 0 along a cosine; the paper's are constant.")
flags.DEFINE_integer("temperatures", 500, "Of annealing; the paper's are 1,000.", lower_bound=1)
flags.DEFINE_integer("chains", 16, "Of annealing, an example; paper: 30.", lower_bound=2)
flags.DEFINE_integer("leapfrog_steps", 3, "Of each move of annealing.", lower_bound=1)
flags.DEFINE_integer("annealed", 1_000, "Examples to anneal; paper: 10,000.", lower_bound=1)
flags.DEFINE_integer("examples", 10_000, "Test examples for the rest.", lower_bound=100)

SETTINGS = ("epochs", "batch_size", "critic_steps", "units", "critic_units")
SETTINGS = (*SETTINGS, "critic_learning_rate", "learning_rate", "decay")
ANNEALING = {"temperatures": "num_temperatures", "chains": "num_chains"}
ANNEALING |= {"leapfrog_steps": "leapfrog_steps"}
# Objective, cycle consistency and negative log-likelihood, mean (standard error) over ten trials.
PAPER = {
    VAE: ("2.739 (0.02)", "0.025 (0.07)", "0.753 (0.01)"),
    "age-kl": ("2.784 (0.06)", "-0.018 (0.16)", "0.737 (0.02)"),
    "fgan-kl": ("3.786 (1.05)", "1.173 (1.04)", "1.401 (1.24)"),
}
MEASURES = ["objective", "cycle_consistency", "negative_log_likelihood"]
LOOKS = 20
MAX_POINTS = 2_000
STEPS_PER_CALL = 16


class Run(NamedTuple):
    """A model as far as it came, its log, a row an epoch, and why it stopped early, or None."""

    model: kfdiv.models.GenerativeModel
    rows: list[dict[str, float]]
    failure: str | None


def train(name: str, seed: int, x: np.ndarray) -> Run:
    """Train a system, with a look at its figures on `x` now and then.

    A loss that is not finite ends the training of its system alone.
    """
    settings = {setting: FLAGS[setting].value for setting in SETTINGS}
    run = {"system": name, "seed": seed, "examples": len(x), **settings}
    system = None if name == VAE else systems.find(name)
    own = {"steps_per_execution": STEPS_PER_CALL} | (system.settings() if system else {})
    made = kfdiv.presets.get("shen/grid9", **settings, **own)
    if system is None:
        model = variational(made, seed)
        run["vae_learning_rate"] = FLAGS.vae_learning_rate
    else:
        model = made.model(system.divergence, seed)
    folder = pathlib.Path(FLAGS.workdir, f"{name}-{seed}")
    resumable.claim(folder / "settings.json", run)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")
    failure = None
    try:
        resumable.fit(
            model,
            made.dataset(seed=seed),
            log,
            epochs=made.epochs,
            steps_per_epoch=made.steps_per_epoch,
            measures={"fit": lambda model: figures(model, x)},
            every=math.ceil(made.epochs / LOOKS),
        )
    except FloatingPointError as error:
        failure = str(error)
    return Run(model, log.rows, failure)


def variational(preset: kfdiv.presets.shen.Grid9, seed: int) -> kfdiv.models.VAE:
    """Return a VAE with a preset's networks."""
    keras.utils.set_random_seed(seed)
    networks = preset.networks()
    model = kfdiv.models.VAE(networks["encoder"], networks["decoder"], seed=seed)
    rate = FLAGS.vae_learning_rate
    if preset.decay:
        steps = preset.epochs * preset.steps_per_epoch
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=preset.steps_per_execution)
    return model


def figures(model: kfdiv.models.GenerativeModel, x: np.ndarray) -> dict[str, float]:
    """Return objective and cycle consistency, in both conventions."""
    return kfdiv.evaluation.bidirectional(model, x, num_samples=4, batch_size=len(x)).figures()


def measure(run: Run, x: np.ndarray) -> dict[str, Any]:
    """Return all figures of a run; if it failed, those of the last epoch that has some."""
    if run.failure:
        last = run.rows[-1] if run.rows else {}
        found = {name.removeprefix("fit/"): last[name] for name in last if name.startswith("fit/")}
        return {**found, "failure": run.failure}
    sampling = kfdiv.evaluation.AnnealedImportanceSampling(
        run.model,
        **{argument: FLAGS[flag].value for flag, argument in ANNEALING.items()},
        batch_size=FLAGS.annealed,
    )
    found = sampling(x[: FLAGS.annealed])
    value, error = found.negative_log_likelihood
    constant = kfdiv.evaluation.bidirectional(run.model, x[:2]).constant
    return {
        **figures(run.model, x),
        "negative_log_likelihood": value,
        "negative_log_likelihood_without_constant": value - constant,
        "negative_log_likelihood_se": error,
        "effective_chains": float(found.effective_chains.mean()),
        "failure": None,
    }


def entropy(info: Any, x: np.ndarray) -> float:
    """Return the mean of -log p(x) of the data themselves: what no objective can be below."""
    scales = np.full(len(info.modes), info.scale)
    density = kfdiv.distributions.GaussianMixture(info.weights, info.modes, scales)
    return -float(np.mean(density.log_prob(x.astype("float64"), width=None)))


def main(_: list[str]) -> None:
    """Train, measure, print, draw, write."""
    test = kfdiv.data.load("grid9", "test", batch_size=FLAGS.examples)
    x, mode = (np.asarray(part) for part in next(iter(test)))
    fits: list[dict[str, Any]] = []
    shown: dict[str, kfdiv.models.GenerativeModel] = {}
    for seed in entry.seeds():
        for name in FLAGS.systems:
            run = train(name, seed, x)
            found = measure(run, x)
            curve = [row["fit/objective"] for row in run.rows]
            seconds = run.rows[-1]["seconds"] if run.rows else None
            fits.append({"system": name, "seed": seed, **found, "objective_by_epoch": curve})
            fits[-1]["seconds"] = seconds
            if not run.failure:
                shown.setdefault(name, run.model)
            print(f"{name}, seed {seed}:", found, flush=True)
    finished = [fit for fit in fits if not fit["failure"]]
    record = {
        "settings": {name: FLAGS[name].value for name in (*SETTINGS, "vae_learning_rate")},
        "annealing": {name: FLAGS[name].value for name in (*ANNEALING, "annealed")},
        "examples": len(x),
        "seeds": FLAGS.seeds,
        "entropy": entropy(test.stream.info, x),
        "paper": PAPER,
        "summary": summaries.by_system(finished, MEASURES),
        "fits": fits,
    }
    records.write("age_mog9", FLAGS.results, record)
    if shown:
        points = x[:MAX_POINTS], mode[:MAX_POINTS]
        path = f"{FLAGS.results}/age_mog9.png"
        panels.plane_columns(path, shown, *points, reach=4, latent_reach=4)


if __name__ == "__main__":
    entry.start(main)
