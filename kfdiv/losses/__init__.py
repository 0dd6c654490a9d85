"""Pure losses of adversarial objectives: from raw critic outputs to values an example.

Every function takes outputs of a critic on pairs of data and on pairs of the model, float tensors
of any shape, and returns values of those shapes, in nats. None of them overflows for |output| up to
1e4 unless the true value does.
"""

from kfdiv.losses import adversarial_gradient, fenchel, game, logistic, ratio

__all__ = ["adversarial_gradient", "fenchel", "game", "logistic", "ratio"]
