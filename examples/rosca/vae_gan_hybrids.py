r"""Compare VAEs, GANs and their hybrids by what their samples are worth.

Regenerates Rosca et al. 2018, section 6.4 with appendices F to I and K: figures 4 and 5 (scores of
the best runs, and how much they depend on settings), 11 (bounds while training), 12 and 13
(reconstructions) and 14 to 16 (samples), by the models of figure 3 over the sweep of Table 5.

    python -m examples.rosca.vae_gan_hybrids --results=results/vae_gan_hybrids

Models are VAE, DCGAN, WGAN-GP, AAE, AAE++, AAE-GAN, VEEGAN and DRAW, of the presets
`rosca/color_mnist` and `rosca/draw_color_mnist`; `--dataset=cifar10` or `celeba` takes those of
the others. A model's sweep is every rate of Table 5, and of AAE++ and AAE-GAN every weight of the
data's reconstruction (1, 5, 10, 50), with the first number of latents; and its first setting with
the other numbers, and with other seeds. Runs are in rounds, one of every model: `--rounds=2` stops
after two, and `--report_only` reports what is finished.

Scores, each of held-out images that no model was trained on, with its standard error, and beside
it that of real test images in the samples' place:

- negative independent Wasserstein critic (appendix I): a WGAN-GP critic that meets one half of
  those images and the finished model, judged on the other half. Its figure has the scale of its
  slope, which is written down, too;
- inception score by a classifier of the ten digits, of one channel of each image (of photographs
  by Inception-v3, where its weights can be had);
- sample diversity, 1 - MS-SSIM, also of the test images with N(0, 0.1) noise, as figure 5 has it;
- kernel distance (KID), precision and recall by k nearest neighbours, in the classifier's features;
- modes of stacked digits met, of 1,000;
- what the training objective says by a critic that is new (`independent_objective`), or `evaluate`
  where there is none.

What differs from the paper. It trains 100,000 iterations at full widths; the defaults here are a
budget for a core or two: a quarter of its widths, and few steps. Its sweeps are all combinations of
rates, latents and weights, and the weights of encoder and generator vary apart; here they are one.
Standard errors of precision and recall are binomial, given the neighbourhoods. Samples are means of
p(x|z). DRAW, which the paper has on CIFAR-10 alone, has as many latents as the others, in 5 steps.

Runs are shared among `--workers`. One that was interrupted goes on where it stopped, and one that
is finished in the workdir is only read.
"""

from __future__ import annotations

from typing import Any

from absl import flags

from examples.lib import (
    entry,
    hybrid_figures,
    hybrid_plan,
    hybrid_study,
    hybrid_summary,
    records,
    rehearsal,
    sweep,
)
from examples.lib.hybrid_study import Run
from examples.lib.sample_measures import Budget
from examples.reports.tables import text

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/vae_gan_hybrids", "Folder for the JSON and the PNGs.")
flags.DEFINE_string("workdir", "runs/vae_gan_hybrids", "Folder for backups and what runs found.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_enum("dataset", "color_mnist", ["color_mnist", "cifar10", "celeba"], "Of images.")
flags.DEFINE_enum("source", "mnist", ["mnist", "fashion_mnist", "digits"], "Of stacked digits.")
flags.DEFINE_list("models", list(hybrid_plan.SWEEPS), "Models.")
flags.DEFINE_list("latents", None, "The first with every setting; by default the paper's.")
flags.DEFINE_list("seeds", ["0", "1"], "Seeds; the first one with every setting.")
flags.DEFINE_integer("steps", 800, "Of the generator; the paper's are 100,000.", lower_bound=1)
flags.DEFINE_integer("looks", 8, "Points of a curve of figure 11.", lower_bound=1)
flags.DEFINE_integer("base_filters", 8, "Of generator and encoder; the paper's are 32.", 1)
flags.DEFINE_integer("critic_filters", 2, "Of the critic of data; the paper's are 8.", 1)
flags.DEFINE_integer("code_units", 250, "Of the critic of codes; the paper's are 1,000.", 1)
flags.DEFINE_integer("head_units", 128, "Of VEEGAN's head; the paper's are 512 or 1,024.", 1)
flags.DEFINE_integer("draw_units", 64, "Of DRAW's LSTMs; 256 in Gregor et al. 2015.", 1)
flags.DEFINE_integer("examples", 0, "Trained on; 0: the preset's.", lower_bound=0)
flags.DEFINE_integer("samples", 2_000, "Of each model, and in each half of the real images.", 4)
flags.DEFINE_integer("measure_steps", 150, "Of the critics that measure.", lower_bound=1)
flags.DEFINE_integer("neighbors", 3, "k of precision and recall.", lower_bound=1)
flags.DEFINE_integer("rounds", None, "How many runs of each model; all by default.", 1)
flags.DEFINE_bool("report_only", False, "Run nothing; report the runs that are finished.")
flags.DEFINE_bool("mock", False, "Invented images in the place of photographs: a rehearsal.")
flags.DEFINE_integer("workers", None, "Runs at a time; by default one a core.", lower_bound=1)

WIDTHS = ("base_filters", "critic_filters", "code_units", "head_units", "draw_units")
SETTINGS = ("dataset", "models", "latents", "seeds", "steps", "looks", *WIDTHS)
SETTINGS = (*SETTINGS, "examples", "samples", "measure_steps", "neighbors", "rounds")
INVENTED = 16
# Whose samples are shown.
CHOSEN_BY = "negative_wasserstein"
_PHOTOGRAPHS = {"steps": 200_000, "base_filters": 64, "critic_filters": 64, "code_units": 1_000}
PAPER = {
    "color_mnist": {"steps": 100_000, "base_filters": 32, "critic_filters": 8, "code_units": 1_000},
    "cifar10": _PHOTOGRAPHS,
    "celeba": _PHOTOGRAPHS,
}


def runs() -> list[Run]:
    """Return the whole plan, in the order of its rounds.

    Raises:
        ValueError: if the steps cannot be split into looks, or a model is unknown.
    """
    if FLAGS.steps % FLAGS.looks:
        raise ValueError(
            f"{FLAGS.steps} steps cannot be split into --looks={FLAGS.looks} equal parts. Choose a "
            "multiple."
        )
    widths = {name: FLAGS[name].value for name in WIDTHS}
    if FLAGS.dataset == "color_mnist":
        widths["source"] = FLAGS.source
    if FLAGS.examples:
        widths["num_examples"] = FLAGS.examples
    if FLAGS.mock:
        widths |= {"num_examples": INVENTED, "batch_size": INVENTED // 2}
    return hybrid_plan.plan(
        FLAGS.dataset,
        FLAGS.models,
        entry.integers("latents", 1) or hybrid_plan.LATENTS[FLAGS.dataset],
        entry.seeds(),
        widths,
        steps=FLAGS.steps,
        looks=FLAGS.looks,
    )


def budget() -> Budget:
    """Return what the measures may cost."""
    samples = INVENTED // 2 if FLAGS.mock else FLAGS.samples
    return Budget(
        samples=samples,
        critic_steps=FLAGS.measure_steps,
        neighbors=FLAGS.neighbors,
        subset_size=samples // 4,
        rehearsal=FLAGS.mock,
    )


def main(_: list[str]) -> None:
    """Run what is not yet there, and write what was found."""
    entry.refuse_beside("mock", "examples")
    planned = runs()
    wanted = hybrid_plan.rounds(planned, FLAGS.rounds)
    jobs = [(run, budget(), FLAGS.workdir, FLAGS.data_dir) for run in wanted]
    with rehearsal.invented_images(INVENTED if FLAGS.mock else None):
        if FLAGS.report_only:
            jobs = [job for job in jobs if hybrid_study.result_of(job).exists()]
            if not jobs:
                raise ValueError(
                    f"No run of this plan is finished in --workdir={FLAGS.workdir}. Leave out "
                    "--report_only, which runs them."
                )
        # Before the others, which then find the classifier.
        real = hybrid_study.real_data(jobs[0])
        # Invented images are known to this process alone.
        workers = 1 if FLAGS.mock else FLAGS.workers or sweep.cores()
        found = sweep.run(hybrid_study.train, jobs, workers, describe)
    found = [{**fit, "name": job[0].name} for fit, job in zip(found, jobs, strict=True)]
    real["data"]["negative_wasserstein"] = hybrid_summary.real_wasserstein(found)
    summary = hybrid_summary.by_model(found, real["data"])
    record = {
        "settings": {
            **{name: FLAGS[name].value for name in SETTINGS},
            "latents": list(dict.fromkeys(run.latents for run in planned)),
        },
        "mock": FLAGS.mock,
        "planned": len(planned),
        "report_only": FLAGS.report_only,
        "workers": workers,
        "cores": sweep.cores(),
        "paper": PAPER[FLAGS.dataset],
        "real_data": real,
        "summary": summary,
        "fits": found,
    }
    records.write("vae_gan_hybrids", FLAGS.results, record)
    shown = [
        hybrid_summary.best([fit for fit in found if fit["model"] == model], CHOSEN_BY, {})
        for model in summary
    ]
    pictures = hybrid_figures.pictures_of(FLAGS.workdir, [fit for fit in shown if fit])
    path = f"{FLAGS.results}/vae_gan_hybrids.png"
    hybrid_figures.draw(path, record, pictures, planned[0].preset().value_range)


def describe(job: tuple[Run, Budget, str, str | None], result: dict[str, Any]) -> str:
    """Return a run's figures in a line."""
    scores = result["scores"] or {}
    said = {name: text(of[0]) for name, of in scores.items() if isinstance(of, list)}
    return f"{job[0].name}, {sum(result['cpu_seconds']):.0f} CPU s: {result['failure'] or said}"


if __name__ == "__main__":
    entry.start(main)
