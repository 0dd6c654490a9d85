r"""Fit 25 Gaussians, twelve of them rare, by the systems of adversarial gradient estimation.

Regenerates Shen et al. 2020, table 4 and figures 1 and 9: modes covered, and the reverse KL between
the modes of 10,000 samples and of the data, by the rule of the likeliest mode (which gives junk to
some mode too) and by that of three standard deviations. The figure shows, for each system, latent
codes, samples and reconstructions.

    python -m examples.shen.age_mog25 --results=results/age_mog25

The preset `shen/grid25` is the paper's, and takes half an hour a run on two cores. The defaults are
a budget of a quarter of an hour on a core: smaller networks, and rates that fall to zero, the
critic's a fifth of the others'. That was chosen on age-kl with seed 0, which is not among the seeds
here: faster critics let the ratios of pairs that lie on two surfaces grow. The paper has ten
trials. A run that was interrupted goes on where it stopped, and one that is finished in the workdir
is only measured.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import entry, panels, records, summaries, systems

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/age_mog25", "Folder for age_mog25.json and .png.")
flags.DEFINE_string("workdir", "runs/age_mog25", "Folder for backups.")
flags.DEFINE_list("systems", ["age-kl", "age-js", "age-rkl"], f"Of {', '.join(systems.SYSTEMS)}.")
flags.DEFINE_list("seeds", ["1", "2", "3"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("epochs", 30, "Epochs.", lower_bound=1)
flags.DEFINE_integer("batch_size", 500, "Examples a batch.", lower_bound=1)
flags.DEFINE_float("critic_learning_rate", 2e-5, "The paper's is 1e-4.")
flags.DEFINE_float("learning_rate", 1e-4, "Of encoder and decoder; the paper's is 5e-5.")
flags.DEFINE_integer("units", 256, "Of encoder's and decoder's layers; paper: 500.", lower_bound=1)
flags.DEFINE_integer("critic_units", 200, "Of the critic's; the paper's are 400.", lower_bound=1)
flags.DEFINE_bool("decay", True, "All rates fall to 0 along a cosine; the paper's are constant.")
flags.DEFINE_integer("samples", 10_000, "Samples to find modes in.", lower_bound=100)

SETTINGS = ("epochs", "batch_size", "critic_learning_rate", "learning_rate", "units")
SETTINGS = (*SETTINGS, "critic_units", "decay")
# Modes covered and reverse KL, mean (standard error) over ten trials.
PAPER = {
    "age-kl": ("24.9 (0.36)", "0.0284 (0.0035)"),
    "fgan-kl": ("24.1 (1.33)", "0.0477 (0.0418)"),
    "age-hellinger": ("24.5 (0.94)", "0.0439 (0.0102)"),
    "age-rkl": ("21.8 (3.21)", "0.2498 (0.2120)"),
    "age-js": ("24.1 (1.23)", "0.0462 (0.0159)"),
    "age-all": ("23.2 (1.33)", "0.1133 (0.0273)"),
    "logd": ("20.0 (3.14)", "0.3437 (0.1723)"),
    "hinge": ("20.9 (0.92)", "0.1929 (0.0366)"),
}
MEASURES = ["covered", "reverse_kl", "covered_within", "reverse_kl_within", "unassigned"]
MAX_POINTS = 2_000
STEPS_PER_CALL = 16


def measure(model: kfdiv.models.GenerativeModel, info: Any) -> dict[str, float]:
    """Return the coverage of a model's samples, by both rules."""
    samples = model.sample(FLAGS.samples, seed=1).numpy()
    nearest, within = (
        kfdiv.evaluation.mode_coverage(rule(samples, info), info.weights)
        for rule in (kfdiv.evaluation.likeliest_mode, kfdiv.evaluation.mode_within)
    )
    return {
        "covered": nearest.covered,
        "reverse_kl": nearest.reverse_kl,
        "covered_within": within.covered,
        "reverse_kl_within": within.reverse_kl,
        "unassigned": within.unassigned / FLAGS.samples,
    }


def main(_: list[str]) -> None:
    """Train, measure, print, draw, write."""
    test = kfdiv.data.load("grid25", "test", batch_size=MAX_POINTS)
    info = test.stream.info
    settings = {name: FLAGS[name].value for name in SETTINGS}
    fits, shown = systems.compare(
        "shen/grid25",
        FLAGS.systems,
        entry.seeds(),
        FLAGS.workdir,
        lambda model: measure(model, info),
        each_epoch=True,
        steps_per_execution=STEPS_PER_CALL,
        **settings,
    )
    summary = summaries.by_system(fits, MEASURES)
    for name, row in summary.items():
        print(name, {k: row[k]["mean"] for k in MEASURES})
    record = {"settings": settings, "samples": FLAGS.samples, "seeds": FLAGS.seeds}
    record |= {"paper": PAPER, "summary": summary, "fits": fits}
    records.write("age_mog25", FLAGS.results, record)
    points = (np.asarray(part) for part in next(iter(test)))
    panels.plane_columns(f"{FLAGS.results}/age_mog25.png", shown, *points, reach=6)


if __name__ == "__main__":
    entry.start(main)
