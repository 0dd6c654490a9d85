r"""Fit a univariate Gaussian to a mixture of Gaussians by the upper bound on any f-divergence.

Regenerates Zhang et al. 2019, figure 1, table 2 (upper-bound rows) and figure 8 (right column), for
the paper's mixture or any other on the line, and holds the fit against the exact optimum, found by
quadrature:

    python examples/gaussian_fit.py --results=results/gaussian_fit
    python examples/gaussian_fit.py --weights=0.5,0.5 --means=-2,2 --scales=0.5,1
    --divergences=kl,rkl,js

The model is a bivariate Gaussian, p(z) = N(0, 1) and p(x|z) = N(a z + b, s^2), whose marginal is
N(b, a^2 + s^2); the encoder q(z|x) has two hidden layers of 50 units. Mode-seeking divergences have
several local optima, so the fit starts from the mixture's moments and from each of its components,
and the start with the lowest bound wins, as a user without the answer would choose.
"""

from __future__ import annotations

import time
from typing import Any

import common
import keras
import numpy as np
from absl import app, flags
from scipy import special, stats

import kfdiv

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/gaussian_fit", "Folder for gaussian_fit.json and .png.")
flags.DEFINE_list("weights", ["0.3", "0.7"], "Weights of the mixture's components.")
flags.DEFINE_list("means", ["1", "2"], "Their means.")
flags.DEFINE_list("scales", ["0.1", "0.5"], "Their standard deviations.")
flags.DEFINE_list("divergences", ["kl", "rkl", "js"], "Divergences to minimise.")
flags.DEFINE_integer("seed", 0, "Seed of the fit.")
flags.DEFINE_integer("steps", 6_000, "Optimisation steps from each start.", lower_bound=100)
flags.DEFINE_integer(
    "batch_size", 500, "Draws from data and from model at each step.", lower_bound=2
)

PAPER = {
    "kl": {"optimal_divergence": 0.21, "true_divergence": 0.21, "mu": 1.71, "sigma": 0.62},
    "rkl": {"optimal_divergence": 0.18, "true_divergence": 0.23, "mu": 1.76, "sigma": 0.65},
    "js": {"optimal_divergence": 0.05, "true_divergence": 0.15, "mu": 1.70, "sigma": 0.33},
}
STEPS_PER_CALL = 100


class Mixture:
    """A mixture of Gaussians on the line, and the same with mean 0 and standard deviation 1.

    Fits run on the standardised mixture: an f-divergence is invariant under the change of
    variables, and the networks then see inputs of one size whatever the mixture.
    """

    def __init__(self, weights: list[float], means: list[float], scales: list[float]) -> None:
        known = kfdiv.distributions.GaussianMixture(weights, means, scales)
        self.weights, self.means, self.scales = known.weights, known.means[:, 0], known.scales
        self.mean = float(self.weights @ self.means)
        second = self.weights @ (np.square(self.means) + np.square(self.scales))
        self.std = float(np.sqrt(second - self.mean**2))

    def standardised(self) -> kfdiv.distributions.GaussianMixture:
        """Return the mixture of (x - mean) / std."""
        means = (self.means - self.mean) / self.std
        return kfdiv.distributions.GaussianMixture(self.weights, means, self.scales / self.std)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return log p(x) in float64."""
        parts = stats.norm(self.means[:, None], self.scales[:, None]).logpdf(x)
        return special.logsumexp(parts + np.log(self.weights)[:, None], axis=0)

    def support(self) -> tuple[float, float]:
        """Return an interval that holds the mass of the mixture and of any Gaussian near it."""
        reach = 10 * max(self.std, self.scales.max())
        return self.means.min() - reach, self.means.max() + reach

    def starts(self) -> list[tuple[float, float]]:
        """Return (mu, sigma) of the mixture and of each component."""
        return [(self.mean, self.std), *zip(self.means, self.scales, strict=True)]

    def dataset(self, batch_size: int, seed: int, num_examples: int = 100_000) -> Any:
        """Return standardised draws, in batches."""
        return kfdiv.data.load(
            "gaussian_mixture",
            weights=self.weights.tolist(),
            means=((self.means - self.mean) / self.std).tolist(),
            scales=(self.scales / self.std).tolist(),
            num_examples=num_examples,
            batch_size=batch_size,
            seed=seed,
        )


def build(mixture: Mixture, seed: int) -> kfdiv.models.VariationalFDivergence:
    """Return the bivariate Gaussian model and its encoder, for the standardised mixture."""
    keras.utils.set_random_seed(seed)
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp((1,), [], 1), scale="shared")
    encoder = kfdiv.networks.mlp((1,), [50, 50], 2)
    return kfdiv.models.VariationalFDivergence(
        encoder, decoder, data_density=mixture.standardised(), seed=seed
    )


def place(model: kfdiv.models.VariationalFDivergence, mu: float, sigma: float) -> None:
    """Start the model's marginal at N(mu, sigma^2), half of the variance from the latent."""
    kernel, bias = model.decoder.network.trainable_variables
    kernel.assign([[sigma * np.sqrt(0.5)]])
    bias.assign([mu])
    model.decoder.set_scale(sigma * np.sqrt(0.5))


def marginal(model: kfdiv.models.VariationalFDivergence) -> tuple[float, float]:
    """Return mu and sigma of the model's marginal."""
    observation = model.decoder.distribution(np.array([[0.0], [1.0]], "float32"))
    bias, end = observation.mean().numpy()[:, 0]
    return float(bias), float(np.hypot(end - bias, observation.stddev().numpy()[0, 0]))


def fit(mixture: Mixture, divergence: str) -> dict[str, Any]:
    """Fit by one divergence from every start; return the best start's figures."""
    began = time.perf_counter()
    model = build(mixture, FLAGS.seed)

    def optimizer() -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, FLAGS.steps))

    model.compile(
        divergence,
        encoder_optimizer=optimizer(),
        decoder_optimizer=optimizer(),
        steps_per_execution=STEPS_PER_CALL,
    )
    dataset = mixture.dataset(FLAGS.batch_size, FLAGS.seed)
    optimizers = [model.encoder_optimizer, model.decoder_optimizer]
    variables = [*model.weights, *(v for o in optimizers for v in o.variables)]
    initial = [variable.numpy() for variable in variables]
    trial, final = (mixture.dataset(10_000, FLAGS.seed + 1, num) for num in (100_000, 1_000_000))
    best: dict[str, Any] = {"bound": np.inf}
    for mu, sigma in mixture.starts():
        for variable, value in zip(variables, initial, strict=True):
            variable.assign(value)
        place(model, (mu - mixture.mean) / mixture.std, sigma / mixture.std)
        curve = common.Curve()
        model.fit(
            dataset,
            epochs=-(-FLAGS.steps // STEPS_PER_CALL),
            steps_per_epoch=STEPS_PER_CALL,
            verbose=0,
            callbacks=[curve],
        )
        bound = model.evaluate(trial, verbose=0, return_dict=True)["bound"]
        if bound < best["bound"]:
            fitted = [variable.numpy() for variable in variables]
            best = {"bound": bound, "curve": curve.history("loss")}
    for variable, value in zip(variables, fitted, strict=True):
        variable.assign(value)
    logs = model.evaluate(final, verbose=0, return_dict=True)
    mu, sigma = marginal(model)
    best |= {"mu": mixture.mean + mixture.std * mu, "sigma": mixture.std * sigma}
    best |= {"bound": logs["bound"], "bound_se": logs["bound_se"]}
    support = mixture.support()
    log_q = stats.norm(best["mu"], best["sigma"]).logpdf
    optimum = kfdiv.evaluation.best_gaussian(
        divergence, mixture.log_prob, support, mixture.starts()
    )
    return {
        **best,
        "true_divergence": kfdiv.evaluation.divergence_1d(
            divergence, mixture.log_prob, log_q, support
        ),
        "optimal_divergence": optimum.divergence,
        "optimal_mu": optimum.mu,
        "optimal_sigma": optimum.sigma,
        "seconds": time.perf_counter() - began,
    }


def draw(mixture: Mixture, fits: dict[str, dict[str, Any]], path: str) -> None:
    """Draw the fitted densities beside the mixture, and the bounds during training."""
    with common.figure(path, columns=2) as (left, right):
        low, high = mixture.mean - 4 * mixture.std, mixture.mean + 4 * mixture.std
        x = np.linspace(low, high, 1_000)
        left.plot(x, np.exp(mixture.log_prob(x)), "k", label="data")
        for name, result in fits.items():
            line = left.plot(x, stats.norm(result["mu"], result["sigma"]).pdf(x), label=name)[0]
            right.plot(result["curve"], color=line.get_color(), label=f"{name} bound")
            right.axhline(result["optimal_divergence"], color=line.get_color(), ls=":")
        left.set(title="Fitted Gaussians", xlabel="x", ylabel="density")
        right.set(
            title="Upper bound while training (dotted: optimum)",
            xlabel=f"steps / {STEPS_PER_CALL}",
            ylabel="nats",
            yscale="log",
        )
        left.legend()
        right.legend()


def main(_: list[str]) -> None:
    """Fit by every divergence; print and write the figures."""
    numbers = [
        [float(value) for value in values] for values in (FLAGS.weights, FLAGS.means, FLAGS.scales)
    ]
    mixture = Mixture(*numbers)
    fits = {}
    for name in FLAGS.divergences:
        fits[name] = result = fit(mixture, name)
        excess = result["true_divergence"] / result["optimal_divergence"] - 1
        print(
            f"{name}: mu {result['mu']:.4f}, sigma {result['sigma']:.4f}, true divergence "
            f"{result['true_divergence']:.5f} ({excess:+.2%} of the optimum "
            f"{result['optimal_divergence']:.5f}), "
            f"bound {result['bound']:.5f} +- {result['bound_se']:.5f}, {result['seconds']:.1f} s"
        )
    is_paper = numbers == [[0.3, 0.7], [1.0, 2.0], [0.1, 0.5]]
    record = {
        "mixture": dict(zip(("weights", "means", "scales"), numbers, strict=True)),
        "seed": FLAGS.seed,
        "steps": FLAGS.steps,
        "fits": fits,
        "paper": PAPER if is_paper else {},
    }
    common.write("gaussian_fit", FLAGS.results, record)
    draw(mixture, fits, f"{FLAGS.results}/gaussian_fit.png")


if __name__ == "__main__":
    app.run(main)
