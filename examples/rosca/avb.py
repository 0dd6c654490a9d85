r"""Train adversarial variational Bayes without and with adaptive contrast, a VAE beside it.

Regenerates Rosca et al. 2018, appendix J, figure 17: AVB without adaptive contrast "was not able to
match q(z) and p(z)", so that an independent critic easily tells its samples from data (left), whose
digits "do not appear well defined for a large number of samples" (right). Section 6.1 says why: it
is hard for the critic of pairs (x, z) to learn to ignore x where z comes from the prior. Adaptive
contrast (Mescheder et al. 2017), which the paper names as the remedy, stands beside it, and so does
the VAE.

    python -m examples.rosca.avb --results=results/avb

All three have the networks of Tables 6 and 7, Bernoulli pixels, and see the same data. What the
paper does not say is ours: AVB's implicit encoder is the VAE's, whose outputs and noise go through
one more layer; its critic is VEEGAN's critic of pairs (Table 8); rates, of which Table 5 has none
for AVB, are `--learning_rate` for encoders and decoders and `--critic_learning_rate`.

At each look a new Wasserstein critic (appendix I) meets held-out images and means of p(x|z): its
figure is the curve, lower is better. It has the scale of the critic's slope, which is told. At the
end: reconstructions, the kernel distance (KID), precision and recall of samples, as in
`pixel_likelihood`; and of codes of training images the KL between the Gaussian of their moments and
the prior, the least that KL[q(z) || p(z)] can be, and a classifier's estimate of it, which is as a
rule too low. An AVB's "KL term" is what its critic says. That of adaptive contrast is too low, by
about a nat in `--moment_draws` for every latent, even if its critic is optimal.

What differs from the paper: it trains 100,000 iterations at full width; the defaults here are a
budget for a core, a quarter of the width. Fits are shared among `--workers`. One that was
interrupted goes on where it stopped, and one that is finished in the workdir is only read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import entry, likelihood_sweep, panels, records
from kfdiv.arguments import check_choice

FLAGS = flags.FLAGS
likelihood_sweep.define_flags("avb", steps=1_200, looks=3)
flags.DEFINE_list("systems", ["avb", "avb-ac", "vae"], "Of avb, avb-ac, vae.")
flags.DEFINE_integer("critic_filters", 2, "Of AVB's critic; the paper's others have 8.", 1)
flags.DEFINE_integer("units", 256, "Of dense layers; the paper's others have 512 and 1,000.", 1)
flags.DEFINE_float("learning_rate", 1e-3, "Of encoders and decoders.")
flags.DEFINE_float("critic_learning_rate", 1e-3, "Of AVB's critic.")
flags.DEFINE_integer("moment_draws", 8, "Of each posterior, for adaptive contrast.", lower_bound=6)
flags.DEFINE_integer("codes", 5_000, "Of training images, to compare with the prior.", 10)

OWN = ("critic_filters", "units", "learning_rate", "critic_learning_rate", "moment_draws", "codes")
MEASURES = ("wasserstein", "kid", "precision", "recall", "squared_error", "held_out_kl")
MEASURES = (*MEASURES, "gaussian_part", "ratio")
TITLES = {"avb": "AVB", "avb-ac": "AVB, adaptive contrast", "vae": "VAE"}


def settings_of(system: str) -> dict[str, Any]:
    """Return the settings of `rosca/color_mnist` that make it this system."""
    settings: dict[str, Any] = {"learning_rate": FLAGS.learning_rate}
    if system == "vae":
        return settings
    settings |= {
        "model_name": "avb",
        "critic_filters": FLAGS.critic_filters,
        "critic_learning_rate": FLAGS.critic_learning_rate,
        "code_units": FLAGS.units,
        "head_units": FLAGS.units,
    }
    if system == "avb-ac":
        settings |= {"adaptive_contrast": True, "moment_draws": FLAGS.moment_draws}
    return settings


def draw(record: dict[str, Any], samples: dict[str, np.ndarray]) -> None:
    """Draw the critic's curves, then samples of the first seed, a panel a system."""
    path = f"{FLAGS.results}/avb.png"
    with kfdiv.plotting.figure(path, 1 + len(samples), size=(4.0, 3.2)) as axes:
        curves, *panes = np.ravel(axes)
        for name in record["summary"]:
            mine = [fit for fit in record["fits"] if fit["system"] == name and not fit["failure"]]
            values, steps = [fit["wasserstein_by_look"] for fit in mine], mine[0]["at_step"]
            (line,) = curves.plot(steps, np.mean(values, axis=0), marker="o", label=name)
            ends = np.min(values, axis=0), np.max(values, axis=0)
            curves.fill_between(steps, *ends, color=line.get_color(), alpha=0.2)
        curves.set(title="independent Wasserstein critic", xlabel="step", ylabel="data - samples")
        curves.set_ylim(bottom=0.0)
        curves.legend(fontsize="x-small")
        for (name, images), panel in zip(samples.items(), panes, strict=True):
            panels.show(panel, images, f"{name}: samples", 8)


def main(_: list[str]) -> None:
    """Train and measure what is not yet there, and write what was found."""
    names = [check_choice("systems", name, TITLES) for name in FLAGS.systems]
    systems = {name: settings_of(name) for name in names}
    jobs = likelihood_sweep.jobs_of(systems, curve=True, codes=FLAGS.codes)
    record = likelihood_sweep.run(jobs, TITLES, MEASURES)
    record["settings"] |= {name: FLAGS[name].value for name in OWN}
    records.write("avb", FLAGS.results, record)
    shown = likelihood_sweep.pictures(jobs, TITLES)
    draw(record, {name: images["samples"] for name, images in shown.items()})


if __name__ == "__main__":
    entry.start(main)
