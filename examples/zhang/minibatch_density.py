r"""Fit by reverse KL with the density of each step's batch in place of that of the noised data.

Zhang et al. 2019 take the mixture of noise on the batch's points on the ring (section 3.1) and say
of it that it is biased (section 2.3). Here the bias has figures: a Gaussian is fitted to noised
draws from their mixture of figure 1, whose best Gaussian is known by quadrature, with the batch's
density and with that of all data, by the same batches:

    python -m examples.zhang.minibatch_density --results=results/minibatch_density

Beside the fits is the bias itself, the mean of `log p^(B)(y) - log p^(y)` over batches and over y
of the best Gaussian, in float64. By Jensen's inequality it is below zero.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from absl import flags
from scipy import special, stats

import kfdiv
from examples.lib import entry, records
from examples.lib.line_mixture import LineMixture

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/minibatch_density", "Folder for the JSON and the PNG.")
flags.DEFINE_list("batch_sizes", ["10", "30", "100", "300"], "Examples a batch.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the fits.")
flags.DEFINE_integer("steps", 3_000, "Train steps of a fit.", lower_bound=100)
flags.DEFINE_integer("examples", 3_000, "Points of the data.", lower_bound=10)
flags.DEFINE_float("width", 0.2, "Of the noise.", lower_bound=1e-3)

MIXTURE = ([0.3, 0.7], [1.0, 2.0], [0.1, 0.5])
DENSITIES = ("minibatch", "exact")
STEPS_PER_CALL = 100
LOOKS, QUADRATURE = 300, 4_001


def log_density(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the log-density at `y` of noise on the points `x`, in float64."""
    y, x = np.asarray(y, np.float64), np.asarray(x, np.float64)
    kernels = stats.norm(x, FLAGS.width).logpdf(y[..., np.newaxis])
    return special.logsumexp(kernels, axis=-1) - np.log(len(x))


def fit(
    x: np.ndarray, density: str, batch_size: int, seed: int, start: tuple[float, float]
) -> tuple[float, float]:
    """Return mu and sigma of the noised model that reverse KL ends at, from the best Gaussian."""
    keras.utils.set_random_seed(seed)
    decoder = kfdiv.networks.mlp((1,), [], 1)
    mu, sigma = start
    decoder.set_weights([np.array([[np.sqrt(sigma**2 - FLAGS.width**2)]]), np.array([mu])])
    model = kfdiv.models.VariationalFDivergence(
        kfdiv.networks.mlp((1,), [50, 50], 2),
        decoder,
        noise=FLAGS.width,
        data_density=density,
        seed=seed,
    )
    adam, cosine = keras.optimizers.Adam, keras.optimizers.schedules.CosineDecay
    rates = [adam(cosine(1e-2, FLAGS.steps)) for _ in range(2)]
    model.compile("rkl", *rates, steps_per_execution=STEPS_PER_CALL)
    dataset = kfdiv.data.from_arrays(
        x[:, np.newaxis].astype("float32"), batch_size=batch_size, seed=seed
    )
    model.fit(
        dataset,
        epochs=-(-FLAGS.steps // STEPS_PER_CALL),
        steps_per_epoch=STEPS_PER_CALL,
        verbose=0,
    )
    kernel, bias = (weights.astype(np.float64) for weights in decoder.get_weights())
    return float(bias[0]), float(np.hypot(kernel[0, 0], FLAGS.width))


def bias_of_log(
    x: np.ndarray, batch_size: int, optimum: tuple[float, float], rng: np.random.Generator
) -> tuple[float, float]:
    """Return the mean of `log p^(B) - log p^` over batches, y of the best Gaussian; its error."""
    found = []
    for _ in range(LOOKS):
        y = rng.normal(*optimum, size=100)
        batch = rng.choice(x, batch_size, replace=False)
        found.append(float(np.mean(log_density(y, batch) - log_density(y, x))))
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(LOOKS))


def draw(record: dict[str, Any], path: str) -> None:
    """Draw what the fits lose, and the bias, against the batch."""
    with kfdiv.plotting.figure(path, columns=2) as (left, right):
        for density in DENSITIES:
            mine = [fit for fit in record["fits"] if fit["density"] == density]
            sizes = [fit["batch_size"] for fit in mine]
            left.plot(sizes, [fit["divergence"] for fit in mine], "o", label=density)
        left.axhline(record["optimum"]["divergence"], color="k", ls=":", label="optimum")
        left.set(title="Reverse KL of the fits", xlabel="batch", ylabel="nats", xscale="log")
        left.set(yscale="log")
        left.legend()
        bias = record["bias"]
        right.errorbar(
            [row["batch_size"] for row in bias],
            [row["mean"] for row in bias],
            [row["se"] for row in bias],
            fmt="o-",
        )
        right.axhline(0, color="k", ls=":")
        right.set(title="log p^(B) - log p^, mean", xlabel="batch", ylabel="nats", xscale="log")


def main(_: list[str]) -> None:
    """Find the optimum, fit, measure the bias; print, write and draw."""
    mixture, rng = LineMixture(*MIXTURE), np.random.default_rng(0)
    component = rng.choice(len(mixture.weights), FLAGS.examples, p=mixture.weights)
    x = rng.normal(mixture.means[component], mixture.scales[component]).astype("float32")
    support = (x.min() - 10 * FLAGS.width - 5, x.max() + 10 * FLAGS.width + 5)
    start = float(x.mean()), float(np.hypot(x.std(), FLAGS.width))
    optimum = kfdiv.evaluation.best_gaussian(
        "rkl", lambda y: log_density(y, x), support, [start], QUADRATURE
    )
    best = optimum.mu, optimum.sigma
    fits, bias = [], []
    for batch_size in map(int, FLAGS.batch_sizes):
        mean, error = bias_of_log(x, batch_size, best, rng)
        bias.append({"batch_size": batch_size, "mean": mean, "se": error})
        print(f"batches of {batch_size}: log p^(B) - log p^ {mean:.4f} +- {error:.4f}", flush=True)
        for density in DENSITIES:
            for seed in map(int, FLAGS.seeds):
                mu, sigma = fit(x, density, batch_size, seed, best)
                true = kfdiv.evaluation.divergence_1d(
                    "rkl",
                    lambda y: log_density(y, x),
                    stats.norm(mu, sigma).logpdf,
                    support,
                    QUADRATURE,
                )
                found = {"density": density, "batch_size": batch_size, "seed": seed}
                fits.append({**found, "mu": mu, "sigma": sigma, "divergence": true})
                print(f"  {density}, seed {seed}: {mu:.3f}, {sigma:.3f}, {true:.4f}", flush=True)
    record = {
        "settings": {name: FLAGS[name].value for name in ("examples", "width", "steps")},
        "optimum": optimum._asdict(),
        "bias": bias,
        "fits": fits,
    }
    records.write("minibatch_density", FLAGS.results, record)
    draw(record, f"{FLAGS.results}/minibatch_density.png")


if __name__ == "__main__":
    entry.start(main)
