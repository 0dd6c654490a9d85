"""Section 3.1 of Zhang et al. 2019: seven Gaussians on a circle."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models, networks, noise
from kfdiv.presets.optimizers import decaying_adam
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry

_PRINTED = {
    "layers": 5,
    "units": 400,
    "learning_rate": 1e-3,
    "batch_size": 100,
    "model_samples": 100,
    "samples_per_latent": 10,
    "initial_width": 1.0,
    "final_width": 0.1,
}


@registry.register("zhang/ring")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Ring(Preset):
    """Seven Gaussians on a circle embedded in 3-D, with spread noise that narrows.

    The paper's: `layers` = 5 hidden layers of `units` = 400 and ReLU in encoder and decoder, two
    latents, Adam at `learning_rate` = 1e-3, batches of 100, `model_samples` = 100 latents and
    `samples_per_latent` = 10 draws for each, and a width of `initial_width (final_width /
    initial_width)^(step / steps)`, from 1.0 to 0.1.

    The paper is silent on the numbers of examples and of steps. It takes "several" encoder steps
    for each decoder step, here `encoder_steps` = 1, and evaluates p^(y) on the minibatch, which
    biases it (`data_density="minibatch"`); here it is "exact". Three more settings are ours,
    without which some runs forget their latents while the noise is wide: He's initialisation
    (`initializer`; Keras's own is "glorot_uniform"); a first half by forward KL
    (`warmup_epochs=0` leaves it out); and a learning rate that decays along a cosine to a
    hundredth (`decay=False` leaves it constant). An epoch is `passes_per_epoch` = 5 passes over the
    data. `annealing_epochs` is `epochs` unless given: a run that is continued stays at the final
    width.

    Source: Zhang et al. 2019, section 3.1, figure 3, appendix C.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.presets.get("zhang/ring").model("js")
        >>> float(model.width())
        1.0
    """

    epochs: int = 20
    batch_size: int = 100
    passes_per_epoch: int = 5
    num_examples: int = 2_000
    steps_per_execution: int = 50
    warmup_epochs: int | None = None
    layers: int = 5
    units: int = 400
    learning_rate: float = 1e-3
    encoder_steps: int = 1
    model_samples: int = 100
    samples_per_latent: int = 10
    initial_width: float = 1.0
    final_width: float = 0.1
    annealing_epochs: int | None = None
    data_density: str = "exact"
    initializer: str = "he_normal"
    decay: bool = True

    description: ClassVar[str] = "seven Gaussians on a circle in 3-D, annealed spread noise"
    default_divergence: ClassVar[str] = "js"
    warmup_share: ClassVar[float] = 0.5
    printed: ClassVar[tuple[Printed, ...]] = (
        *(Printed(name, value) for name, value in _PRINTED.items()),
        Printed(
            "data_density",
            "minibatch",
            "of the whole data set it has no bias, and costs little on 2,000 points",
        ),
        Printed("encoder_steps", "several", "all modes are covered with one"),
        Printed(
            "warmup_epochs",
            0,
            "under wide noise Jensen-Shannon makes some runs forget their latents: the first half "
            "of the training is by forward KL",
        ),
        Printed("initializer", None, "with Glorot's a network this deep forgets its latents"),
        Printed("decay", False, "at a constant rate some runs forget their latents"),
        Printed("num_examples", None, "not given; all seven modes have some hundred"),
        Printed("epochs", None, "not given; 2,000 steps"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.annealing_epochs is None:
            object.__setattr__(self, "annealing_epochs", self.epochs)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Draw the ring; no files are needed."""
        return data.load(
            "ring", split, batch_size=self.batch_size, seed=seed, num_examples=self.num_examples
        )

    def build(self, divergence: str, seed: int) -> models.VariationalFDivergence:
        """See `Preset.build`."""
        hidden, start = [self.units] * self.layers, {"kernel_initializer": self.initializer}
        steps = self.annealing_epochs * self.steps_per_epoch
        width = noise.Annealed(self.initial_width, self.final_width, steps)
        return models.VariationalFDivergence(
            encoder=networks.mlp((3,), hidden, 4, **start),
            decoder=networks.mlp((2,), hidden, 3, **start),
            noise=noise.Gaussian(width),
            data_density=self.data_density,
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        steps = self.epochs * self.steps_per_epoch

        def adam() -> keras.optimizers.Optimizer:
            if self.decay:
                return decaying_adam(self.learning_rate, steps)
            return keras.optimizers.Adam(self.learning_rate)

        return {
            "encoder_optimizer": adam(),
            "decoder_optimizer": adam(),
            "encoder_steps": self.encoder_steps,
            "warmup_steps": self.warmup(divergence).steps,
            "model_samples": self.model_samples,
            "samples_per_latent": self.samples_per_latent,
        }
