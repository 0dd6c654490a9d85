r"""Fit far-apart Gaussians by f-GM, and let the density of the data tell which modes were lost.

Regenerates Roquero Gimenez and Zou 2022, figure 2, and puts numbers on what section IV.b says of
it: under Jensen-Shannon the generator gathers on one mode, and the likelihood of the real data
shows it while training goes on; and what section IV.a says of forward KL, that it keeps them all.

    python -m examples.fgm.fgm_collapse --results=results/fgm_collapse

For each divergence and seed it reports in which epoch `kfdiv.callbacks.CollapseMonitor` found each
mode dead, and how many modes the samples cover at the end (at least 1% of the samples within three
standard deviations). The figure shows the first seed: samples of both at four epochs, and the
mean log p_eta of each mode's data; dots say when a mode was found dead. The paper gives no sizes or
settings, so all of these are ours: four Gaussians, two hidden layers of 64 units, a decoder of the
modes' own width, and Adam with learning rate 1e-3 and gradients of norm 1 at most, without which
p_eta wanders under forward KL. The density is a positive network that need not integrate to one, as
the bound allows, or with `--density=maf` a normalised flow.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import keras
import numpy as np
from absl import flags

import kfdiv
from examples.lib import entry, records

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/fgm_collapse", "Folder for fgm_collapse.json and .png.")
flags.DEFINE_string("workdir", "runs/fgm_collapse", "Folder for the monitor's pictures.")
flags.DEFINE_list("divergences", ["js", "kl"], "Divergences to minimise.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("epochs", 40, "Epochs, of 50 steps.", lower_bound=4)
flags.DEFINE_integer("batch_size", 200, "Examples a batch.", lower_bound=1)
flags.DEFINE_enum("density", "unnormalized", ["unnormalized", "maf"], "What p_eta is.")
flags.DEFINE_float("distance", 4.0, "Of the modes from either axis.", lower_bound=0.0)
flags.DEFINE_float("scale", 0.5, "Standard deviation of the modes.", lower_bound=0.0)
flags.DEFINE_integer("samples", 10_000, "Samples to find modes in.", lower_bound=100)

STEPS_PER_EPOCH = 50
SHOWN = 1_000


class Snapshots(keras.callbacks.Callback):
    """Keeps samples of some epochs."""

    def __init__(self, epochs: list[int]) -> None:
        super().__init__()
        self.epochs = epochs
        self.samples: dict[int, np.ndarray] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Draw, if this is one of the epochs."""
        if epoch + 1 in self.epochs:
            drawn = self.model.sample(SHOWN, seed=0, observation_noise=True)
            self.samples[epoch + 1] = np.asarray(drawn)


def mixture(split: str, seed: int = 0, batch_size: int | None = None) -> Any:
    """Return the data set: four Gaussians of equal weight at the corners of a square."""
    corners = FLAGS.distance * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    return kfdiv.data.load(
        "gaussian_mixture",
        split,
        weights=[1, 1, 1, 1],
        means=corners,
        scales=FLAGS.scale,
        num_examples=STEPS_PER_EPOCH * FLAGS.batch_size,
        batch_size=batch_size or FLAGS.batch_size,
        seed=seed,
    )


def build(seed: int) -> kfdiv.models.FGM:
    """Return the three networks, untrained."""
    keras.utils.set_random_seed(seed)
    mlp, hidden = kfdiv.networks.mlp, [64, 64]
    if FLAGS.density == "maf":
        density = kfdiv.flows.maf(2, layers=4, units=hidden)
    else:
        density = kfdiv.flows.Unnormalized(mlp(2, hidden, 1))
    return kfdiv.models.FGM(
        encoder=mlp(2, hidden, 4),
        decoder=kfdiv.distributions.Normal(mlp(2, hidden, 2), scale=FLAGS.scale),
        density=density,
        seed=seed,
    )


def fit(divergence: str, seed: int, epochs: list[int]) -> tuple[dict[str, Any], Snapshots]:
    """Train one model under the monitor's eyes; return its record, and samples of `epochs`."""
    x, labels = (np.asarray(part) for part in next(iter(mixture("test", batch_size=SHOWN))))
    picture = f"{FLAGS.workdir}/{divergence}-{seed}.png"
    monitor = kfdiv.callbacks.CollapseMonitor(picture, x, labels)
    snapshots = Snapshots(epochs)
    model = build(seed)
    optimizers = (keras.optimizers.Adam(1e-3, global_clipnorm=1.0) for _ in range(3))
    model.compile(divergence, *optimizers, steps_per_execution=STEPS_PER_EPOCH)
    dataset = mixture("train", seed)
    began = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", kfdiv.callbacks.ModeCollapseWarning)
        model.fit(dataset, epochs=FLAGS.epochs, verbose=0, callbacks=[monitor, snapshots])
    messages = [str(w.message) for w in caught if w.category is kfdiv.callbacks.ModeCollapseWarning]
    info = dataset.stream.info
    samples = np.asarray(model.sample(FLAGS.samples, seed=1, observation_noise=True))
    labels = kfdiv.evaluation.mode_within(samples, info)
    coverage = kfdiv.evaluation.mode_coverage(labels, info.weights, FLAGS.samples // 100)
    history, dead = monitor.collapse.history, monitor.collapse.dead
    record = {
        "divergence": divergence,
        "seed": seed,
        "died_in_epoch": {str(monitor.modes[mode]): epoch for mode, epoch in dead.items()},
        "named_before_half": bool(dead) and max(dead.values()) < FLAGS.epochs / 2,
        "modes_covered": coverage.covered,
        "samples_by_mode": (coverage.counts / FLAGS.samples).tolist(),
        "log_density_by_epoch": [vitals.log_prob.tolist() for vitals in history],
        "share_by_epoch": [vitals.share.tolist() for vitals in history],
        "warnings": messages,
        "seconds": time.perf_counter() - began,
    }
    return record, snapshots


def draw(shown: dict[str, tuple[dict[str, Any], Snapshots]], data: np.ndarray) -> None:
    """Draw samples at some epochs, and the likelihood of the data, a row a divergence."""
    columns = 1 + len(next(iter(shown.values()))[1].epochs)
    path, limit = f"{FLAGS.results}/fgm_collapse.png", 2 * FLAGS.distance
    with kfdiv.plotting.figure(path, columns, len(shown), size=(3.6, 2.6)) as axes:
        for row, (name, (record, snapshots)) in zip(
            np.reshape(axes, (-1, columns)), shown.items(), strict=True
        ):
            for panel, (epoch, samples) in zip(row, snapshots.samples.items(), strict=False):
                panel.scatter(*data.T, s=2, c="tab:red")
                panel.scatter(*samples.T, s=2, c="tab:blue")
                window = (-limit, limit)
                panel.set(xlim=window, ylim=window, aspect="equal", title=f"{name}, epoch {epoch}")
            curves = np.array(record["log_density_by_epoch"]).T
            for mode, curve in enumerate(curves):
                died = record["died_in_epoch"].get(str(mode))
                (line,) = row[-1].plot(np.arange(len(curve)) + 1, curve, label=f"mode {mode}")
                if died is not None:
                    row[-1].axvline(died, color=line.get_color(), ls=":")
            row[-1].set(title="mean log p_eta of data", xlabel="epoch")
            row[-1].legend(fontsize="x-small")


def main(_: list[str]) -> None:
    """Fit by every divergence and seed; print, draw and write what became of the modes."""
    epochs = [1, FLAGS.epochs // 8 + 1, FLAGS.epochs // 4 + 1, FLAGS.epochs]
    fits: list[dict[str, Any]] = []
    shown: dict[str, tuple[dict[str, Any], Snapshots]] = {}
    for name in FLAGS.divergences:
        for seed in entry.seeds():
            record, snapshots = fit(name, seed, epochs)
            fits.append(record)
            shown.setdefault(name, (record, snapshots))
            died = record["died_in_epoch"] or "none"
            print(f"{name}, seed {seed}: died {died}, {record['modes_covered']} of 4 modes covered")
            for message in record["warnings"]:
                print(f"  {message}")
    names = ("epochs", "batch_size", "density", "distance", "scale", "samples")
    settings = {name: FLAGS[name].value for name in names}
    settings["steps_per_epoch"] = STEPS_PER_EPOCH
    records.write("fgm_collapse", FLAGS.results, {"settings": settings, "modes": 4, "fits": fits})
    draw(shown, np.asarray(next(iter(mixture("test", batch_size=SHOWN)))[0]))


if __name__ == "__main__":
    entry.start(main)
