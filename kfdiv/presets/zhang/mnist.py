"""Section 3.2 of Zhang et al. 2019: MNIST by forward and reverse KL."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.zhang import images

_PRINTED = {
    "epochs": 60,
    "batch_size": 100,
    "width": 0.8,
    "forward_width": 0.2,
    "encoder_steps": 20,
    "learning_rate": 1e-4,
    "decoder_learning_rate": 5e-5,
    "components": 50,
    "neighbors": 30,
    "temperature": 10.0,
    "layers": 5,
    "units": 512,
    "latent_size": 2,
}


@registry.register("zhang/mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class MNIST(Preset):
    """MNIST with two latents, warm-started by forward KL.

    20 epochs of forward KL at width 0.2, then 40 of the divergence at width 0.8.

    The paper's: `layers` = 5 layers of `units` = 512 and leaky ReLU in encoder and decoder; a
    posterior of isotropic covariance; batches of 100; 20 encoder steps for each decoder step;
    Adam at 1e-4 for the encoder, SGD at 5e-5 for the decoder under reverse KL; p^(y) by 50
    principal components, T = 30, temperature 10, as its text means it. The paper is silent on the
    decoder's optimizer under forward KL (Adam at 1e-4 here) and on its output (a sigmoid here).

    On two cores this takes hours: `epochs=12, encoder_steps=5` is a twentieth of it. A budget of
    minutes, with figures, is that of python -m examples.zhang.mnist_forward_reverse.

    What the settings of optimizers and density are: `kfdiv.presets.zhang.images.Settings`.

    Source: Zhang et al. 2019, section 3.2, figure 4, appendix B.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("zhang/mnist")
        >>> preset.epochs, preset.warmup("rkl").steps, preset.width
        (60, 12000, 0.8)
    """

    epochs: int = 60
    batch_size: int = 100
    steps_per_execution: int = 20
    warmup_epochs: int | None = None
    width: float = 0.8
    forward_width: float = 0.2
    encoder_steps: int = 20
    learning_rate: float = 1e-4
    decoder_learning_rate: float = 5e-5
    components: int = 50
    neighbors: int = 30
    temperature: float = 10.0
    equation_35: str = "meant"
    num_examples: int = 60_000
    layers: int = 5
    units: int = 512
    latent_size: int = 2

    warmup_share: ClassVar[float] = 20 / 60
    printed: ClassVar[tuple[Printed, ...]] = (
        *(Printed(name, value) for name, value in _PRINTED.items()),
        *images.PRINTED,
        Printed("warmup_epochs", 20),
        Printed(
            "optimizer of the decoder under forward KL",
            None,
            "not given",
            here="Adam at 1e-4",
        ),
        Printed("activation of the decoder's output", None, "not given", here="a sigmoid"),
    )
    description: ClassVar[str] = "MNIST, two latents, forward-KL warm start"

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read MNIST as TensorFlow Datasets has prepared it, pixels in [0, 1]."""
        if split == "train":
            split = f"train[:{self.num_examples}]"
        return data.load("mnist", split, batch_size=self.batch_size, seed=seed, data_dir=data_dir)

    def build(self, divergence: str, seed: int) -> models.VariationalFDivergence:
        """See `Preset.build`."""
        image, hidden = (28, 28, 1), [self.units] * self.layers
        encoder = networks.mlp(image, hidden, self.latent_size + 1, "leaky_relu")
        return models.VariationalFDivergence(
            encoder=distributions.Normal(encoder, scale="isotropic"),
            decoder=networks.mlp(self.latent_size, hidden, image, "leaky_relu", "sigmoid"),
            noise=self.warmup(divergence).noise(self.forward_width, self.width),
            data_density=images.data_density(self),
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self, self.warmup(divergence), keras.optimizers.SGD)
