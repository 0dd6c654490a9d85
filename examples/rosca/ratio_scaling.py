r"""Learn density ratios of two Gaussians, and a Gaussian by them, in 1 to 1,000 dimensions.

Regenerates Rosca et al. 2018, section 5 and appendix E, figures 2, 8, 9 and 10: does a classifier's
ratio estimate a KL divergence, and does descending it make the true one smaller?

    python -m examples.rosca.ratio_scaling --results=results/ratio_scaling

Data and model are Gaussians x = W'z + b, z ~ N(0, I), whose KL is known in closed form. First both
are fixed and a classifier alone learns; then, from the same start, the model's W and b learn, too,
by the reverse KL's generator loss -log D/(1 - D). That is `RatioGAN` compiled for reverse KL:
logistic regression, and E_Q[-v] of its output v = log D/(1 - D). So the divergence here is always
KL[model || data], which is what that loss minimises and what E_Q[-v] estimates.

The paper's text has W in R^(k x d), z in R^k, and "d = k/10, to ensure W'W is full rank": there are
ten latents for each dimension, k = 10 d. The other way round, with k = d/10, W'W has rank d/10,
and no KL is finite. A W of 10 d x d has full rank with probability one, and the KL is reported as
infinite where it has not.

Each figure has a line of its own settings: figure 2 a critic of 4 layers, rate 1e-4, one critic
step for each of the model's; figure 8 has 3 layers, figure 9 rate 1e-3, figure 10 five steps (where
nothing but the critic learns there are no such steps, so figure 10 shows figure 2's estimate, as
the paper's does). The paper trains for 1,000,000 iterations, critics of up to 100 million weights,
and averages over 10 runs. The defaults are a budget for two cores: critics of 128 units, and the
fewer steps and runs the more dimensions. Not in the text, and so ours: W's entries at the start are
N(0, 1/k) and b's N(0, 1), batches are of 64, layers are hidden ones with rectifiers, every update
has new draws of both Gaussians, and beta_1 is 0.5 for both Adams. A seed is a pair of Gaussians, a
critic and all draws.

Runs are shared among the cores. One that was interrupted goes on where it stopped, and one that is
finished in the workdir is only read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import entry, ratio_study, records, summaries, sweep
from examples.lib.ratio_study import Run

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/ratio_scaling", "Folder for ratio_scaling.json and .png.")
flags.DEFINE_string("workdir", "runs/ratio_scaling", "Folder for backups and what runs found.")
flags.DEFINE_list("figures", ["2", "8", "9", "10"], "Of the paper.")
flags.DEFINE_list("dimensions", ["1", "10", "100", "1000"], "Of the Gaussians, d.")
flags.DEFINE_list("steps", ["1000", "1000", "500", "50"], "For each d; the paper's are 1,000,000.")
flags.DEFINE_list("runs", ["3", "3", "2", "1"], "Seeds for each d; the paper has 10.")
flags.DEFINE_integer("units", 128, "Of the critic's layers.", lower_bound=1)
flags.DEFINE_integer("batch_size", 64, "Draws of either Gaussian an update.", lower_bound=1)
flags.DEFINE_float("learning_rate", 1e-3, "Of the Gaussian's Adam; the critic's is the figure's.")
flags.DEFINE_integer("looks", 10, "Points of a curve.", lower_bound=1)
flags.DEFINE_bool("xla", False, "Compile by XLA: pays for runs of some 10,000 steps and more.")
flags.DEFINE_integer("workers", None, "Runs at a time; by default one a core.", lower_bound=1)

SHARED = ("units", "batch_size", "learning_rate", "looks", "xla")
BUDGET = ("dimensions", "steps", "runs")
FIGURES: dict[str, dict[str, Any]] = {
    "2": {"layers": 4, "critic_learning_rate": 1e-4, "critic_steps": 1},
    "8": {"layers": 3, "critic_learning_rate": 1e-4, "critic_steps": 1},
    "9": {"layers": 4, "critic_learning_rate": 1e-3, "critic_steps": 1},
    "10": {"layers": 4, "critic_learning_rate": 1e-4, "critic_steps": 5},
}
PAPER = {
    "steps": 1_000_000,
    "runs": 10,
    "critic": "up to 100 million weights",
    "true KL falls at": [1, 10],
    "estimate is right at": [],
}


def runs_of(figure: str, dimensions: int, steps: int, seed: int) -> tuple[Run, Run]:
    """Return the run whose Gaussians are fixed, and the one that learns."""
    shared = {name: FLAGS[name].value for name in SHARED}
    shared |= FIGURES[figure] | {"steps": steps}
    learned = Run(dimensions, True, seed, **shared)
    return Run(dimensions, False, seed, **{**shared, "critic_steps": 1}), learned


def budgets() -> list[tuple[int, int, int]]:
    """Return dimensions, steps and number of seeds, checked.

    Raises:
        ValueError: if the flags have not as many values each, or a figure is unknown.
    """
    lists = [entry.integers(name, 1) for name in BUDGET]
    if len({len(values) for values in lists}) != 1:
        given = ", ".join(f"--{name}={','.join(FLAGS[name].value)}" for name in BUDGET)
        raise ValueError(f"Received {given}; expected as many steps and runs as dimensions.")
    unknown = [figure for figure in FLAGS.figures if figure not in FIGURES]
    if unknown:
        raise ValueError(f"There is no figure {unknown[0]!r}. Choose from {', '.join(FIGURES)}.")
    uneven = [steps for steps in lists[1] if steps % FLAGS.looks]
    if uneven:
        raise ValueError(
            f"{uneven[0]} steps cannot be split into --looks={FLAGS.looks} equal parts. Choose "
            "a multiple."
        )
    return list(zip(*lists, strict=True))


def fit_of(figure: str, fixed: dict[str, Any], learned: dict[str, Any]) -> dict[str, Any]:
    """Return what a figure says of one seed."""
    start, end = learned["initial"]["reverse_kl"], learned["reverse_kl"]
    failure = fixed["failure"] or learned["failure"]
    if failure is None and None in (start, end, fixed["estimate"], learned["estimate"]):
        failure = "A divergence or an estimate of it was not finite."
    return {
        "system": f"{figure}, d = {learned['dimensions']}",
        "figure": figure,
        "dimensions": learned["dimensions"],
        "seed": learned["seed"],
        "critic_parameters": learned["critic_parameters"],
        "initial_kl": start,
        "estimate_of_initial": fixed["estimate"],
        "estimate_of_initial_se": fixed["estimate_se"],
        "final_kl": end,
        "estimate_of_final": learned["estimate"],
        "estimate_of_final_se": learned["estimate_se"],
        "initial_forward_kl": learned["initial"]["forward_kl"],
        "final_forward_kl": learned["forward_kl"],
        "fell": failure is None and end < start,
        "at_step": learned["at_step"],
        "kl_by_look": learned["reverse_kl_by_look"],
        "online_by_look": learned["online"],
        "online_of_initial_by_look": fixed["online"],
        "seconds": fixed["seconds"] + learned["seconds"],
        "failure": failure,
    }


MEASURES = ("initial_kl", "estimate_of_initial", "final_kl", "estimate_of_final")


def draw(record: dict[str, Any]) -> None:
    """Draw a row a figure of the paper and a column a number of dimensions."""
    rows, columns = len(record["figures"]), len(record["settings"]["dimensions"])
    path = f"{FLAGS.results}/ratio_scaling.png"
    with kfdiv.plotting.figure(path, columns, rows, size=(3.6, 2.7)) as axes:
        for figure, row in zip(record["figures"], np.reshape(axes, (rows, columns)), strict=True):
            for dimensions, axis in zip(record["settings"]["dimensions"], row, strict=True):
                mine = [
                    fit
                    for fit in record["fits"]
                    if (fit["figure"], fit["dimensions"]) == (figure, int(dimensions))
                ]
                panel(axis, [fit for fit in mine if not fit["failure"]])
                axis.set(title=f"figure {figure}, d = {dimensions}", xlabel="step", ylabel="nats")
        np.reshape(axes, (rows, columns))[0, 0].legend(fontsize="x-small")


def panel(axis: Any, fits: list[dict[str, Any]]) -> None:
    """Draw means over seeds, and their range, of the curves of one setting."""
    if not fits:
        return
    steps = fits[0]["at_step"]
    for name, label, colour in (
        ("kl_by_look", "true KL, learning", "C0"),
        ("online_by_look", "online estimate, learning", "C1"),
    ):
        curves = np.array([fit[name] for fit in fits], np.float64)
        axis.plot(steps, curves.mean(axis=0), color=colour, label=label)
        axis.fill_between(steps, curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.2)
    for name, label, colour in (
        ("initial_kl", "true KL at the start", "C0"),
        ("estimate_of_initial", "same classifier's estimate of it, both fixed", "C2"),
    ):
        value = np.mean([fit[name] for fit in fits])
        axis.axhline(value, color=colour, ls=":", label=label)
    # Estimates may be below zero, above all where the truth is near it.
    low = min(min(fit["kl_by_look"] + fit["online_by_look"]) for fit in fits)
    axis.set_yscale("log" if low > 0 else "linear")


def main(_: list[str]) -> None:
    """Run what is not yet there, and write what was found."""
    plan = budgets()
    # One figure after another, and in it the first seed of every number of dimensions first.
    cells = [
        (figure, *runs_of(figure, dimensions, steps, seed))
        for figure in FLAGS.figures
        for seed in range(max(count for *_, count in plan))
        for dimensions, steps, count in plan
        if seed < count
    ]
    # Figures share runs.
    runs = list(dict.fromkeys(run for _, *pair in cells for run in pair))
    workers = FLAGS.workers or sweep.cores()
    found = sweep.run(ratio_study.train, [(run, FLAGS.workdir) for run in runs], workers, describe)
    results = dict(zip(runs, found, strict=True))
    fits = [fit_of(figure, results[fixed], results[learned]) for figure, fixed, learned in cells]
    fits.sort(key=lambda fit: (fit["dimensions"], FLAGS.figures.index(fit["figure"]), fit["seed"]))
    finished = [fit for fit in fits if not fit["failure"]]
    record = {
        "settings": {name: FLAGS[name].value for name in (*SHARED, *BUDGET)},
        "workers": workers,
        "cores": sweep.cores(),
        "seconds": sum(result["seconds"] for result in found),
        "figures": {figure: FIGURES[figure] for figure in FLAGS.figures},
        "paper": PAPER,
        "summary": summaries.by_system(finished, MEASURES),
        "fits": fits,
    }
    records.write("ratio_scaling", FLAGS.results, record)
    draw(record)


def describe(job: tuple[Run, str], result: dict[str, Any]) -> str:
    """Return a run's figures in a line."""
    figures = {name: result[name] for name in ("reverse_kl", "estimate", "estimate_se", "failure")}
    rounded = {key: round(v, 4) if isinstance(v, float) else v for key, v in figures.items()}
    return f"{job[0].name}: {result['initial']['reverse_kl']:.4g} -> {rounded}"


if __name__ == "__main__":
    entry.start(main)
