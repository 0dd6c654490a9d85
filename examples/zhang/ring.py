r"""Fit a latent-variable model to seven Gaussians on a circle by any f-divergence.

Regenerates Zhang et al. 2019, figure 3, and puts numbers on what the figure shows:

    python -m examples.zhang.ring --results=results/ring

For each divergence and seed it reports the modes covered (of seven: at least 1% of the samples
within three standard deviations), and the share of 10,000 samples that lie within three standard
deviations of some mode; the picture has the first seed. Settings are the paper's (section 3.1):
five hidden layers of 400 units, a two-dimensional latent, Adam with learning rate 1e-3, 100 latents
and 10 draws for each, and spread noise annealed from 1.0 to 0.1. Five are ours: one encoder step
for each decoder step, where the paper has "several"; p^(y) of the whole data set, where it has the
minibatch's; the networks start from He's initialisation, because with Glorot's a network this deep
forgets its latent before the noise is small enough to show it anything; the first half of the steps
is by forward KL, because under wide noise Jensen-Shannon forgets it too; and the learning rate
decays along a cosine.
"""

from __future__ import annotations

import time
from typing import Any

import keras
from absl import flags

import kfdiv
from examples.lib import entry, records

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/ring", "Folder for ring.json and ring.png.")
flags.DEFINE_list("divergences", ["kl", "js", "rkl"], "Divergences to minimise.")
flags.DEFINE_list("seeds", ["0", "1", "2", "3", "4"], "Seeds of networks, data and noise.")
flags.DEFINE_integer("steps", 2_000, "Decoder steps.", lower_bound=1)
flags.DEFINE_integer("warmup_steps", 1_000, "The first of them, by forward KL.", lower_bound=0)
flags.DEFINE_integer("encoder_steps", 1, "Encoder steps for each of them.", lower_bound=1)

STEPS_PER_CALL = 50
SAMPLES = 10_000


def build(seed: int) -> kfdiv.models.VariationalFDivergence:
    """Return the paper's networks with annealed spread noise."""
    keras.utils.set_random_seed(seed)
    hidden, start = [400] * 5, {"kernel_initializer": "he_normal"}
    return kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp((3,), hidden, 4, **start),
        decoder=kfdiv.networks.mlp((2,), hidden, 3, **start),
        noise=kfdiv.noise.Gaussian(kfdiv.noise.Annealed(1.0, 0.1, steps=FLAGS.steps)),
        seed=seed,
    )


def optimizer() -> keras.optimizers.Optimizer:
    """Return Adam with the paper's learning rate, decaying to nothing."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, FLAGS.steps))


def measure(model: kfdiv.models.VariationalFDivergence, ring: Any) -> dict[str, float]:
    """Return modes covered and the share of good samples."""
    samples = model.sample(SAMPLES, seed=1).numpy()
    labels = kfdiv.evaluation.mode_within(samples, ring)
    coverage = kfdiv.evaluation.mode_coverage(labels, ring.weights, least=SAMPLES // 100)
    return {
        "modes_covered": coverage.covered,
        "good_samples": 1 - coverage.unassigned / SAMPLES,
        "samples_by_mode": (coverage.counts / SAMPLES).tolist(),
    }


def fit(name: str, seed: int) -> tuple[kfdiv.models.VariationalFDivergence, dict[str, Any]]:
    """Fit by one divergence; return the model and its figures."""
    dataset = kfdiv.data.load("ring", num_examples=2_000, batch_size=100, seed=seed)
    began = time.perf_counter()
    model = build(seed)
    model.compile(
        name,
        encoder_optimizer=optimizer(),
        decoder_optimizer=optimizer(),
        warmup_steps=FLAGS.warmup_steps,
        encoder_steps=FLAGS.encoder_steps,
        model_samples=100,
        samples_per_latent=10,
        steps_per_execution=STEPS_PER_CALL,
    )
    history = model.fit(
        dataset,
        epochs=-(-FLAGS.steps // STEPS_PER_CALL),
        steps_per_epoch=STEPS_PER_CALL,
        verbose=0,
    ).history
    figures = {**measure(model, dataset.stream.info), "curve": history["loss"]}
    return model, {**figures, "seconds": time.perf_counter() - began}


def main(_: list[str]) -> None:
    """Fit by every divergence; print, draw and write the figures."""
    ring = kfdiv.data.load("ring", num_examples=2_000).stream.info
    fits: list[dict[str, Any]] = []
    models: dict[str, kfdiv.models.VariationalFDivergence] = {}
    for seed in entry.seeds():
        for name in FLAGS.divergences:
            model, figures = fit(name, seed)
            models.setdefault(name, model)
            fits.append({"system": name, "seed": seed, **figures})
            print(
                f"{name}, seed {seed}: {figures['modes_covered']} of {len(ring.modes)} modes, "
                f"{figures['good_samples']:.1%} good samples, {figures['seconds']:.1f} s",
                flush=True,
            )
    names = ("seeds", "steps", "warmup_steps", "encoder_steps")
    record = {name: FLAGS[name].value for name in names}
    records.write("ring", FLAGS.results, {**record, "fits": fits})
    x, mode = next(iter(kfdiv.data.load("ring", num_examples=2_000, batch_size=2_000, seed=1)))
    path, plane = f"{FLAGS.results}/ring.png", kfdiv.plotting.Plane(ring.modes)
    with kfdiv.plotting.figure(path, columns=len(models), rows=2) as axes:
        for (name, model), (above, below) in zip(
            models.items(), axes.reshape(2, -1).T, strict=True
        ):
            above.scatter(*plane(model.sample(2_000, seed=2)).T, s=2)
            above.scatter(*plane(ring.modes).T, marker="+", c="k", s=80)
            above.set(title=f"{name}: samples (+: modes)", aspect="equal")
            below.scatter(*model.encode(x, seed=0).numpy().T, s=2, c=mode, cmap="tab10")
            below.set(title=f"{name}: latent codes of data, by mode", aspect="equal")


if __name__ == "__main__":
    entry.start(main)
