"""Densities that train: flows, whole and in steps, mixtures, and unnormalised networks."""

from kfdiv.flows.affine import Affine
from kfdiv.flows.autoregressive import MaskedAutoregressive
from kfdiv.flows.bijection import Bijection
from kfdiv.flows.coupling import AffineCoupling
from kfdiv.flows.density import Density
from kfdiv.flows.diagonal_mixture import DiagonalMixture
from kfdiv.flows.flow import Flow
from kfdiv.flows.gaussian_lstm import gaussian_lstm
from kfdiv.flows.made import made
from kfdiv.flows.maf import maf
from kfdiv.flows.masked_dense import MaskedDense
from kfdiv.flows.permutation import Permutation
from kfdiv.flows.real_nvp import real_nvp
from kfdiv.flows.recurrent import RecurrentAutoregressive
from kfdiv.flows.recurrent_network import recurrent_network
from kfdiv.flows.unnormalized import Unnormalized

__all__ = [
    "Affine",
    "AffineCoupling",
    "Bijection",
    "Density",
    "DiagonalMixture",
    "Flow",
    "MaskedAutoregressive",
    "MaskedDense",
    "Permutation",
    "RecurrentAutoregressive",
    "Unnormalized",
    "gaussian_lstm",
    "made",
    "maf",
    "real_nvp",
    "recurrent_network",
]
