"""Any f-divergence by adversarial gradient estimation."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import adversarial_gradient, logistic
from kfdiv.models import checks
from kfdiv.models.adversarial import Adversarial, Pair
from kfdiv.models.registry import registry

ALL = "all"


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

    Options of `compile`:
        divergence: "all", too; any other must be twice differentiable.
        clip: r0 in [0, 1]: scales are those of u clipped to [r0, 1/r0]. 0 clips nothing; images
            want 0.5 (Shen et al., appendix D).

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.AGE(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 2),
        ...     critic=kfdiv.networks.joint_critic(2, 2, [32]),
        ...     encoder=kfdiv.networks.mlp((2,), [32], 4),
        ... )
        >>> model.compile(divergence="kl", critic_steps=2)
        >>> history = model.fit(kfdiv.data.load("grid9", batch_size=5_000), epochs=1, verbose=0)
        >>> model.reconstruct(tf.zeros((3, 2))).shape
        TensorShape([3, 2])
    """

    def choose(self, divergence: Any = None, clip: float = 0.0) -> dict[str, Any]:
        """See `Adversarial.choose`.

        Raises:
            ValueError: on a divergence without curvature, and if r0 lies outside [0, 1].
        """
        self._compiled.all = isinstance(divergence, str) and divergence.strip().lower() == ALL
        # The logistic critic's own divergence stands for all of them in evaluations.
        chosen = "js" if self._compiled.all else "kl" if divergence is None else divergence
        self._compiled.divergence = divergences.get(chosen)
        checks.check_curvature(self.divergence, "AGE")
        self.clip = checks.check_share("clip", clip)
        return {"divergence": ALL if self._compiled.all else self.divergence, "clip": self.clip}

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return the logistic losses."""
        return logistic.critic_losses(on_data, on_model)

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return the critic's outputs, scaled."""
        return adversarial_gradient.encoder_loss(self._scaling(), on_data, self.clip)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return minus the critic's outputs, scaled."""
        return adversarial_gradient.decoder_loss(self._scaling(), on_model, self.clip)

    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return Fenchel's bound at the critic's ratio, on the divergence; on JS for "all"."""
        return logistic.lower_bound(self.divergence, on_data, on_model)

    def _scaling(self) -> divergences.Divergence | None:
        return None if self._compiled.all else self.divergence
