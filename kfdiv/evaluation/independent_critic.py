"""The independent critic: what a critic that the generator never met says of the generator."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kfdiv import divergences, metrics, networks, random
from kfdiv.data import stream_of
from kfdiv.data.inputs import as_dataset
from kfdiv.distributions.conditional_distribution import full_precision
from kfdiv.evaluation.estimate import Estimate
from kfdiv.losses import fenchel
from kfdiv.models import GenerativeModel, checks, execution
from kfdiv.models.optimization import Player, batch_mean
from kfdiv.models.trainer import Trainer


class IndependentCritic(NamedTuple):
    """A lower bound on `D_f(P || Q)` in nats, Q the model.

    Attributes:
        bound: on data that neither model nor critic was trained on: in expectation at most D_f.
        training_bound: on the data that the critic was trained on, to which it may have fitted
            itself: no bound, but how far it lies above `bound` shows by how much.
        critic: the trained network.
    """

    bound: Estimate
    training_bound: Estimate
    critic: keras.Model

    def figures(self) -> dict[str, float]:
        """Return both estimates by name, with their standard errors."""
        return {
            "bound": self.bound.value,
            "bound_se": self.bound.standard_error,
            "training_bound": self.training_bound.value,
            "training_bound_se": self.training_bound.standard_error,
        }


def independent_critic(
    model: GenerativeModel,
    train_dataset: Any,
    test_dataset: Any,
    divergence: Any = "js",
    critic: keras.Model | None = None,
    steps: int = 2_000,
    optimizer: Any = None,
    seed: int = 0,
    jit_compile: bool | str = "auto",
) -> IndependentCritic:
    """Bound `D_f(P || Q) >= E_P[g_f(v)] - E_Q[f*(g_f(v))]` by a fresh critic v, the model fixed.

    The critic is trained on `train_dataset` against draws of the model, and judged on
    `test_dataset` against others. Given data that the model was not trained on for both, it sees
    a model that has learned its data by heart for what it is; a critic trained on the model's own
    data does not.

    Source: Raffel 2018, section 5, eq. 16, which trains and judges the critic on one held-out set:
    that is `training_bound`. Danihelka et al. 2017, and Rosca et al. 2018, appendix I, do the same
    with a Wasserstein critic.

    Args:
        model: whose draws are x ~ p(x|z), z ~ p(z); it is left as it is.
        train_dataset: what the critic is trained on: a `tf.data.Dataset` of batches x or (x, y), or
            an array of shape `(examples, *event_shape)`.
        test_dataset: what it is judged on, likewise.
        divergence: anything that `kfdiv.divergences.get` accepts.
        critic: a built network from x to one output, untrained: it is trained in place. By default
            three hidden layers of 64 units, of the flattened x; images want convolutions.
        steps: of its training.
        optimizer: its optimizer; by default Adam, its learning rate decaying along a cosine from
            1e-3 to nothing.
        seed: of the draws, and of the default critic's weights.
        jit_compile: True, False, or "auto": XLA where it pays, which it does not for a few hundred
            steps.

    Returns:
        The bound on both data sets, with standard errors, and the critic.

    Raises:
        ValueError: if the critic or the data do not fit the model, or the divergence is unknown.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.FGAN(kfdiv.networks.mlp(2, [], 3), kfdiv.networks.mlp(3, [], 1))
        >>> splits = [kfdiv.data.load("ring", split) for split in ("train", "test")]
        >>> found = independent_critic(model, *splits, divergence="js", steps=100)
        >>> 0.1 < found.bound.value < 0.6931
        True
    """
    if critic is not None and critic is getattr(model, "critic", None):
        raise ValueError(
            "critic is the model's own, which would be trained on, and is not independent. Leave "
            "it out, or give a new network."
        )
    critic = _default_critic(model.event_shape, seed) if critic is None else critic
    trial = _Trial(model, critic, seed)
    train_dataset = as_dataset(train_dataset, seed=seed)
    test_dataset = as_dataset(test_dataset, shuffle=False, drop_remainder=False)
    trial.check_data(test_dataset)
    stream = stream_of(train_dataset)
    # Other data sets' batches may not stack.
    trial.compile(divergence, steps, optimizer, jit_compile, 1 if stream is None else 50)
    trial.fit(train_dataset, steps_per_epoch=steps, verbose=0)
    seen = train_dataset if stream is None else stream.examples()
    return IndependentCritic(trial.estimate(test_dataset), trial.estimate(seen), critic)


def _default_critic(event_shape: tuple[int, ...], seed: int) -> keras.Model:
    """Return an untrained network whose weights are a function of the seed alone."""
    network = networks.mlp(event_shape, [64] * 3, 1, activation="silu")
    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    for k, layer in enumerate(dense):
        start = keras.initializers.GlorotUniform(seed=len(dense) * seed + k)
        layer.kernel.assign(start(layer.kernel.shape))
    return network


class _Trial(Trainer):
    """Trains a critic, and nothing else, to ascend the bound."""

    def __init__(self, model: GenerativeModel, critic: keras.Model, seed: int) -> None:
        super().__init__(seed=seed)
        self.event_shape = model.event_shape
        self.critic = checks.check_critic(critic, self.event_shape, None)
        self.bound_tracker = metrics.SumOfMeans(name="bound")
        # Where Keras does not track it: its metrics are not this model's to reset.
        self._compiled.model = model

    def compile(
        self,
        divergence: Any,
        steps: int,
        optimizer: Any,
        jit_compile: bool | str,
        steps_per_execution: int,
    ) -> None:
        """Choose the divergence, and the optimizer of the critic alone."""
        checks.check_count("steps", steps)
        self._compiled.divergence = divergences.get(divergence)
        schedule = keras.optimizers.schedules.CosineDecay(1e-3, steps)
        self.build_optimizers(
            {"critic": self.critic}, (optimizer,), lambda role: keras.optimizers.Adam(schedule)
        )
        self.configure({}, False, jit_compile, steps_per_execution)

    def xla_compatible(self) -> bool:
        """Say whether the model's draws can be compiled by XLA, and pay for it."""
        model = self._compiled.model
        return model.xla_compatible() and execution.pays_to_compile(model)

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if the data are not of the model's kind."""
        checks.check_dataset(dataset, self.event_shape, self._compiled.model.decoder)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Move the critic up the bound, against new draws of the model."""
        x, terms = self.unpack(data), {}

        def loss() -> tf.Tensor:
            terms["data"], terms["model"] = self._bound(x, self.draw_seed("critic"), training=True)
            return -batch_mean(terms["data"]) - batch_mean(terms["model"])

        value = self.minimize(loss, Player(self.critic_optimizer, self.critic.trainable_variables))
        return self.finish_step(value, terms)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the bound, and its standard error."""
        seed = self.evaluation_seed("critic", self.bound_tracker.count)
        self.bound_tracker.update_state(*self._bound(self.unpack(data), seed, training=False))
        return {"bound": self.bound_tracker.result(), "se": self.bound_tracker.standard_error()}

    def estimate(self, dataset: Any) -> Estimate:
        """Return the bound on a whole data set."""
        # One pass over a few data does not pay for its compilation.
        self.jit_compile = False
        logs = self.evaluate(dataset, verbose=0, return_dict=True)
        return Estimate(float(logs["bound"]), float(logs["se"]))

    def _bound(self, x: tf.Tensor, seed: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the two sides of Fenchel's bound, on x and on as many draws of the model."""
        model = self._compiled.model
        z = model.prior.draw(tf.shape(x)[0], random.fold(seed, 1))
        drawn = model.decoder.sample(z, random.fold(seed, 2), training=False)
        outputs = (full_precision(self.critic(part, training=training)) for part in (x, drawn))
        on_data, on_model = (tf.reshape(output, [-1]) for output in outputs)
        return fenchel.lower_bound(self._compiled.divergence, on_data, on_model)
