"""Any f-divergence by adversarial gradient estimation."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv.losses.adversarial_gradient import AdversarialGradient
from kfdiv.models import remedies
from kfdiv.models.adversarial import Adversarial
from kfdiv.models.registry import registry
from kfdiv.models.roles import Option


@registry.register("age")
@keras.saving.register_keras_serializable(package="kfdiv")
class AGE(Adversarial):
    """Descends `D_f(p(x) q(z|x) || p(z) p(x|z))` along its gradient, with log u from a classifier.

    The gradient in the decoder is `-E_Q[s d(log u)/dx dx/dtheta]` with `s = u^2 f''(u)`, that in
    the encoder `E_P[s d(log u)/dz dz/dphi]` with `s = u f''(u)`: divergences differ in the scale
    alone. `divergence="all"` sets it to one, which is right for every f where u is near one, up to
    the factor f''(1). Without an encoder both distributions are of x.

    Source: Shen et al., "Bidirectional generative modeling using adversarial gradient estimation",
    theorems 1 and 2, algorithm 1; clipping and "all": section 3.2.

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
        >>> model = kfdiv.models.AGE(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 2),
        ...     critic=kfdiv.networks.joint_critic(2, 2, [32]),
        ...     encoder=kfdiv.networks.mlp((2,), [32], 4),
        ... )
        >>> model.compile(divergence="kl")
        >>> history = model.fit(kfdiv.data.load("grid9", batch_size=50_000), epochs=1, verbose=0)
        >>> model.reconstruct([[0.0, 0.0]]).shape
        TensorShape([1, 2])
    """

    clip = Option()

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        found = super().remedies()
        if not self.clip and not isinstance(self.loss_of.divergence, str):
            found += ["clip the scales, compile(clip=0.5)"]
        return [*found, *remedies.of_divergence(self.divergence)]

    def adversarial_loss(self, divergence: Any = "kl", *, clip: float = 0.0) -> AdversarialGradient:
        """Return the loss that `compile` was told of.

        Args:
            divergence: a name, an instance, a config, or a callable f, as `kfdiv.divergences.get`
                takes it, twice differentiable; or "all".
            clip: r0 in [0, 1]: scales are those of u clipped to [r0, 1/r0]. 0 clips nothing; images
                want 0.5 (Shen et al., appendix D).
        """
        return AdversarialGradient("kl" if divergence is None else divergence, clip)
