"""What the paper's two image experiments share."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

import keras

from kfdiv.presets.chain import Chain
from kfdiv.presets.preset import is_forward_kl
from kfdiv.presets.two_widths import TwoWidths


@dataclasses.dataclass(frozen=True, kw_only=True)
class Images(TwoWidths, abc.ABC):
    """The paper's optimizers, and its estimator of p^(y).

    Args:
        encoder_steps: encoder steps for each decoder step.
        learning_rate: Adam's, of the encoder, and of the decoder where forward KL is minimised.
        decoder_learning_rate: of the decoder's second optimizer, after the warm-up.
        components: of the PCA in which p(n|y) is computed.
        neighbors: T, data points sampled for each gradient of log p^(y).
        temperature: of the softmax that they are sampled from.
    """

    encoder_steps: int
    learning_rate: float
    decoder_learning_rate: float
    components: int
    neighbors: int
    temperature: float

    @abc.abstractmethod
    def second_optimizer(self, learning_rate: Any) -> keras.optimizers.Optimizer:
        """Return the decoder's optimizer after the warm-up."""

    def data_density(self) -> dict[str, Any]:
        """Return the paper's estimator of p^(y)."""
        return {
            "mode": "pca",
            "components": self.components,
            "neighbors": self.neighbors,
            "temperature": self.temperature,
        }

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return {
            "encoder_optimizer": keras.optimizers.Adam(self.learning_rate),
            "decoder_optimizer": self._decoder_optimizer(divergence),
            "encoder_steps": self.encoder_steps,
            "warmup_steps": self.warmup_steps_of(divergence),
        }

    def _decoder_optimizer(self, divergence: str) -> keras.optimizers.Optimizer:
        if is_forward_kl(divergence):
            return keras.optimizers.Adam(self.learning_rate)
        second = self.after_warmup(divergence, 0.0, self.decoder_learning_rate)
        if not self.warmup_steps_of(divergence):
            return self.second_optimizer(second)
        first = keras.optimizers.Adam(self.after_warmup(divergence, self.learning_rate, 0.0))
        return Chain([first, self.second_optimizer(second)])
