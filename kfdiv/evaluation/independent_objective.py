"""What a model's own objective is worth by a critic that begins afresh on held-out data."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.arguments import check_count
from kfdiv.evaluation.against_model import AgainstModel
from kfdiv.evaluation.averaged import of_averages
from kfdiv.evaluation.check_model import check_model, check_not_its_own, check_seed
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.held_out_training import datasets_of, rising_steps, train_critic
from kfdiv.evaluation.penalized_critic import risen
from kfdiv.evaluation.seeding import begun_afresh
from kfdiv.models import GenerativeModel, checks
from kfdiv.models.batch import Batch
from kfdiv.models.critic_value import HasCriticValue
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role

BOUND, VALUE = "bound_by_critic", "value"


class IndependentObjective(NamedTuple):
    """What a model's game is worth by a fresh critic.

    Attributes:
        value: V on the test data, minus what the critic minimises there without a penalty.
        training_value: on the data that the critic was trained on.
        bound: what `model.evaluate` would report on the test data by this critic.
        training_bound: on the data that the critic was trained on.
        name: what `model.evaluate` calls the bound: "lower_bound", "wasserstein", ...
        critic: the trained network.
    """

    value: Estimate
    training_value: Estimate
    bound: Estimate
    training_bound: Estimate
    name: str
    critic: keras.Model

    def figures(self) -> dict[str, float]:
        """Return the estimates by name, with their standard errors."""
        found = {
            "value": self.value,
            "training_value": self.training_value,
            self.name: self.bound,
            f"training_{self.name}": self.training_bound,
        }
        return {
            name + suffix: number
            for name, one in found.items()
            for suffix, number in (("", one.value), ("_se", one.standard_error))
        }


@of_averages
def independent_objective(
    model: GenerativeModel,
    train_dataset: Any,
    test_dataset: Any,
    critic: keras.Model | None = None,
    steps: int = 2_000,
    optimizer: Any = None,
    seed: int = 0,
    jit_compile: bool | str = "auto",
) -> IndependentObjective:
    """Estimate `max_v E_P E_Q V(v(x), v(x'))`, V the game that the model was trained by.

    The model stays as it is. A critic begins afresh, plays the game of `model.compile` on
    `train_dataset`, with its penalty, whose weight rises over the first tenth of the steps, and is
    judged on `test_dataset`, which it has not met. It sees what the model's own critic sees: x,
    pairs (x, z), and conditions. Of the VAE-GAN family the game is that of codes, and the data
    critic of an `AAEGAN` plays no part; `independent_critic` says how far samples are from data.

    V is minus the critic's loss: of logistic critics, `E_P[log D] + E_Q[log(1 - D)]`, at most
    2 JS - log 4. The bound is what `model.evaluate` reports, by this critic: of an `AGE` a lower
    bound on its divergence, of a `VEEGAN` the cross-entropy bound (Rosca et al. 2018, eq. 14), of
    an `AVB` the negative ELBO.

    Source: Raffel 2018, section 5, eq. 16, where the critic is trained and judged on one held-out
    set: that is `training_value`.

    Args:
        model: compiled.
        train_dataset: what the critic is trained on, not the model's data: as of
            `independent_critic`; with y, if the model is conditional.
        test_dataset: what it is judged on, likewise.
        critic: a built network of the inputs of the model's own, untrained: it is trained in place.
            By default one of the same layers as that, all kernels drawn anew.
        steps: of its training.
        optimizer: its optimizer; by default Adam, its learning rate decaying along a cosine from
            1e-3 to nothing.
        seed: of the draws, and of the default critic's weights.
        jit_compile: True, False, or "auto", as of `independent_critic`.

    Returns:
        The game's value and the bound on both data sets, with standard errors, and the critic.

    Raises:
        ValueError: if the model plays no game or is not compiled, or critic or data do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.AGE(kfdiv.networks.mlp(2, [], 3), kfdiv.networks.mlp(3, [8], 1))
        >>> model.compile(divergence="rkl")
        >>> splits = [kfdiv.data.load("ring", split) for split in ("train", "test")]
        >>> found = independent_objective(model, *splits, steps=100)
        >>> found.name, -1.3863 < found.value.value < 0
        ('lower_bound', True)
    """
    check_model(model, "independent_objective", conditional=True)
    seed = check_seed(seed)
    if not isinstance(model, HasCriticValue):
        raise ValueError(
            f"{type(model).__name__} plays no game that a fresh critic could join. Use "
            "kfdiv.evaluation.independent_critic, which compares samples of any model with data."
        )
    if not model.compiled:
        raise ValueError(
            "The model is not compiled, so its game is not known. Call compile(...) first, as it "
            "was trained."
        )
    own = getattr(model, getattr(model, "valued_critic", "critic"))
    check_not_its_own(model, critic=critic)
    critic = begun_afresh(own, seed) if critic is None else critic
    _check_inputs(critic, own)
    steps = check_count("steps", steps)
    training = _Game(model, critic, seed)
    datasets = datasets_of(training, model, train_dataset, test_dataset, seed)
    rising = {"rising_steps": rising_steps(steps)}
    seen = train_critic(training, datasets[0], steps, optimizer, jit_compile, rising)
    sets = (datasets[1], seen)
    bounds = [training.measured(one, BOUND) for one in sets]
    training.change_options(told=VALUE)
    values = [training.measured(one, VALUE) for one in sets]
    return IndependentObjective(*values, *bounds, training.bound_name, critic)


def _check_inputs(critic: Any, own: keras.Model) -> None:
    """Raise if a critic does not take what the model's own does to one unbounded output."""
    received, expected = (
        [tuple(tensor.shape[1:]) for tensor in getattr(one, "inputs", None) or []]
        for one in (critic, own)
    )
    if received != expected or critic.output_shape not in ((None,), (None, 1)):
        raise ValueError(
            f"critic must be a built keras.Model of one output that takes inputs of shapes "
            f"{expected}, as the model's own does, but got {critic!r} with inputs of {received}."
        )
    checks.check_unbounded(critic)


@dataclasses.dataclass(frozen=True)
class _Options:
    told: str
    rising_steps: int


class _Game(AgainstModel):
    """Trains a critic, and nothing else, by the loss that the model's own critic has."""

    roles: ClassVar[tuple[Role, ...]] = (Role("critic", keyword="optimizer"),)
    evaluation_tag: ClassVar[str] = "critic"

    def __init__(self, model: GenerativeModel, critic: keras.Model, seed: int) -> None:
        super().__init__(model, seed)
        self.critic = critic
        self.bound_name = ""

    def options(self, told: str = BOUND, rising_steps: int = 1) -> _Options:
        """Check what `compile` was told.

        Args:
            told: what `evaluate` tells, the bound by this critic, or the value of the game.
            rising_steps: over which the penalty's weight rises from zero.
        """
        return _Options(told, rising_steps)

    def batch(self, data: Any) -> Batch:
        """Return the model's batch, with its condition."""
        return self._generator.model.batch(data)

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critic's loss and its penalty, against new draws of the model."""
        game = self._generator.model.critic_value(self.critic, batch, seed, training=True)
        penalty = risen(game.penalty, self.step, self.compiled_options.rising_steps)
        return Losses({"critic": game.loss.plus(penalty)})

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the model's bound by this critic, or the game's value."""
        game = self._generator.model.critic_value(self.critic, batch, seed, training=False)
        self.bound_name = game.bound.name
        if self.compiled_options.told == BOUND:
            return Bound(BOUND, game.bound.value)
        return Bound(VALUE, Expectation(*(None if s is None else -s for s in game.loss)))
