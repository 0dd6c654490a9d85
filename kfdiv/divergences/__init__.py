"""f-divergences: generators, conjugates, critics' activations and low-variance integrands.

`get` turns a name, an instance, a config or a callable into a `Divergence`; `registry` lists the
names.
"""

from kfdiv.divergences.alpha import Alpha
from kfdiv.divergences.custom import Custom
from kfdiv.divergences.divergence import Divergence, registry
from kfdiv.divergences.gan import GAN
from kfdiv.divergences.jeffreys import Jeffreys
from kfdiv.divergences.js import JS
from kfdiv.divergences.kl import KL
from kfdiv.divergences.neyman import Neyman
from kfdiv.divergences.pearson import Pearson
from kfdiv.divergences.resolve import get
from kfdiv.divergences.rkl import RKL
from kfdiv.divergences.scaled import Scaled
from kfdiv.divergences.skew_js import SkewJS
from kfdiv.divergences.squared_hellinger import SquaredHellinger
from kfdiv.divergences.sums import Sum
from kfdiv.divergences.total_variation import TotalVariation
from kfdiv.divergences.triangular import Triangular

__all__ = [
    "GAN",
    "JS",
    "KL",
    "RKL",
    "Alpha",
    "Custom",
    "Divergence",
    "Jeffreys",
    "Neyman",
    "Pearson",
    "Scaled",
    "SkewJS",
    "SquaredHellinger",
    "Sum",
    "TotalVariation",
    "Triangular",
    "get",
    "registry",
]
