from kfdiv.distributions.empirical import Empirical
