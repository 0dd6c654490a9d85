"""The sandwich: an upper and a lower bound of one and the same divergence."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np

from kfdiv import distributions, divergences
from kfdiv.arguments import check_count, check_number
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.evaluation.averaged import averaged
from kfdiv.evaluation.check_model import check_model, check_not_its_own
from kfdiv.evaluation.critic_training import fresh_critic
from kfdiv.evaluation.encoder_training import EncoderTraining, fresh_encoder
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.ratio_critic import RatioCritic
from kfdiv.evaluation.sandwich_data import draws, read, stream
from kfdiv.evaluation.spread import spread_of
from kfdiv.models import GenerativeModel

# Steps of training that are compiled into one call.
_STEPS_PER_CALL = 50
# Of the scored draws: so many lie beyond each of the critic's limits.
_BEYOND = 5


class Sandwich(NamedTuple):
    """Two bounds in nats of one number, `D_f(P || Q)`, P the noised data set, Q the noised model.

    Attributes:
        lower: Fenchel's bound by the critic.
        upper: the auxiliary bound by the encoder.
        width: of the noise, in units of the data; of a learned one the geometric mean.
        critic: the network behind `lower`.
        encoder: that behind `upper`.
    """

    lower: Estimate
    upper: Estimate
    width: float
    critic: keras.Model
    encoder: keras.layers.Layer

    def figures(self) -> dict[str, float]:
        """Return both bounds by name, with their standard errors, and the width of the noise."""
        return {
            "lower": self.lower.value,
            "lower_se": self.lower.standard_error,
            "upper": self.upper.value,
            "upper_se": self.upper.standard_error,
            "width": self.width,
        }


def sandwich(
    model: GenerativeModel,
    data: Any,
    divergence: Any,
    noise: Any = None,
    *,
    critic: keras.Model | None = None,
    encoder: keras.layers.Layer | None = None,
    steps: int = 2_000,
    batch_size: int = 256,
    num_samples: int = 20_000,
    learning_rate: float = 2e-3,
    seed: int = 0,
    jit_compile: bool | str = "auto",
) -> Sandwich:
    """Bound `D_f(P || Q)` from both sides, P the noised data set, Q the noised model.

    P is the mixture of noise kernels on these very data, whose density is known exactly, and not
    the population that they were drawn from: a model that has learned the population has a
    divergence above zero from any finite data set, and one that has learned the data by heart has
    none. Q is what the model draws, x ~ p(x|z), with the same noise. So the two bounds are of one
    number, and it lies between them; how wide they lie apart is how much is not known of it.

    - Above: `D_f(P || Q) <= D_f(p^(y) q(z|y) || p(y|z) p(z))`, the decoder fixed, by a fresh
      encoder q(z|y) that is fitted to it. It is tight for the model's posterior.
    - Below: `D_f(P || Q) >= E_P[f'(e^v)] - E_Q[f*(f'(e^v))]` by a fresh critic v, trained towards
      `log p/q` by the logistic loss. It is tight there.

    Either is a mean over `num_samples` draws that did not train it; since P is known, noise makes
    new draws of it without end. The lower one is loose where f' has no limit and p/q, for KL, or
    q/p, for reverse KL, is large on few draws: from draws of Q alone no bound on KL can be sure to
    reach much beyond log(num_samples). So the critic is limited to what it says of all but five of
    as many other draws, and the gap says how much that costs.

    Source: above, Zhang et al. 2019, eq. 8-10; below, Nowozin et al. 2016, eq. 6. On the reach of
    lower bounds: McAllester and Stratos 2020, "Formal limitations on the measurement of mutual
    information".

    Args:
        model: any unconditional one whose decoder is `Deterministic`, or `Normal` under Gaussian
            noise: noise gives these a density given z. It has none for `Implicit` decoders, and
            none in closed form for `Bernoulli` and `QuantizedNormal`, which are refused. The model
            is left as it is, its own encoder and critic are not used.
        data: training or held-out data: whatever `fit` takes as x, with an end, or a tuple of
            arrays `(x, y)` or `(x, y, w)`. They are read into memory. Weights w are the mixture's.
            Pixels are scaled like those that the model was fitted on.
        divergence: anything that `kfdiv.divergences.get` accepts.
        noise: of `kfdiv.noise`, or a number, the width of a Gaussian. By default the model's own
            at its present width; where it has none, Gaussian of half the data's standard
            deviation. The number that is bounded depends on it, and falls as it widens.
        critic: a built network from y to one output, untrained: it is trained in place. By default
            three hidden layers of 64 units, of the flattened y; images want convolutions.
        encoder: q(z|y), likewise: a built network with `2 * latent_size` outputs, or a
            `kfdiv.distributions.ConditionalDistribution`. By default two hidden layers of 128
            units.
        steps: of each one's training.
        batch_size: draws of P, and of Q, at each of them.
        num_samples: draws of P, and of Q, that each bound is measured on.
        learning_rate: Adam's at first, for both; it decays along a cosine to nothing.
        seed: of all draws, and of the default networks' weights.
        jit_compile: True, False, or "auto": XLA where it pays, which it does not for a few hundred
            steps.

    Returns:
        Both bounds, with standard errors.

    Raises:
        ValueError: if the decoder's noised draws have no density given z, the model is
            conditional, the networks or the data do not fit it, or the divergence is unknown.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.FGAN(kfdiv.networks.mlp(1, [], 2), kfdiv.networks.mlp(2, [], 1))
        >>> x = [[0.0, 0.0], [1.0, 1.0]]
        >>> found = sandwich(model, x, "js", noise=1.0, steps=50, num_samples=2_000)
        >>> found.lower.value < found.upper.value + 3 * found.upper.standard_error
        True
    """
    measure = SandwichMeasure(
        data,
        divergence,
        noise,
        critic=critic,
        encoder=encoder,
        steps=steps,
        batch_size=batch_size,
        num_samples=num_samples,
        learning_rate=learning_rate,
        seed=seed,
        jit_compile=jit_compile,
    )
    return measure(model)


class SandwichMeasure:
    """The sandwich of a model that trains: from one call to the next critic and encoder go on.

    Called on the model it returns its `Sandwich`, as `sandwich` does at first. At a later call
    critic and encoder start from where they were, which saves most of their steps while the model
    moves little. The noise is that of the first call; name it where the model's own changes as it
    trains. Bounds stay bounds: what is measured on never trained.

    Arguments are those of `sandwich`, but for the model; `steps` are those of each call.

    Example:
        >>> import kfdiv
        >>> x = kfdiv.data.load("ring")
        >>> measure = SandwichMeasure(x, "js", noise=0.5, steps=300)
        >>> callback = kfdiv.callbacks.Interval("run/interval.png", measure)
        >>> # model.fit(x, epochs=20, callbacks=[callback])
    """

    def __init__(
        self,
        data: Any,
        divergence: Any,
        noise: Any = None,
        *,
        critic: keras.Model | None = None,
        encoder: keras.layers.Layer | None = None,
        steps: int = 2_000,
        batch_size: int = 256,
        num_samples: int = 20_000,
        learning_rate: float = 2e-3,
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ) -> None:
        self.divergence = divergences.get(divergence)
        self.noise = noise
        self.steps = check_count("steps", steps)
        self.batch_size = check_count("batch_size", batch_size)
        self.num_samples = check_count("num_samples", num_samples, least=2 * _BEYOND)
        self.learning_rate = check_number("learning_rate", learning_rate, above=0)
        self.seed = check_count("seed", seed, least=-np.inf, expected="an integer")
        self._jit_compile = jit_compile
        self._data = data
        self._networks = critic, encoder
        self._model: GenerativeModel | None = None

    def __call__(self, model: GenerativeModel) -> Sandwich:
        """Train both networks some more, and measure both bounds."""
        with averaged(model):
            return self._measure(model)

    def _measure(self, model: GenerativeModel) -> Sandwich:
        check_model(model, "sandwich")
        if model is not self._model:
            self._begin(model)
        for training in (self._below, self._above):
            training.fit(self._stream, steps_per_epoch=self.steps, verbose=0)
        self._below.limit(self._scored, _BEYOND)
        return Sandwich(
            self._below.estimate(self._scored),
            self._above.estimate(self._scored),
            self._spread.size,
            self._below.critic,
            self._above.encoder,
        )

    def _begin(self, model: GenerativeModel) -> None:
        """Meet the model: all that can be wrong is found here, before work begins."""
        critic, encoder = self._networks
        check_not_its_own(model, critic=critic, encoder=encoder)
        data = read(self._data, model)
        spread = spread_of(model, self.noise, data, "sandwich")
        density = distributions.Empirical(
            data.x, spread.noise, sample_weight=data.weight, dtype=density_dtype(model)
        )
        shape, size = model.event_shape, model.prior.size
        critic = fresh_critic(shape, self.seed) if critic is None else critic
        encoder = fresh_encoder(shape, size, self.seed) if encoder is None else encoder
        self._below = RatioCritic(model, critic, spread, self.seed)
        self._above = EncoderTraining(model, encoder, spread, density, self.seed)
        for training in (self._below, self._above):
            training.compile(
                self.divergence,
                self._optimizer(),
                jit_compile=self._jit_compile,
                steps_per_execution=min(_STEPS_PER_CALL, self.steps),
            )
        self._stream = stream(data, self.batch_size, self.seed)
        self._scored = draws(data, self.num_samples, self.seed)
        self._spread, self._model = spread, model

    def _optimizer(self) -> keras.optimizers.Optimizer:
        """Return one whose rate decays along a cosine in every call."""
        restarts = keras.optimizers.schedules.CosineDecayRestarts
        schedule = restarts(self.learning_rate, self.steps, t_mul=1.0, m_mul=1.0)
        return keras.optimizers.Adam(schedule)
