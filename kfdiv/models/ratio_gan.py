"""Any f-divergence of the ratio that a classifier estimates."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv.losses.ratio import ClassProbabilities
from kfdiv.models import remedies
from kfdiv.models.adversarial import Adversarial
from kfdiv.models.registry import registry
from kfdiv.models.roles import Option


@registry.register("ratio_gan")
@keras.saving.register_keras_serializable(package="kfdiv")
class RatioGAN(Adversarial):
    """Minimises `E_Q[f(u)]` with `u = e^v`, v the logit of a classifier of data against model.

    The classifier is fitted by logistic regression, whatever f is; encoder and decoder descend f of
    its ratio as if the classifier did not depend on them. That asks for an f that decreases, which
    `f(u) - f'(inf) (u - 1)` does, if there is one: forward KL, Pearson's and Jeffreys' divergence
    have none, and with an encoder, whose f is that of the dual, neither have reverse KL and
    Neyman's. `kfdiv.models.AGE` fits the same classifier and has the right gradient of every f.

    `compile(form="printed")` takes f as it is, as Zhang et al. print it: that fails where f rises.

    Source: Mohamed and Lakshminarayanan 2016, section 3.1; Zhang et al. 2019, appendix F.

    Args:
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network with one output: of x, or of [x, z] where there is an encoder.
        encoder: q(z|x), or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`; the critic takes it last.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.RatioGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile(divergence="rkl")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['critic_loss', 'loss']
    """

    form = Option()

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        return [*super().remedies(), *remedies.of_divergence(self.divergence)]

    def adversarial_loss(
        self, divergence: Any = "js", *, form: str = "decreasing"
    ) -> ClassProbabilities:
        """Return the loss that `compile` was told of.

        Args:
            divergence: a name, an instance, a config, or a callable f, as `kfdiv.divergences.get`
                takes it, that has a form which decreases.
            form: "decreasing", or "printed": f of any divergence as it is, the loss of Zhang et
                al., appendix F, which may send samples away from the data.
        """
        joint = self.encoder is not None
        return ClassProbabilities("js" if divergence is None else divergence, joint, form)
