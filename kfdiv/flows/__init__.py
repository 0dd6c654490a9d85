"""Densities that train: flows, whole and in steps, and unnormalised networks."""

from kfdiv.flows.affine import Affine
from kfdiv.flows.autoregressive import MaskedAutoregressive
from kfdiv.flows.bijection import Bijection
from kfdiv.flows.coupling import AffineCoupling
from kfdiv.flows.density import Density
from kfdiv.flows.flow import Flow
from kfdiv.flows.made import made
from kfdiv.flows.maf import maf
from kfdiv.flows.masked_dense import MaskedDense
from kfdiv.flows.permutation import Permutation
from kfdiv.flows.real_nvp import real_nvp
from kfdiv.flows.unnormalized import Unnormalized

__all__ = [
    "Affine",
    "AffineCoupling",
    "Bijection",
    "Density",
    "Flow",
    "MaskedAutoregressive",
    "MaskedDense",
    "Permutation",
    "Unnormalized",
    "made",
    "maf",
    "real_nvp",
]
