"""The surgery of the evidence lower bound: what its KL term is made of."""

from __future__ import annotations

from typing import NamedTuple

from kfdiv.evaluation.estimate import Estimate


class Surgery(NamedTuple):
    """`average KL = marginal KL + mutual information`, in nats.

    That is, `E_P KL(q(z|x) || p(z)) = KL(q(z) || p(z)) + I(z; x)`, P the data set and q(z) its
    aggregate posterior. I(z; x) lies between 0 and the entropy of the data set, so the marginal KL
    between the average KL and `floor`. Where it was estimated by a classifier or a density, both it
    and the mutual information, the difference, may lie outside: that is the estimate's error.

    Source: Hoffman and Johnson 2016; Rosca et al. 2018, eq. 4 to 6.

    Attributes:
        average_kl: of the posteriors from the prior; its standard error is 0 where it is exact.
        marginal_kl: of the aggregate posterior.
        mutual_information: of latents and examples.
        data_entropy: log N of N examples that count alike, `-sum_n w_n log w_n` of weights w.
        size: how many latents there are.

    Example:
        >>> surgery = Surgery(
        ...     Estimate(23.34, 0.0), Estimate(12.3, 0.1), Estimate(11.04, 0.1), 11.0, 50
        ... )
        >>> round(surgery.floor, 2), round(surgery.figures()["average_kl_per_dimension"], 3)
        (12.34, 0.467)
    """

    average_kl: Estimate
    marginal_kl: Estimate
    mutual_information: Estimate
    data_entropy: float
    size: int

    @property
    def floor(self) -> float:
        """`average_kl - data_entropy`, the least that the marginal KL can be."""
        return self.average_kl.value - self.data_entropy

    def figures(self) -> dict[str, float]:
        """Return all by name, in total and per dimension, with standard errors."""
        figures = {}
        for name in ("average_kl", "marginal_kl", "mutual_information"):
            figures |= figures_of(name, getattr(self, name), self.size)
        figures["data_entropy"] = self.data_entropy
        figures["floor"] = self.floor
        return figures | {"floor_per_dimension": self.floor / self.size}


def figures_of(name: str, estimate: Estimate, size: int) -> dict[str, float]:
    """Return an estimate in total and per dimension, by name.

    Args:
        name: of the estimate.
        estimate: in nats.
        size: how many dimensions there are.
    """
    return {
        name: estimate.value,
        f"{name}_se": estimate.standard_error,
        f"{name}_per_dimension": estimate.value / size,
        f"{name}_per_dimension_se": estimate.standard_error / size,
    }
