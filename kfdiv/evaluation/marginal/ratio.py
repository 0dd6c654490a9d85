"""The marginal KL by a classifier: log q(z)/p(z) by class probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from kfdiv import divergences, networks, random
from kfdiv.evaluation import seeding
from kfdiv.evaluation.marginal.averaging import LogRatio
from kfdiv.evaluation.marginal.fit import CodeFit, in_parts
from kfdiv.evaluation.marginal.posteriors import Posteriors
from kfdiv.losses import logistic
from kfdiv.models import checks
from kfdiv.models.batch import Batch
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role
from kfdiv.penalties import Penalty


class CodeClassifier(CodeFit):
    """Maximises `E_q(z)[log C(z)] + E_p(z)[log(1 - C(z))]`, C the sigmoid of a network's output.

    At the optimum the output is log q(z)/p(z). Source: Rosca et al. 2018, algorithm 2.

    Args:
        posteriors: q(z).
        classifier: a network that `classifier_of` returned.
        seed: of the draws.
        penalty: on the network's slope, added to what it minimises, or None.
    """

    roles: ClassVar[tuple[Role, ...]] = (Role("classifier", keyword="optimizer"),)

    def __init__(
        self,
        posteriors: Posteriors,
        classifier: keras.Model,
        seed: int,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(posteriors, seed)
        checks.check_penalized(classifier, penalty)
        self.classifier = classifier
        self._penalty = penalty

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the cross entropy, against as many draws of the prior, and the penalty."""
        sides = self._sides(batch, seed)

        def critic(inputs: Sequence[tf.Tensor]) -> tf.Tensor:
            return score(self.classifier, inputs, training=True)

        loss = Expectation(*logistic.critic_losses(*map(critic, sides)))
        if self._penalty is not None:
            loss = loss.plus(Expectation(*self._penalty(critic, *sides, random.fold(seed, 3))))
        return Losses({"classifier": loss})

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the bound on twice the Jensen-Shannon divergence, less log 4."""
        outputs = [score(self.classifier, z, training=False) for z in self._sides(batch, seed)]
        on_codes, on_prior = logistic.critic_losses(*outputs)
        return Bound("lower", Expectation(-on_codes, -on_prior))

    def log_ratio(self) -> LogRatio:
        """Return what estimates log q(z)/p(z): the network's output."""
        outputs = in_parts(lambda z: score(self.classifier, [z], training=False))

        def log_ratio(z: tf.Tensor, log_prior: tf.Tensor) -> np.ndarray:
            del log_prior
            return outputs(z)

        return log_ratio

    def _sides(self, batch: Batch, seed: tf.Tensor) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Return what the classifier takes of draws of q(z), and of as many of p(z)."""
        prior = self._source.posteriors.prior
        on_prior = prior.draw(batch.size, random.fold(seed, 2))
        return [self.codes(batch, random.fold(seed, 1))], [on_prior]


def classifier_of(classifier: keras.Model | None, size: int, seed: int) -> keras.Model:
    """Return a classifier of latents, or one that is made for them.

    Args:
        classifier: a built network from z to one output, or None for three hidden layers of 256
            units.
        size: how many latents there are.
        seed: of the weights of the network that is made.

    Raises:
        ValueError: if the classifier does not take the latents to one unbounded output.

    Example:
        >>> classifier_of(None, 5, seed=0).input_shape
        (None, 5)
    """
    if classifier is None:
        classifier = networks.mlp(size, [256] * 3, 1, activation="leaky_relu")
        seeding.draw_weights(classifier, seed)
        return classifier
    built = isinstance(classifier, keras.Model) and classifier.built
    inputs = [tuple(one.shape[1:]) for one in (getattr(classifier, "inputs", None) or [])]
    outputs = getattr(classifier, "output_shape", None) if built else None
    if inputs != [(size,)] or outputs not in ((None,), (None, 1)):
        raise ValueError(
            f"classifier must be a built network from the {size} latents, of shape {(size,)}, to "
            f"one output, such as kfdiv.networks.mlp({size}, [256], 1), but got {classifier!r} "
            f"with inputs of shapes {inputs} and outputs of shape {outputs}."
        )
    checks.check_unbounded(classifier, "classifier")
    return classifier
