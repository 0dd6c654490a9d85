"""The spread data distribution and its estimators."""

from kfdiv.distributions.empirical.by_label import EmpiricalByLabel
from kfdiv.distributions.empirical.empirical import Empirical
from kfdiv.distributions.empirical.exact import Exact
from kfdiv.distributions.empirical.index import Index
from kfdiv.distributions.empirical.pca import PCA

__all__ = ["PCA", "Empirical", "EmpiricalByLabel", "Exact", "Index"]
