"""The two ways by which `gaussian_fit.py` fits a Gaussian: from above, and from below."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

import keras
import numpy as np

import kfdiv
from examples.lib.line_mixture import LineMixture

Curves = Mapping[str, Sequence[float]]

STEPS_PER_CALL = 100
JUDGE_STEPS = 500


class Estimator(abc.ABC):
    """A model of standardised data whose marginal is a Gaussian.

    Args:
        mixture: the data.
        divergence: to minimise.
        steps: optimisation steps, over which learning rates decay along a cosine.
        seed: of the networks and of every draw.
    """

    # The estimate of the divergence among the logs of `evaluate`.
    bound: str
    # Steps of the data's batches; and those of the model.
    default_steps: int

    def __init__(self, mixture: LineMixture, divergence: str, steps: int, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        self.model = self.build(mixture, seed)
        optimizers = self.compile(divergence, steps)
        self._variables = [*self.model.weights, *(v for o in optimizers for v in o.variables)]

    @abc.abstractmethod
    def build(self, mixture: LineMixture, seed: int) -> kfdiv.models.GenerativeModel:
        """Return the model."""

    @abc.abstractmethod
    def compile(self, divergence: str, steps: int) -> list[keras.optimizers.Optimizer]:
        """Compile the model; return its optimizers."""

    @abc.abstractmethod
    def place(self, mu: float, sigma: float) -> None:
        """Make the model's marginal N(mu, sigma^2)."""

    @abc.abstractmethod
    def curve(self, history: Curves, mixture: LineMixture) -> list[float]:
        """Return the bound while training, from the history that `fit` returned."""

    @abc.abstractmethod
    def judge(self, mixture: LineMixture, divergence: str, seed: int) -> float:
        """Estimate the divergence of the fit as it stands, to choose a start by."""

    @abc.abstractmethod
    def marginal(self) -> tuple[float, float]:
        """Return mu and sigma of the model's marginal."""

    def state(self) -> list[np.ndarray]:
        """Return every weight, and the optimizers'."""
        return [variable.numpy() for variable in self._variables]

    def restore(self, state: list[np.ndarray]) -> None:
        """Put back what `state` returned."""
        for variable, value in zip(self._variables, state, strict=True):
            variable.assign(value)


class Upper(Estimator):
    """The auxiliary upper bound: z ~ N(0, 1), x ~ N(a z + b, s^2), an encoder of 2 x 50 units."""

    bound, default_steps = "bound", 6_000

    def build(self, mixture: LineMixture, seed: int) -> kfdiv.models.GenerativeModel:
        """See `Estimator.build`."""
        decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp((1,), [], 1), scale="shared")
        return kfdiv.models.VariationalFDivergence(
            kfdiv.networks.mlp((1,), [50, 50], 2),
            decoder,
            data_density=mixture.standardised(),
            seed=seed,
        )

    def compile(self, divergence: str, steps: int) -> list[keras.optimizers.Optimizer]:
        """See `Estimator.compile`."""
        adam, cosine = keras.optimizers.Adam, keras.optimizers.schedules.CosineDecay
        optimizers = [adam(cosine(1e-2, steps)) for _ in range(2)]
        self.model.compile(divergence, *optimizers, steps_per_execution=STEPS_PER_CALL)
        return optimizers

    def place(self, mu: float, sigma: float) -> None:
        """See `Estimator.place`; half of the variance comes from the latent."""
        kernel, bias = self.model.decoder.network.trainable_variables
        kernel.assign([[sigma * np.sqrt(0.5)]])
        bias.assign([mu])
        self.model.decoder.set_scale(sigma * np.sqrt(0.5))

    def curve(self, history: Curves, mixture: LineMixture) -> list[float]:
        """See `Estimator.curve`; forward KL is trained without E[log p], which is constant."""
        known = self.model.divergence.requires_data_density
        constant = 0.0 if known else mixture.mean_log_prob() + np.log(mixture.std)
        return [loss + constant for loss in history["loss"]]

    def judge(self, mixture: LineMixture, divergence: str, seed: int) -> float:
        """See `Estimator.judge`: the bound itself, of which lower is better."""
        trial = mixture.dataset(10_000, seed + 1, 100_000)
        return self.model.evaluate(trial, verbose=0, return_dict=True)[self.bound]

    def marginal(self) -> tuple[float, float]:
        """See `Estimator.marginal`."""
        observation = self.model.decoder.distribution(np.array([[0.0], [1.0]], "float32"))
        bias, end = observation.mean().numpy()[:, 0]
        return float(bias), float(np.hypot(end - bias, observation.stddev().numpy()[0, 0]))


class Lower(Estimator):
    """Fenchel's lower bound: x = a z + b, z ~ N(0, 1), against a critic of 2 x 64 units.

    Five critic steps for each of the model's.
    """

    bound, default_steps = "lower_bound", 2_000

    def build(self, mixture: LineMixture, seed: int) -> kfdiv.models.GenerativeModel:
        """See `Estimator.build`."""
        critic = kfdiv.networks.mlp((1,), [64, 64], 1, activation="swish")
        return kfdiv.models.FGAN(kfdiv.networks.mlp((1,), [], 1), critic, seed=seed)

    def compile(self, divergence: str, steps: int) -> list[keras.optimizers.Optimizer]:
        """See `Estimator.compile`."""
        cosine = keras.optimizers.schedules.CosineDecay
        critic, decoder = (keras.optimizers.Adam(cosine(2e-3, steps), beta_1=0.5) for _ in range(2))
        self.model.compile(
            divergence,
            critic_optimizer=critic,
            decoder_optimizer=decoder,
            critic_steps=5,
            steps_per_execution=STEPS_PER_CALL,
        )
        return [critic, decoder]

    def place(self, mu: float, sigma: float) -> None:
        """See `Estimator.place`."""
        kernel, bias = self.model.decoder.network.trainable_variables
        kernel.assign([[sigma]])
        bias.assign([mu])

    def curve(self, history: Curves, mixture: LineMixture) -> list[float]:
        """See `Estimator.curve`."""
        return [-loss for loss in history["critic_loss"]]

    def judge(self, mixture: LineMixture, divergence: str, seed: int) -> float:
        """See `Estimator.judge`: a lower bound is low where its critic is bad, so ask another.

        A fresh classifier of data and samples gives a ratio, and so an estimate of any divergence,
        `E_P[a(log u)] + E_Q[b(log u)]`. That is too low where the classifier learned too little,
        but the same classifier for as many steps judges every start: it ranks them, no more.
        """
        keras.utils.set_random_seed(seed)
        test = mixture.dataset(10_000, seed + 2, 100_000)
        critic = kfdiv.networks.mlp((1,), [32, 32], 1, activation="swish")
        adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, JUDGE_STEPS))
        trial = kfdiv.evaluation.independent_critic(
            self.model,
            mixture.dataset(500, seed + 1),
            test,
            divergence="js",
            critic=critic,
            steps=JUDGE_STEPS,
            optimizer=adam,
            jit_compile=False,
        )
        x = np.concatenate([batch for batch, _ in test])
        sides = (
            trial.critic.predict(y, batch_size=10_000, verbose=0)[:, 0]
            for y in (x, self.model.sample(len(x), seed=seed).numpy())
        )
        on_data, on_model = map(kfdiv.divergences.get(divergence).integrands, sides)
        return float(np.mean(on_data[0]) + np.mean(on_model[1]))

    def marginal(self) -> tuple[float, float]:
        """See `Estimator.marginal`."""
        kernel, bias = self.model.decoder.network.trainable_variables
        return float(bias.numpy()[0]), float(abs(kernel.numpy()[0, 0]))


ESTIMATORS: dict[str, type[Estimator]] = {"upper": Upper, "lower": Lower}
