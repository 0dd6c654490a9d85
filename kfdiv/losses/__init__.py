"""Losses of adversarial objectives: from raw critic outputs to values an example.

The functions are pure: they take outputs of a critic on pairs of data and on pairs of the model,
float tensors of any shape, and return values of those shapes, in nats. None of them overflows for
|output| up to 1e4 unless the true value does. An `AdversarialLoss` says which of them critic,
encoder and decoder minimise; `registry` has the losses by name.
"""

from kfdiv.losses import adversarial_gradient, fenchel, gan, logistic, ratio
from kfdiv.losses.adversarial_loss import AdversarialLoss, registry

__all__ = [
    "AdversarialLoss",
    "adversarial_gradient",
    "fenchel",
    "gan",
    "logistic",
    "ratio",
    "registry",
]
