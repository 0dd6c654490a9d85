"""Section 3.4 of Zhang et al. 2019: a Gaussian fitted to a mixture of two."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.presets.optimizers import decaying_adam
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry


@registry.register("zhang/gaussian")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Gaussian(Preset):
    """A bivariate Gaussian p(x, z) whose marginal is fitted to `0.3 N(1, 0.1^2) + 0.7 N(2, 0.5^2)`.

    The paper's: p(x, z) is bivariate Gaussian, here z ~ N(0, 1) and x ~ N(a z + b, s^2); the
    encoder has two hidden layers of `units` = 50. There is no spread noise: both sides have
    densities, and the data's is known. The paper is silent on activation (ReLU here), optimizer
    (Adam at `learning_rate`, decaying to a hundredth of it along a cosine) and batch size.

    Source: Zhang et al. 2019, section 3.4, figure 1, table 2, appendix E.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.presets.get("zhang/gaussian").model("js")
        >>> model.decoder.event_shape, model.prior.size
        ((1,), 1)
    """

    epochs: int = 60
    batch_size: int = 500
    num_examples: int = 50_000
    steps_per_execution: int = 100
    units: int = 50
    learning_rate: float = 1e-2

    description: ClassVar[str] = "a Gaussian fitted to a mixture of two, by a bivariate Gaussian"

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Draw the mixture; no files are needed."""
        return data.load(
            "two_gaussians",
            split,
            batch_size=self.batch_size,
            seed=seed,
            num_examples=self.num_examples,
        )

    def build(self, divergence: str, seed: int) -> models.VariationalFDivergence:
        """See `Preset.build`."""
        return models.VariationalFDivergence(
            encoder=networks.mlp((1,), [self.units] * 2, 2),
            decoder=distributions.Normal(networks.mlp((1,), [], 1), scale="shared"),
            data_density=distributions.GaussianMixture([0.3, 0.7], [1.0, 2.0], [0.1, 0.5]),
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        steps = self.epochs * self.steps_per_epoch
        return {
            "encoder_optimizer": decaying_adam(self.learning_rate, steps),
            "decoder_optimizer": decaying_adam(self.learning_rate, steps),
        }
