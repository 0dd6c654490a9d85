r"""Compare variational autoencoders whose pixels are Bernoulli's with such of quantised normals.

Regenerates Rosca et al. 2018, section 4.2 and appendix D, figure 7: the same autoencoder, trained
with either distribution of pixels. The paper says that a Bernoulli is more effective at generation
and a quantised normal at inference, and gives the KL terms of the models that it shows: 44.7 and
256.7 nats.

    python -m examples.rosca.pixel_likelihood --results=results/pixel_likelihood

Of each model and seed, all of held-out images: the KL term; inference, as squared error of
reconstructions a pixel and as the share of images whose three digits a classifier still reads;
generation, as an independent Wasserstein critic's figure (lower is better), the kernel distance
(KID), precision and recall in the classifier's features; and the gap between samples and
reconstructions, by their kernel distances. Samples and reconstructions are means of p(x|z), as
pictures are. The figure has data, reconstructions and samples of the first seed.

Appendix D explains the difference by gradients: of a Bernoulli x - s(l) in its logit l, of a normal
(x - m)/s^2 in its mean m, so that the former were "equivalent to a Gaussian with variance 1"
(`tests/distributions/test_pixel_gradients.py` has both exactly). A logit is no mean, so a third
model, the normal of variance 1 itself, shows whether they are alike. The quantised normal's scales
are learned, one a pixel, from 0.1; their median is told.

What differs from the paper: it trains 100,000 iterations at full width; the defaults here are a
budget for a core, a quarter of the width. Fits are shared among `--workers`. One that was
interrupted goes on where it stopped, and one that is finished in the workdir is only read.
"""

from __future__ import annotations

from absl import flags

from examples.lib import entry, likelihood_sweep, panels, records
from kfdiv.arguments import check_choice
from kfdiv.presets.rosca.kinds import OBSERVATIONS

FLAGS = flags.FLAGS
likelihood_sweep.define_flags("pixel_likelihood", steps=2_000, looks=10)
flags.DEFINE_list("observations", list(OBSERVATIONS), "Distributions of pixels.")

MEASURES = ("held_out_kl", "squared_error", "digits_kept", "wasserstein")
MEASURES = (*MEASURES, "kid", "kid_of_reconstructions", "precision", "recall")
TITLES = {
    "bernoulli": "Bernoulli",
    "quantized_normal": "quantised normal",
    "unit_normal": "normal of variance 1",
}
# The KL terms, in nats, of the models that figure 7 shows.
PAPER = {"Bernoulli": 44.7, "quantised normal": 256.7}


def main(_: list[str]) -> None:
    """Train and measure what is not yet there, and write what was found."""
    names = [check_choice("observations", name, OBSERVATIONS) for name in FLAGS.observations]
    jobs = likelihood_sweep.jobs_of({name: {"observation": name} for name in names})
    record = likelihood_sweep.run(jobs, TITLES, MEASURES)
    records.write("pixel_likelihood", FLAGS.results, {"paper": PAPER, **record})
    shown = likelihood_sweep.pictures(jobs, TITLES)
    titles = {"images": "held-out data", "reconstructions": "reconstructions", "samples": "samples"}
    grids = {
        system: {told: images[name] for name, told in titles.items()}
        for system, images in shown.items()
    }
    if grids:
        path = f"{FLAGS.results}/pixel_likelihood.png"
        panels.image_columns(path, grids, (0.0, 1.0), size=2.2)


if __name__ == "__main__":
    entry.start(main)
