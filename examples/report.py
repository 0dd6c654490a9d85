"""Write RESULTS.md from what the examples and benchmarks measured.

    python examples/report.py --results=results --output=RESULTS.md

Every `<results>/<run>/<name>.json` becomes a section, and so does every
`<results>/benchmarks/<name>.json`. Nothing in RESULTS.md is typed by hand.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import report_shen
from absl import app, flags
from report_table import Record, mean, table, text

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results", "Folder of the runs' folders.")
flags.DEFINE_string("output", "RESULTS.md", "File to write.")

HEAD = """# Results

What the examples and benchmarks measured, beside the figures of Zhang et al. 2019
("Variational f-divergence minimization"), Shen et al. 2020 (AGE), Roquero Gimenez and Zou 2022
(f-GM) and Raffel 2018. `make results` writes this file from the JSON under `results/`; the
command in each section makes that JSON again.
"""

CRITIC = ("bound", "training_bound")


def gaussian_fit(record: Record) -> str:
    """One row a bound and divergence; the paper's rows where it has the mixture."""
    rows = []
    keys = list(dict.fromkeys((fit["estimator"], fit["divergence"]) for fit in record["fits"]))
    for estimator, name in keys:
        fits = [f for f in record["fits"] if (f["estimator"], f["divergence"]) == (estimator, name)]
        optimum = record["optima"][name]["divergence"]
        excess = [fit["true_divergence"] / optimum - 1 for fit in fits]
        bound = max(fits, key=lambda fit: fit["true_divergence"])
        cells = [mean(fits, key) for key in ("mu", "sigma", "true_divergence")]
        above = f"{sum(excess) / len(fits):+.2%} ({max(excess):+.2%})"
        error = f"{bound['bound']:.5f} ± {bound['bound_se']:.5f}"
        rows.append([name, estimator, f"ours, {len(fits)} seeds", *cells, optimum, above, error])
        if record["paper"]:
            paper = record["paper"][estimator][name]
            cells = [paper[key] for key in ("mu", "sigma", "true_divergence", "optimal_divergence")]
            excess = f"{cells[2] / cells[3] - 1:+.0%}"
            rows.append([name, estimator, "paper", *cells, excess, None])
    header = ["divergence", "bound", "by", "mu", "sigma", "true divergence", "optimum"]
    header += ["above it, mean (worst seed)", "bound, of the worst seed"]
    mixture = ", ".join(f"{key} {text(values)}" for key, values in record["mixture"].items())
    steps = {fit["estimator"]: fit["steps"] for fit in record["fits"]}
    budget = ", ".join(f"{count} steps from each start ({name})" for name, count in steps.items())
    return f"Mixture: {mixture}. Budget: {budget}. Nats.\n\n{table(header, rows)}"


def ring(record: Record) -> str:
    """One row a divergence."""
    rows = []
    for name, fit in record["fits"].items():
        modes = f"{fit['modes_covered']} of {len(fit['samples_by_mode'])}"
        paper = {"kl": None, "js": "7 of 7", "rkl": "7 of 7"}.get(name)
        rows.append([name, modes, paper, f"{fit['good_samples']:.1%}", f"{fit['seconds']:.0f}"])
    header = ["divergence", "modes covered", "paper (figure 3)", "good samples", "seconds"]
    budget = f"seed {record['seed']}, {record['steps']} decoder steps"
    steps = f"{record['encoder_steps']} encoder step(s) for each"
    return f"Budget: {budget}, {steps}.\n\n{table(header, rows)}"


def mnist_forward_reverse(record: Record) -> str:
    """Means over seeds, then every seed."""
    measures = list(record["train_images"])
    rows: list[list[Any]] = []
    for name, values in record["summary"].items():
        cells = [f"{values[m]['mean']:.4f} ± {values[m]['sd']:.4f}" for m in measures]
        rows.append([f"{name}, mean ± sd", *cells])
    for fit in record["fits"]:
        for name in record["summary"]:
            cells = [f"{fit[name][m]:.4f}" for m in measures]
            rows.append([f"{name}, seed {fit['seed']}", *cells])
    rows.append(["training images", *(f"{record['train_images'][m]:.4f}" for m in measures)])
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    return (
        f"The paper has pictures alone: reverse KL's are sharper. Budget: {budget}. Classifier: "
        f"{record['classifier_accuracy']:.2%} of the test images right.\n\n"
        "How it was chosen: settings for reverse KL on seed 0; unit-length features and k on seeds "
        "0 to 2, after a look at raw features and at k = 3 and 30. With raw features, or with k = "
        "3, recall is about zero for both divergences and precision no different by more than its "
        "spread. Seeds from 3 on were run once, after all that.\n\n" + table(["", *measures], rows)
    )


def celeba_forward_reverse(record: Record) -> str:
    """One row a set of images."""
    measures = list(record["fits"]["data"])
    rows = [[name, *(fit[m] for m in measures)] for name, fit in record["fits"].items()]
    rehearsal = "A rehearsal on invented images: the numbers mean nothing. "
    note = "The paper has pictures alone: reverse KL's are sharper and vary less in pose."
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    note = rehearsal if record["mock"] else note
    return f"{note} Budget: {budget}.\n\n{table(['', *measures], rows)}"


def fgm_collapse(record: Record) -> str:
    """One row a divergence and seed."""
    rows = []
    for fit in record["fits"]:
        died = [f"{mode} (epoch {epoch})" for mode, epoch in fit["died_in_epoch"].items()]
        covered = f"{fit['modes_covered']} of {record['modes']}"
        rows.append([fit["divergence"], fit["seed"], ", ".join(died) or "none", covered])
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    header = ["divergence", "seed", "modes named dead", "modes covered at the end"]
    return (
        "The paper has a picture alone: Jensen-Shannon ends on one mode. Settings were chosen on "
        "seeds 0 and 1. Budget: "
        f"{budget}.\n\n{table(header, rows)}"
    )


def fgm_mnist(record: Record) -> str:
    """One row a divergence and seed."""
    measures = [m for m in next(iter(record["summary"].values())) if m != "seeds"]
    rows = []
    for fit in record["fits"]:
        died = [f"{label} (step {step})" for label, step in fit["died_at_step"].items()]
        rows.append([fit["system"], fit["seed"], max(fit["dead_by_look"])])
        rows[-1] += [", ".join(died) or "none", *(fit[measure] for measure in measures)]
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    header = ["divergence", "seed", "most classes dead at once", "dead at the end"]
    header += [measure.replace("_", " ") for measure in measures]
    return (
        "The paper has pictures alone: Jensen-Shannon gives two digits, sharp, and forward KL all, "
        f"fuzzy. Budget: {budget}. The classes are told by nearest neighbours, right for "
        f"{record['classifier_accuracy']:.2%} of the test images; sharpness is in units of that of "
        f"test images of the class.\n\n{table(header, rows)}"
    )


def age_latents(record: Record) -> str:
    """The measures of one run."""
    rows = [
        ["4 nearest by latents, of the image's class", record["neighbors_of_the_class"]],
        ["4 nearest by pixels, the same", record["neighbors_of_the_class_by_pixels"]],
        ["squared error of reconstructions", record["reconstruction_error"]],
    ]
    for name, value in record["longest_step"].items():
        rows.append([f"longest step of a path by the {name}, in mean steps", value])
    run = ", ".join(f"{key} {text(value)}" for key, value in record["run"].items())
    counts = f"{record['images']} test images, {record['latent_size']} latents"
    return f"Run: {run}. {counts}.\n\n{table(['measure', 'value'], rows)}"


def gan_minimises_divergence(record: Record) -> str:
    """One row a data set and system; every optimum beside them."""
    divergences = ("kl", "rkl", "js")
    parts = []
    for name, found in record["data"].items():
        rows: list[list[Any]] = []
        for system, values in found["summary"].items():
            fits = [fit for fit in found["fits"] if fit["system"] == system]
            cells = [
                f"{values[d]['mean']:.4f} ({max(f[d] for f in fits):.4f})" for d in divergences
            ]
            critic = [f"{mean(fits, key):.4f} ± {mean(fits, key + '_se'):.4f}" for key in CRITIC]
            rows.append([system, *cells, mean(fits, "log_likelihood"), *critic])
        least = [f"{max(found['optima'][d]['divergence'], 0.0):.4f}" for d in divergences]
        rows.append(["the least that a Gaussian can have", *least, None, None, None])
        header = ["system", *divergences, "held-out log-likelihood"]
        header += ["critic's bound on js", "on its own data"]
        parts.append(f"Number of Gaussians: {name}.\n\n{table(header, rows)}")
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    return (
        "The text has pictures alone: on two Gaussians maximum likelihood covers both, reverse KL "
        "takes one, and so does its GAN. True divergences by quadrature, in nats: mean over seeds "
        f"{text(record['seeds'])} (worst seed); ± is one seed's standard error. "
        f"Budget: {budget}.\n\n" + "\n\n".join(parts)
    )


SECTIONS: dict[str, tuple[str, Callable[[Record], str]]] = {
    "gaussian_fit": ("A Gaussian fitted to a mixture (figure 1, table 2, figure 8)", gaussian_fit),
    "ring": ("Seven Gaussians on a circle (figure 3)", ring),
    "mnist_forward_reverse": ("MNIST by forward and reverse KL (figure 4)", mnist_forward_reverse),
    "celeba_forward_reverse": (
        "CelebA by forward and reverse KL (figure 5)",
        celeba_forward_reverse,
    ),
    "fgm_collapse": (
        "Far-apart Gaussians by f-GM (Roquero Gimenez and Zou 2022, figure 2)",
        fgm_collapse,
    ),
    "fgm_mnist": ("Images by f-GM (Roquero Gimenez and Zou 2022, figure 1)", fgm_mnist),
    "age_latents": (
        "Walks and neighbours in the latents (Shen et al. 2020, figure 5)",
        age_latents,
    ),
    "gan_minimises_divergence": (
        "GANs as divergence minimisation (Raffel 2018, sections 2 to 5)",
        gan_minimises_divergence,
    ),
    "age_mog9": ("Nine Gaussians (Shen et al., table 3)", report_shen.age_mog9),
    "age_mog25": ("25 Gaussians (Shen et al., table 4)", report_shen.age_mog25),
    "age_stacked_mnist": (
        "Stacked MNIST (Shen et al., tables 5 to 7)",
        report_shen.age_stacked_mnist,
    ),
    "age_celeba": ("CelebA (Shen et al., tables 6 and 7)", report_shen.photographs),
    "age_imagenet": ("ImageNet (Shen et al., table 6)", report_shen.photographs),
}


def example(path: pathlib.Path, beside: pathlib.Path) -> str:
    """Return the section of one run of an example."""
    record = json.loads(path.read_text(encoding="utf-8"))
    title, body = SECTIONS[record["example"]]
    # A run kept in a folder of another name has settings of its own.
    run = path.parent.name.removeprefix(path.stem).strip("_")
    title += f": {run.replace('_', ' ')}" if run else ""
    parts = [f"## {title}", f"    {record['command']}", f"Run on {record['date']}. {body(record)}"]
    picture = path.with_suffix(".png")
    if picture.exists():
        parts.append(f"![{title}]({picture.relative_to(beside).as_posix()})")
    return "\n\n".join(parts)


def benchmark(path: pathlib.Path) -> str:
    """Return the section of one benchmark: the table that it printed."""
    record = json.loads(path.read_text(encoding="utf-8"))
    machine = ", ".join(f"{key} {text(value)}" for key, value in record["machine"].items())
    body = table(record["table"]["header"], record["table"]["rows"])
    note = f"Run on {record['date']}. Machine: {machine}. Median (lowest-highest)."
    title = record["benchmark"].replace("_", " ")
    return f"## Benchmark: {title}\n\n    {record['command']}\n\n{note}\n\n{body}"


def report(results: pathlib.Path, beside: pathlib.Path) -> str:
    """Return RESULTS.md for a folder of results, with links relative to `beside`."""
    order = list(SECTIONS)
    runs = [path for path in results.glob("*/*.json") if path.stem in SECTIONS]
    runs.sort(key=lambda path: (order.index(path.stem), path.parent.name))
    sections = [example(path, beside) for path in runs]
    sections += [benchmark(path) for path in sorted(results.glob("benchmarks/*.json"))]
    return "\n\n".join([HEAD.strip(), *sections]) + "\n"


def main(_: list[str]) -> None:
    """Write the file."""
    output = pathlib.Path(FLAGS.output).resolve()
    content = report(pathlib.Path(FLAGS.results).resolve(), output.parent)
    output.write_text(content, encoding="utf-8")
    print(f"wrote {output}")


if __name__ == "__main__":
    app.run(main)
