"""When a mode of the data is dead to a model."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kfdiv.arguments import check_count, check_number


class ModeStatistics(NamedTuple):
    """What one epoch says of each mode.

    Attributes:
        epoch: counted from 1.
        log_prob: mean log-density of the mode's data, shape `(modes,)`; NaN where not measured.
        share: share of the generator's samples, shape `(modes,)`.
        likelihood_dropped: whether the density has let go of the mode's data, shape `(modes,)`.
        undersampled: whether the generator leaves the mode out, shape `(modes,)`.
    """

    epoch: int
    log_prob: np.ndarray
    share: np.ndarray
    likelihood_dropped: np.ndarray
    undersampled: np.ndarray


class Collapse:
    """Judges, epoch by epoch, which modes are dead.

    Mode k, of probability w_k under the data, is lost in an epoch in which either

    - it is *undersampled*: its share of the generator's samples is below `least_share w_k`; or
    - its *likelihood has dropped*: the mean log-density of its data, l_k, has fallen from its best
      value by `margin` nats more than that of the mode that fell least,
      `(max_s l_k(s) - l_k) - min_j (max_s l_j(s) - l_j) > margin`.

    It is dead after `patience` such epochs in a row, and alive again after one other. What all
    modes fall by is taken off because a density that need not integrate to one drifts as a whole;
    each mode is held against its own best because modes differ in weight and in entropy.

    Source: Roquero Gimenez and Zou 2022, section IV.b, see a collapse in how the likelihood of the
    observed data changes during training, and give no rule. Where f-GM's bound is tight its density
    is that of the data whatever the generator does, so likelihood alone can miss a mode that the
    generator lost; hence the samples.

    Args:
        weights: probabilities of the modes under the data, shape `(modes,)`, divided by their sum.
        margin: nats. In the default's case the mode's data have become e^10 times less likely.
        least_share: in (0, 1).
        patience: epochs.

    Attributes:
        history: the statistics of every epoch.
        dead: the modes that are dead, with the epochs in which they were found to be.

    Raises:
        ValueError: if an argument is out of its range.
        TypeError: if one is no number.

    Example:
        >>> collapse = Collapse([0.5, 0.5], patience=2)
        >>> collapse.update(1, [-2.0, -2.0], [0.5, 0.5])
        []
        >>> collapse.update(2, [-1.0, -15.0], [0.9, 0.1])
        []
        >>> collapse.update(3, [-1.0, -20.0], [1.0, 0.0])
        [1]
    """

    def __init__(
        self, weights: Any, margin: float = 10.0, least_share: float = 0.1, patience: int = 3
    ) -> None:
        weights = np.asarray(weights, np.float64)
        positive = np.isfinite(weights) & (weights > 0)
        if weights.ndim != 1 or len(weights) < 2 or not positive.all():
            raise ValueError(f"weights must be two positive numbers or more, but got {weights!r}.")
        self.weights = weights / weights.sum()
        self.margin = check_number("margin", margin, above=0, expected="a positive number of nats")
        self.least_share = check_number(
            "least_share", least_share, above=0, below=1, expected="a number between 0 and 1"
        )
        self.patience = check_count("patience", patience, expected="a positive number of epochs")
        self.history: list[ModeStatistics] = []
        self.dead: dict[int, int] = {}
        self._best = np.full(len(weights), -np.inf)
        self._epochs_lost = np.zeros(len(weights), int)

    def update(self, epoch: int, log_prob: Any, share: Any) -> list[int]:
        """Take in an epoch.

        Args:
            epoch: counted from 1.
            log_prob: mean log-density of each mode's data, shape `(modes,)`, or None where there
                is no density.
            share: share of the generator's samples in each mode, shape `(modes,)`.

        Returns:
            The modes that were not dead before and are now.
        """
        share = np.asarray(share, np.float64)
        undersampled = share < self.least_share * self.weights
        dropped = np.zeros_like(undersampled)
        if log_prob is None:
            log_prob = np.full(len(self.weights), np.nan)
        else:
            # A density that is no number at the data has let go of them.
            log_prob = np.asarray(log_prob, np.float64)
            known = np.where(np.isfinite(log_prob), log_prob, -np.inf)
            self._best = np.maximum(self._best, known)
            fall = np.where(np.isfinite(self._best), self._best, 0.0) - known
            if np.isfinite(fall.min()):
                dropped = fall - fall.min() > self.margin
        self.history.append(ModeStatistics(epoch, log_prob, share, dropped, undersampled))
        self._epochs_lost = np.where(undersampled | dropped, self._epochs_lost + 1, 0)
        dead = np.flatnonzero(self._epochs_lost >= self.patience).tolist()
        fresh = [mode for mode in dead if mode not in self.dead]
        self.dead = {mode: self.dead.get(mode, epoch) for mode in dead}
        return fresh
