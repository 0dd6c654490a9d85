"""The aggregate posterior of a data set, and how far it is from the prior: three estimators."""

from kfdiv.evaluation.marginal.averaging import average
from kfdiv.evaluation.marginal.density import CodeDensity, density_of
from kfdiv.evaluation.marginal.log_mixture import LogMixture
from kfdiv.evaluation.marginal.posteriors import Posteriors
from kfdiv.evaluation.marginal.ratio import CodeClassifier, classifier_of
from kfdiv.evaluation.marginal.surgery import Surgery, figures_of

__all__ = [
    "CodeClassifier",
    "CodeDensity",
    "LogMixture",
    "Posteriors",
    "Surgery",
    "average",
    "classifier_of",
    "density_of",
    "figures_of",
]
