"""Any f-divergence of the ratio that a classifier estimates."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import logistic, ratio
from kfdiv.models.adversarial import Adversarial, Pair
from kfdiv.models.registry import registry


@registry.register("ratio_gan")
@keras.saving.register_keras_serializable(package="kfdiv")
class RatioGAN(Adversarial):
    """Minimises `E_Q[f(u)]` with `u = e^v`, v the logit of a classifier of data against model.

    The classifier is fitted by logistic regression, whatever f is; encoder and decoder descend f of
    its ratio as if the classifier did not depend on them. That asks for an f that decreases, which
    `f(u) - f'(inf) (u - 1)` does, if there is one: forward KL, Pearson's and Jeffreys' divergence
    have none, and with an encoder, whose f is that of the dual, neither have reverse KL and
    Neyman's. `kfdiv.models.AGE` fits the same classifier and has the right gradient of every f.

    Source: Mohamed and Lakshminarayanan 2016, section 3.1; Zhang et al. 2019, appendix F.

    Args:
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network with one output: of x, or of [x, z] where there is an encoder.
        encoder: q(z|x), or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.RatioGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile(divergence="rkl")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=700), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['critic_loss', 'loss']
    """

    def choose(self, divergence: Any = None) -> dict[str, Any]:
        """See `Adversarial.choose`.

        Raises:
            ValueError: on a divergence of which no f decreases.
        """
        self._compiled.divergence = divergences.get("js" if divergence is None else divergence)
        self._compiled.decoder_loss = ratio.DecreasingForm(self.divergence)
        if self.encoder is not None:
            self._compiled.encoder_loss = self._encoder_loss()
        return {"divergence": self.divergence}

    def _encoder_loss(self) -> ratio.DecreasingForm:
        try:
            return ratio.DecreasingForm(self.divergence.dual())
        except ValueError as error:
            raise ValueError(
                f"{self.divergence!r} is possible without an encoder alone: an encoder needs its "
                f"dual, and {error}"
            ) from error

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return the logistic losses."""
        return logistic.critic_losses(on_data, on_model)

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return f(u) / u, the dual's f of 1/u, in its decreasing form."""
        return self._compiled.encoder_loss(-on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return f(u) in its decreasing form."""
        return self._compiled.decoder_loss(on_model)

    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return Fenchel's bound at the classifier's ratio."""
        return logistic.lower_bound(self.divergence, on_data, on_model)
