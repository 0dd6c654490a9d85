"""The independent critic: what a critic that the generator never met says of the generator."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

from kfdiv import divergences
from kfdiv.arguments import check_count, did_you_mean
from kfdiv.evaluation.averaged import of_averages
from kfdiv.evaluation.check_model import check_model, check_not_its_own, check_seed
from kfdiv.evaluation.critic_training import CriticTraining, fresh_critic
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.held_out_training import datasets_of, rising_steps, train_critic
from kfdiv.evaluation.penalized_critic import WASSERSTEIN, PenalizedCritic
from kfdiv.losses.fenchel import Fenchel
from kfdiv.losses.wasserstein import Wasserstein
from kfdiv.models import GenerativeModel


class IndependentCritic(NamedTuple):
    """A lower bound on `D_f(P || Q)` in nats, Q the model; or a distance in the units of x.

    Attributes:
        bound: on data that neither model nor critic was trained on: in expectation at most D_f.
        training_bound: on the data that the critic was trained on, to which it may have fitted
            itself: no bound, but how far it lies above `bound` shows by how much.
        critic: the trained network.
        slope: where the critic has a penalty, the mean of its `|dv/dx|` at points between the test
            data and the model's draws; else None.
        data: where it has one, what the critic says of the test data in the place of the model's
            draws, against the data that it was trained on; else None.
    """

    bound: Estimate
    training_bound: Estimate
    critic: keras.Model
    slope: float | None = None
    data: Estimate | None = None

    def figures(self) -> dict[str, float]:
        """Return the estimates by name, with their standard errors, and the slope if known."""
        estimates = {"bound": self.bound, "training_bound": self.training_bound}
        estimates |= {} if self.data is None else {"data": self.data}
        figures = {} if self.slope is None else {"slope": self.slope}
        for name, one in estimates.items():
            figures |= {name: one.value, f"{name}_se": one.standard_error}
        return figures


@of_averages
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
    penalty: Any = "auto",
) -> IndependentCritic:
    """Bound `D_f(P || Q) >= E_P[g_f(v)] - E_Q[f*(g_f(v))]` by a fresh critic v, the model fixed.

    The critic is trained on `train_dataset` against draws of the model, and judged on
    `test_dataset` against others. Given data that the model was not trained on for both, it sees
    a model that has learned its data by heart for what it is; a critic trained on the model's own
    data does not.

    With `divergence="wasserstein"` the critic is that of a WGAN-GP, and the figure
    `E_P[v] - E_Q[v]`: at most the Wasserstein-1 distance as far as no slope of v is above one,
    which the penalty asks for and does not enforce. `slope` says how far it went, and the bound
    divided by it is nearer to the distance. Held-out data alone give it a meaning: on the model's
    own, memory looks like perfection.

    Source: Raffel 2018, section 5, eq. 16, which trains and judges the critic on one held-out set:
    that is `training_bound`; with the value that a model was trained by, it is
    `kfdiv.evaluation.independent_objective`. Danihelka et al. 2017, and Rosca et al. 2018, appendix
    I (figure 4 shows its negative), do the same with a Wasserstein critic.

    Args:
        model: whose draws are x ~ p(x|z), z ~ p(z); it is left as it is.
        train_dataset: what the critic is trained on: whatever `fit` takes as x, or a tuple of
            arrays `(x, y)` or `(x, y, w)`. Weights w define the distribution of the data. Pixels
            are scaled like those that the model was fitted on.
        test_dataset: what it is judged on, likewise.
        divergence: anything that `kfdiv.divergences.get` accepts, or "wasserstein".
        critic: a built network from x to one output, untrained: it is trained in place. By default
            three hidden layers of 64 units, of the flattened x; images want convolutions.
        steps: of its training.
        optimizer: its optimizer; by default Adam, its learning rate decaying along a cosine from
            1e-3 to nothing.
        seed: of the draws, and of the default critic's weights.
        jit_compile: True, False, or "auto": XLA where it pays, which it does not for a few hundred
            steps.
        penalty: on the critic's slope, as `kfdiv.penalties.get` takes it, or None; "auto" is
            "gradient" for the Wasserstein critic, and none for others. Its weight rises over the
            first tenth of the steps.

    Returns:
        The bound on both data sets, with standard errors, and the critic.

    Raises:
        ValueError: if the critic or the data do not fit the model, the divergence is unknown, or
            the model is conditional.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.FGAN(kfdiv.networks.mlp(2, [], 3), kfdiv.networks.mlp(3, [], 1))
        >>> splits = [kfdiv.data.load("ring", split) for split in ("train", "test")]
        >>> found = independent_critic(model, *splits, divergence="js", steps=100)
        >>> 0.1 < found.bound.value < 0.6931
        True
    """
    check_model(model, "independent_critic")
    check_not_its_own(model, critic=critic)
    seed = check_seed(seed)
    critic = fresh_critic(model.event_shape, seed) if critic is None else critic
    steps = check_count("steps", steps)
    training, objective = _trained_for(model, critic, seed, divergence, penalty, steps)
    train_dataset, test_dataset = datasets_of(training, model, train_dataset, test_dataset, seed)
    seen = train_critic(training, train_dataset, steps, optimizer, jit_compile, objective)
    bounds = training.estimate(test_dataset), training.estimate(seen)
    if not isinstance(training, PenalizedCritic):
        return IndependentCritic(*bounds, critic)
    of_data = training.between(seen, test_dataset)
    return IndependentCritic(*bounds, critic, training.slope(test_dataset), of_data)


def _trained_for(
    model: GenerativeModel,
    critic: keras.Model,
    seed: int,
    divergence: Any,
    penalty: Any,
    steps: int,
) -> tuple[CriticTraining, dict[str, Any]]:
    """Return what trains the critic, and what it is compiled with."""
    distance = isinstance(divergence, str) and divergence.strip().lower() == WASSERSTEIN
    if not distance:
        divergence = _known(divergence)
    if isinstance(penalty, str) and penalty == "auto":
        penalty = "gradient" if distance else None
    if not distance and penalty is None:
        return CriticTraining(model, critic, seed), {"divergence": divergence}
    loss = Wasserstein() if distance else Fenchel(divergence)
    options = {"loss": loss, "penalty": penalty, "rising_steps": rising_steps(steps)}
    return PenalizedCritic(model, critic, seed), options


def _known(divergence: Any) -> divergences.Divergence:
    """Return a divergence, or raise and name the distance among the choices, too."""
    try:
        return divergences.get(divergence)
    except ValueError as error:
        near = did_you_mean(divergence, [WASSERSTEIN])
        raise ValueError(
            f"{error}{near} Or {WASSERSTEIN!r}, which is a distance, by a critic with a penalty."
        ) from None
