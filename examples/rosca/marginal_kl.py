r"""Measure how far variational autoencoders' aggregate posteriors are from the prior.

Regenerates Rosca et al. 2018, section 4.1, appendices A and B, Tables 1 and 4, figures 1 and 6: is
KL[q(z) || p(z)] small where the ELBO's KL term is, and what do classifiers and densities say of it?

    python -m examples.rosca.marginal_kl --results=results/marginal_kl

For each system: the average KL[q(z|x) || p(z)] in closed form; the marginal KL by Monte Carlo over
the whole training set, N examples; the floor, average KL - log N, below which it cannot be; and
what a classifier (algorithm 2) and densities (algorithm 3: mixtures of 10, 50 and 100 Gaussians, a
masked autoregressive flow, an LSTM's Gaussian conditionals) say. Then Table 4: the ELBO with
lambda KL[q(z) || p(z)] added, by a critic of codes.

The paper trains for 100,000 iterations (ColorMNIST) and 200,000 (CelebA, CIFAR-10) and takes a
million draws z; it has q(z) of training and validation examples together, here of the training
examples. Its ColorMNIST is that of Metz et al. 2017, three digits in the channels of one image, of
which N = 60,000 are drawn here as in its Table 2. `--steps`, `--base_filters` and `--examples`, one
value for each of `--systems`, are a budget for one core; 0 is the paper's width, or N. Table 4's
rows have widths and steps of their own flags, and lambda 0 is trained beside a critic that it does
not heed, so that all four have the same draws; by default they stop while the average KL still
rises. `tinted_mnist-50` and `cifar10-50` are not in the paper: the first has one digit an image, in
one of seven colours (`kfdiv.data.color_mnist`), and so a smaller average KL, of which the mutual
information, at most log N, is a larger part. Classifier and densities are the defaults of
`kfdiv.evaluation.marginal_kl` (256 x 3 units; an LSTM of 64, 64), smaller than the paper's;
`critic_architectures` has its classifiers.

Systems that are not in the defaults: `celeba-100` and `celeba-200` need CelebA; `draw_cifar10` is
the preset of the paper's size, wants a GPU, and was not run here: it is measured by Monte Carlo
alone, whose every draw goes through N networks. `--mock` runs any of them on invented images with
small networks, to see that it works; its numbers mean nothing.

Systems are shared among the cores. One that was interrupted goes on where it stopped, and what is
finished in the workdir is only read.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import entry, marginal_study, records, rosca_systems, sweep
from examples.lib.encoder_fits import Fit
from examples.lib.marginal_study import Budget
from examples.lib.rosca_systems import SYSTEMS

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/marginal_kl", "Folder for marginal_kl.json and .png.")
flags.DEFINE_string("workdir", "runs/marginal_kl", "Folder for backups and what was measured.")
flags.DEFINE_list(
    "systems",
    [
        "color_mnist-50",
        "color_mnist-100",
        "tinted_mnist-50",
        "cifar10-50",
        "cifar10-100",
        "cifar10-200",
    ],
    f"Of {', '.join(SYSTEMS)}.",
)
flags.DEFINE_list("steps", ["5000", *["1500"] * 5], "Of training, for each.")
flags.DEFINE_list("base_filters", ["0", *["16"] * 5], "Of the networks, for each.")
flags.DEFINE_list("examples", ["0"] * 6, "N, for each.")
flags.DEFINE_integer("seed", 0, "Of weights, data and draws.")
flags.DEFINE_integer("draws", 20_000, "z of Monte Carlo; the paper has a million.", lower_bound=10)
flags.DEFINE_integer("fit_steps", 1_000, "Of classifiers and densities.", lower_bound=1)
flags.DEFINE_integer("lstm_latents", 50, "Most latents of which an LSTM is fitted.", lower_bound=0)
flags.DEFINE_list("lambdas", ["0", "1", "2", "10"], "Of Table 4; empty leaves it out.")
flags.DEFINE_integer("lambda_steps", 1_500, "Of training, in Table 4.", lower_bound=1)
flags.DEFINE_integer("lambda_filters", 16, "Of the networks, in Table 4; the paper's are 32.")
flags.DEFINE_integer("lambda_units", 256, "Of the critic of codes, in Table 4; theirs are 1,000.")
flags.DEFINE_bool("mock", False, "Invented images, small networks, few steps: a rehearsal.")
flags.DEFINE_integer("workers", None, "Systems at a time; by default one a core.", lower_bound=1)

SHARED = ("systems", "steps", "base_filters", "examples", "draws", "fit_steps", "lstm_latents")
OF_NETWORKS = ("base_filters", "examples", "lambda_filters")
TABLE_4 = ("lambda_steps", "lambda_filters", "lambda_units")
# Average KL and marginal KL by Monte Carlo in nats, by lambda.
PAPER_LAMBDAS = {"0": (23.4, 12.2), "1": (22.52, 11.57), "2": (22.34, 11.4), "10": (22.23, 11.29)}


def systems() -> list[Fit]:
    """Return the fits of Table 1, checked.

    Raises:
        ValueError: if a system is unknown, or the flags have not as many values each.
    """
    unknown = [name for name in FLAGS.systems if name not in SYSTEMS]
    if unknown:
        raise ValueError(f"There is no system {unknown[0]!r}. Choose from {', '.join(SYSTEMS)}.")
    names = ("systems", "steps", "base_filters", "examples")
    if len({len(FLAGS[name].value) for name in names}) != 1:
        given = ", ".join(f"--{name}={','.join(FLAGS[name].value)}" for name in names)
        raise ValueError(f"Received {given}; expected as many of each.")
    return [
        rosca_systems.fit_of(name, *budget, FLAGS.seed, FLAGS.mock)
        for name, *budget in zip(FLAGS.systems, *map(entry.integers, names[1:]), strict=True)
    ]


def table_4() -> list[Fit]:
    """Return the fits with the marginal KL added, one for each lambda."""
    fits = []
    for weight in FLAGS.lambdas:
        fit = rosca_systems.fit_of(
            "color_mnist-50",
            FLAGS.lambda_steps,
            FLAGS.lambda_filters,
            seed=FLAGS.seed,
            mock=FLAGS.mock,
            model_name="marginal_vae",
            marginal_weight=float(weight),
            code_units=FLAGS.lambda_units,
        )
        fits.append(dataclasses.replace(fit, name=f"lambda-{weight}"))
    return fits


def budget_of(fit: Fit) -> Budget:
    """Return what is measured of a fit."""
    latents = None if fit.name not in SYSTEMS else SYSTEMS[fit.name].latents
    methods = marginal_study.ALL if latents is not None else (marginal_study.MONTE_CARLO,)
    if latents is not None and latents > FLAGS.lstm_latents:
        methods = tuple(name for name in methods if name != marginal_study.LSTM)
    return Budget(methods, FLAGS.draws, steps=FLAGS.fit_steps, seed=FLAGS.seed)


def row_of(found: dict[str, Any]) -> dict[str, Any]:
    """Return what the record says of a system: the paper's figures beside ours."""
    row = SYSTEMS.get(found["system"])
    if row is None:
        name = found["system"].removeprefix("lambda-")
        average, marginal = PAPER_LAMBDAS.get(name, (None, None))
        paper = {"average_kl": average, "monte_carlo": marginal}
        return {**found, "lambda": float(name), "paper": paper}
    paper = {"average_kl_per_dimension": row.average_kl}
    paper |= {"monte_carlo_per_dimension": row.monte_carlo}
    return {**found, "model": row.model, "dataset": row.dataset, "paper": paper}


# As the paper's figure 6 names them.
DENSITIES = {"mixture_100": "GMM, 100", "maf": "MAF", "lstm": "LSTM"}


def draw(fits: list[dict[str, Any]]) -> None:
    """Draw figure 1 above figure 6, a column a system that has both."""
    shown = [fit for fit in fits if "ratio" in fit["measures"]]
    path = f"{FLAGS.results}/marginal_kl.png"
    with kfdiv.plotting.figure(path, max(len(shown), 1), 2, size=(3.4, 2.8)) as axes:
        panels = np.reshape(axes, (2, -1))
        for fit, upper, lower in zip(shown, *panels, strict=False):
            values = {name: one["marginal_kl"] for name, one in fit["measures"].items()}
            densities = {told: values[name] for name, told in DENSITIES.items() if name in values}
            best = max(densities, key=densities.get)
            exact = fit["measures"]["monte_carlo"]
            bars = {"average KL": exact["average_kl"], "Monte Carlo": values["monte_carlo"]}
            bars |= {f"density ({best})": densities[best], "density ratio": values["ratio"]}
            bars_of(upper, bars, exact["floor"])
            bars_of(lower, densities, exact["floor"])
            upper.set(title=fit["system"], ylabel="nats")
            lower.set(ylabel="nats")
        panels[0, 0].legend(fontsize="x-small")


def bars_of(axis: Any, heights: dict[str, float], floor: float) -> None:
    """Draw a bar a method, and the floor as a line."""
    axis.bar(range(len(heights)), heights.values(), color=[f"C{k}" for k in range(len(heights))])
    axis.axhline(floor, color="black", ls=":", label="average KL - log N")
    axis.set_xticks(range(len(heights)), list(heights), rotation=20, fontsize="x-small")


def main(_: list[str]) -> None:
    """Train and measure what is not yet there, and write what was found."""
    entry.refuse_beside("mock", *OF_NETWORKS)
    fits = systems() + table_4()
    workers = FLAGS.workers or sweep.cores()
    jobs = [(fit, FLAGS.workdir, budget_of(fit)) for fit in fits]
    found = [row_of(one) for one in sweep.run(marginal_study.measure, jobs, workers, describe)]
    record = {
        "settings": settings_of(SHARED),
        "settings_of_table_4": settings_of(TABLE_4),
        "seed": FLAGS.seed,
        "mock": FLAGS.mock,
        "workers": workers,
        "cores": sweep.cores(),
        "seconds": sum(seconds_of(one) for one in found),
        "fits": [one for one in found if "lambda" not in one],
        "lambdas": [one for one in found if "lambda" in one],
    }
    records.write("marginal_kl", FLAGS.results, record)
    draw(record["fits"])


def settings_of(names: tuple[str, ...]) -> dict[str, Any]:
    """Return flags by name, without those that a rehearsal does not go by."""
    passed_over = OF_NETWORKS if FLAGS.mock else ()
    return {name: FLAGS[name].value for name in names if name not in passed_over}


def seconds_of(found: dict[str, Any]) -> float:
    """Return what training and measuring took."""
    return found["seconds"] + sum(one["seconds"] for one in found["measures"].values())


def describe(job: tuple[Fit, str, Budget], found: dict[str, Any]) -> str:
    """Return a system's figures in a line."""
    exact = found["measures"]["monte_carlo"]
    told = [f"average KL {exact['average_kl']:.4g}", f"floor {exact['floor']:.4g}"]
    told += [f"{name} {one['marginal_kl']:.4g}" for name, one in found["measures"].items()]
    return f"{job[0].name}: {', '.join(told)} nats"


if __name__ == "__main__":
    entry.start(main, may_be_empty=("lambdas",))
