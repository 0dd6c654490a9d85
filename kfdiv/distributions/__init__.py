"""Distributions that networks parameterise, and the density of the noised data."""

from kfdiv.distributions.autoregressive_normal import AutoregressiveNormal
from kfdiv.distributions.bernoulli import Bernoulli
from kfdiv.distributions.conditional_distribution import ConditionalDistribution
from kfdiv.distributions.data_density import DataDensity
from kfdiv.distributions.deterministic import Deterministic
from kfdiv.distributions.empirical import Empirical
from kfdiv.distributions.gaussian_mixture import GaussianMixture
from kfdiv.distributions.get_data_density import get_data_density
from kfdiv.distributions.implicit import Implicit
from kfdiv.distributions.minibatch_data import MinibatchData
from kfdiv.distributions.noised_data import NoisedData
from kfdiv.distributions.normal import Normal
from kfdiv.distributions.quantized_normal import QuantizedNormal
from kfdiv.distributions.resolve import get
from kfdiv.distributions.standard_normal import StandardNormal

__all__ = [
    "AutoregressiveNormal",
    "Bernoulli",
    "ConditionalDistribution",
    "DataDensity",
    "Deterministic",
    "Empirical",
    "GaussianMixture",
    "Implicit",
    "MinibatchData",
    "NoisedData",
    "Normal",
    "QuantizedNormal",
    "StandardNormal",
    "get",
    "get_data_density",
]
