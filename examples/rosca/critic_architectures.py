r"""Estimate a marginal KL by classifiers of many architectures, beside its Monte Carlo value.

Regenerates Rosca et al. 2018, appendix A.3, Tables 2 and 3: how far is the density ratio trick's
estimate of KL[q(z) || p(z)] from the truth, and how much does it depend on the classifier?

    python -m examples.rosca.critic_architectures --results=results/critic_architectures

Each row is a multilayer perceptron with leaky rectifiers of slope 0.2, trained by Adam with both
betas .9 between codes of data and draws of the prior (algorithm 2). Table 2 has 3 and 4 layers, a
gradient penalty and noise on activations, for a VAE of 50 latents on ColorMNIST; Table 3 has 5, 7
and 10 layers, two rates, noise and dropout, for one of 100 latents on CelebA. The paper's VAEs are
not ours, so its values are to be read beside its Monte Carlo values, and ours beside ours: the same
training set, and the same draws of a VAE, as `marginal_kl` has them. Fits of that example in
`--workdir` are read where their budget is the same.

The paper has 5,000 units a layer and 500,000 steps; `--units` and `--classifier_steps` are a budget
for one core. It does not say how large the noise is, which share dropout drops, or which gradient
penalty it has: here they are N(0, 1), 0.5, and Gulrajani's of weight 10. Table 3's VAE is that of
`--table_3`: CelebA's is `celeba-100`; without CelebA's images its rows are those of CIFAR-10, which
the paper does not have. `--mock` runs all of it on invented images with small networks, to see
that it works; its numbers mean nothing.

A row that is finished in the workdir is only read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import classifier_study, entry, records, rosca_systems, sweep
from examples.lib.classifier_study import Table
from examples.lib.code_classifiers import DROPOUT, NOISE, TABLE_2, TABLE_3
from examples.lib.rosca_systems import SYSTEMS

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/critic_architectures", "Folder for the JSON and the PNG.")
flags.DEFINE_string("workdir", "runs/marginal_kl", "Folder for backups and what was measured.")
flags.DEFINE_list("tables", ["2", "3"], "Of the paper.")
flags.DEFINE_enum("table_3", "cifar10-100", [*SYSTEMS], "Whose marginal KL is Table 3's.")
flags.DEFINE_list("steps", ["5000", "1500"], "Of training of the VAE, for each table.")
flags.DEFINE_list("base_filters", ["0", "16"], "Of its networks, for each; 0: the paper's.")
flags.DEFINE_list("examples", ["0", "0"], "N, for each.")
flags.DEFINE_integer("seed", 0, "Of weights, data and draws.")
flags.DEFINE_integer("draws", 20_000, "z that every figure is averaged over.", lower_bound=10)
flags.DEFINE_list("units", ["512", "256"], "Of a classifier's layer, for each table.")
flags.DEFINE_integer("classifier_steps", 2_000, "Of training of a classifier.", lower_bound=1)
flags.DEFINE_bool("mock", False, "Invented images, small networks, few steps: a rehearsal.")
flags.DEFINE_integer("workers", None, "Tables at a time; by default one a core.", lower_bound=1)

BUDGET = ("steps", "base_filters", "examples", "draws", "units", "classifier_steps")
ROWS = {"2": TABLE_2, "3": TABLE_3}
# Of the paper's two VAEs, nats: by Monte Carlo, and what it says that the KL must exceed.
PAPER = {
    "2": {"system": "ColorMNIST, 50 latents", "monte_carlo": 12.3, "average_kl": 23.34},
    "3": {"system": "CelebA, 100 latents", "monte_carlo": 100.3, "average_kl": 112.37},
}


# A rehearsal does not go by them.
OF_NETWORKS = ("base_filters", "examples")


def tables() -> list[Table]:
    """Return the tables, checked.

    Raises:
        ValueError: if a table is unknown, or the flags have not as many values each.
    """
    unknown = [name for name in FLAGS.tables if name not in ROWS]
    if unknown:
        raise ValueError(f"There is no table {unknown[0]!r}. Choose from {', '.join(ROWS)}.")
    names = ("tables", "units", "steps", "base_filters", "examples")
    if len({len(FLAGS[name].value) for name in names}) != 1:
        given = ", ".join(f"--{name}={','.join(FLAGS[name].value)}" for name in names)
        raise ValueError(f"Received {given}; expected as many of each.")
    systems = {"2": "color_mnist-50", "3": FLAGS.table_3}
    budget = (FLAGS.classifier_steps, FLAGS.draws, FLAGS.seed)
    return [
        Table(
            name,
            rosca_systems.fit_of(systems[name], *of_fit, FLAGS.seed, FLAGS.mock),
            FLAGS.workdir,
            ROWS[name],
            units,
            *budget,
        )
        for name, units, *of_fit in zip(FLAGS.tables, *map(entry.integers, names[1:]), strict=True)
    ]


def draw(found: list[dict[str, Any]]) -> None:
    """Draw a panel a table: a bar a row, the Monte Carlo value and the floor as lines."""
    path = f"{FLAGS.results}/critic_architectures.png"
    with kfdiv.plotting.figure(path, len(found), size=(5.0, 3.4)) as axes:
        for one, axis in zip(found, np.reshape(axes, -1), strict=True):
            exact = one["measures"]["monte_carlo"]
            names = [label(row) for row in one["rows"]]
            heights = [row["marginal_kl"] for row in one["rows"]]
            axis.bar(range(len(names)), heights)
            axis.axhline(exact["marginal_kl"], color="C1", label="Monte Carlo")
            axis.axhline(exact["floor"], color="black", ls=":", label="average KL - log N")
            axis.set_xticks(range(len(names)), names, rotation=30, fontsize="x-small", ha="right")
            axis.set(title=f"table {one['table']}: {one['system']}", ylabel="nats")
            axis.legend(fontsize="x-small")


def label(row: dict[str, Any]) -> str:
    """Return what a row has."""
    parts = [f"{row['layers']} layers", f"{row['learning_rate']:g}"]
    return ", ".join(parts + [name for name in ("penalty", "noise", "dropout") if row[name]])


def main(_: list[str]) -> None:
    """Train and estimate what is not yet there, and write what was found."""
    entry.refuse_beside("mock", *OF_NETWORKS)
    jobs = tables()
    workers = FLAGS.workers or sweep.cores()
    found = sweep.run(classifier_study.measure, jobs, workers, describe)
    record = {
        "settings": {
            name: FLAGS[name].value for name in BUDGET if not (FLAGS.mock and name in OF_NETWORKS)
        },
        "seed": FLAGS.seed,
        "mock": FLAGS.mock,
        "workers": workers,
        "cores": sweep.cores(),
        "seconds": sum(row["seconds"] for one in found for row in one["rows"]),
        "noise": NOISE,
        "dropout": DROPOUT,
        "paper": {name: PAPER[name] for name in FLAGS.tables},
        "tables": found,
    }
    records.write("critic_architectures", FLAGS.results, record)
    draw(found)


def describe(job: Table, found: dict[str, Any]) -> str:
    """Return a table's figures in a line."""
    told = [f"Monte Carlo {found['measures']['monte_carlo']['marginal_kl']:.4g}"]
    told += [f"{label(row)}: {row['marginal_kl']:.4g}" for row in found["rows"]]
    return f"table {job.name}: {'; '.join(told)} nats"


if __name__ == "__main__":
    entry.start(main)
