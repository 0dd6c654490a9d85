"""Section 3.4 of Zhang et al. 2019: a Gaussian fitted to a mixture of two."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.arguments import check_choice
from kfdiv.presets.optimizers import decaying_adam
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry

BOUNDS = ("upper", "lower")


@registry.register("zhang/gaussian")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Gaussian(Preset):
    """A bivariate Gaussian p(x, z) whose marginal is fitted to `0.3 N(1, 0.1^2) + 0.7 N(2, 0.5^2)`.

    The paper's: p(x, z) is bivariate Gaussian, here z ~ N(0, 1) and x ~ N(a z + b, s^2); the
    encoder has two hidden layers of `units` = 50. There is no spread noise: both sides have
    densities, and the data's is known. The paper is silent on activation (ReLU here), optimizer
    (Adam at `learning_rate`, decaying to a hundredth of it along a cosine) and batch size.

    `bound="lower"` is the Fenchel bound that it is compared with: `FGAN` of x = a z + b against a
    critic of two hidden layers of `critic_units` = 64, of which the paper says no more. Ours are
    swish, `critic_steps` = 5 a step, Adam with beta_1 = .5, both rates at `critic_learning_rate`.

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
    bound: str = "upper"
    critic_units: int = 64
    critic_steps: int = 5
    critic_learning_rate: float = 2e-3

    description: ClassVar[str] = "a Gaussian fitted to a mixture of two, by a bivariate Gaussian"
    printed: ClassVar[tuple[Printed, ...]] = (
        Printed("units", 50),
        Printed("critic_units", 64),
        Printed("learning_rate", None, "not given; it decays along a cosine"),
        Printed("critic_learning_rate", None, "not given; so does this one"),
        Printed("critic_steps", None, 'not given; "alternately"'),
        Printed("batch_size", None, "not given"),
        Printed("num_examples", None, "not given"),
        Printed("epochs", None, "not given; 6,000 steps"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("bound", self.bound, BOUNDS)

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

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        if self.bound == "lower":
            critic = networks.mlp((1,), [self.critic_units] * 2, 1, activation="swish")
            return models.FGAN(networks.mlp((1,), [], 1), critic, seed=seed)
        return models.VariationalFDivergence(
            encoder=networks.mlp((1,), [self.units] * 2, 2),
            decoder=distributions.Normal(networks.mlp((1,), [], 1), scale="shared"),
            data_density=distributions.GaussianMixture([0.3, 0.7], [1.0, 2.0], [0.1, 0.5]),
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        steps = self.epochs * self.steps_per_epoch
        if self.bound == "lower":
            schedule = keras.optimizers.schedules.CosineDecay(
                self.critic_learning_rate, steps, alpha=0.01
            )
            adams = (keras.optimizers.Adam(schedule, beta_1=0.5) for _ in range(2))
            names = ("critic_optimizer", "decoder_optimizer")
            return {**dict(zip(names, adams, strict=True)), "critic_steps": self.critic_steps}
        return {
            "encoder_optimizer": decaying_adam(self.learning_rate, steps),
            "decoder_optimizer": decaying_adam(self.learning_rate, steps),
        }
