"""What the studies of likelihoods and posteriors on stacked digits share: flags, sweep, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from absl import flags

from examples.lib import entry, likelihood_study, sample_measures, summaries, sweep
from examples.lib.encoder_fits import Fit
from examples.lib.likelihood_study import Budget, Job
from examples.reports.tables import text

FLAGS = flags.FLAGS
SETTINGS = ("source", "seeds", "steps", "latents", "base_filters", "samples", "measure_steps")


def define_flags(name: str, steps: int, looks: int) -> None:
    """Define the flags of a study.

    Args:
        name: of the study.
        steps: of training, by default.
        looks: at the training, by default.
    """
    flags.DEFINE_string("results", f"results/{name}", f"Folder for {name}.json and .png.")
    flags.DEFINE_string("workdir", f"runs/{name}", "Folder for backups and what fits found.")
    flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
    flags.DEFINE_enum("source", "mnist", ["mnist", "fashion_mnist", "digits"], "Of stacked digits.")
    flags.DEFINE_list("seeds", ["0", "1"], "Of weights, order of the data and draws.")
    flags.DEFINE_integer("steps", steps, "Of training; the paper's are 100,000.", lower_bound=1)
    flags.DEFINE_integer("looks", looks, "At the training, in equal parts.", lower_bound=1)
    flags.DEFINE_integer("latents", 50, "How many; the paper has 10, 50 and 75.", lower_bound=1)
    flags.DEFINE_integer("base_filters", 8, "Of the networks; the paper's are 32.", lower_bound=1)
    flags.DEFINE_integer("samples", 2_000, "Of each model, and in each half of real images.", 4)
    flags.DEFINE_integer("measure_steps", 200, "Of independent critics.", lower_bound=1)
    flags.DEFINE_integer("workers", None, "Fits at a time; by default one a core.", lower_bound=1)


def jobs_of(
    systems: Mapping[str, Mapping[str, Any]], *, curve: bool = False, codes: int = 0
) -> list[Job]:
    """Return what is trained and measured, every system with the first seed before other seeds.

    Args:
        systems: settings of `rosca/color_mnist` by name.
        curve: as of `Budget`.
        codes: likewise.

    Raises:
        ValueError: if the steps cannot be split into looks.
    """
    if FLAGS.steps % FLAGS.looks:
        raise ValueError(
            f"{FLAGS.steps} steps cannot be split into --looks={FLAGS.looks} equal parts. Choose a "
            "multiple."
        )
    samples = sample_measures.Budget(
        samples=FLAGS.samples,
        critic_steps=FLAGS.measure_steps,
        critic_filters=2,
        subset_size=FLAGS.samples // 4,
    )
    budget = Budget(samples, curve, codes)
    shared = {"base_filters": FLAGS.base_filters, "latent_size": FLAGS.latents}
    shared["source"] = FLAGS.source
    jobs = []
    for seed in entry.seeds():
        for name, settings in systems.items():
            given = tuple({**shared, **settings}.items())
            fit = Fit(f"{name}-{seed}", "rosca/color_mnist", given, FLAGS.steps, seed, FLAGS.looks)
            jobs.append((fit, budget, FLAGS.workdir, FLAGS.data_dir))
    return jobs


def system_of(name: str) -> str:
    """Return the system of a fit, by the fit's name.

    Example:
        >>> system_of("avb-ac-0")
        'avb-ac'
    """
    return name.rpartition("-")[0]


def run(jobs: Sequence[Job], titles: Mapping[str, str], measures: Sequence[str]) -> dict[str, Any]:
    """Train and measure what is not yet there, and return the record.

    Args:
        jobs: of `jobs_of`.
        titles: of the systems, by name.
        measures: scores that are summarised.
    """
    workers = FLAGS.workers or sweep.cores()
    # Before the others, which then find the classifier of digits.
    likelihood_study.measures_of(*jobs[0])

    def describe(job: Job, found: dict[str, Any]) -> str:
        said = {name: text(found["scores"].get(name)) for name in measures}
        return f"{job[0].name}, {found['cpu_seconds']:.0f} CPU s: {found['failure'] or said}"

    found = sweep.run(likelihood_study.train, jobs, workers, describe)
    rows = [{"system": titles[system_of(one["name"])], **_row(one)} for one in found]
    return {
        "settings": {name: FLAGS[name].value for name in SETTINGS},
        "workers": workers,
        "cores": sweep.cores(),
        "cpu_seconds": sum(row["cpu_seconds"] for row in rows),
        "summary": summaries.by_system([row for row in rows if not row["failure"]], measures),
        "fits": rows,
    }


def _row(found: dict[str, Any]) -> dict[str, Any]:
    """Return what the record says of a fit: scores, and curves by look."""
    looks = found["by_look"]
    curves = {"at_step": looks.get("step", []), "kl_by_look": looks.get("kl", [])}
    for name in ("wasserstein", "slope"):
        if f"critic/{name}" in looks:
            curves[f"{name}_by_look"] = looks[f"critic/{name}"]
    kept = {name: found[name] for name in ("seed", "parameters", "failure", "cpu_seconds")}
    return {**kept, **curves, **found["scores"]}


def pictures(jobs: Sequence[Job], titles: Mapping[str, str]) -> dict[str, dict[str, np.ndarray]]:
    """Return held-out images, their reconstructions, and samples of the first seed, by title."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for job in jobs:
        title = titles[system_of(job[0].name)]
        path = likelihood_study.folder_of(job) / likelihood_study.IMAGES
        if title not in found and path.exists():
            with np.load(path) as kept:
                found[title] = {name: kept[name] for name in kept.files}
    return found
