"""Section IV.a of Roquero Gimenez and Zou 2022: MNIST and Fashion-MNIST by f-GM."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, distributions, flows, models, networks
from kfdiv.arguments import check_choice
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry

SOURCES = ("mnist", "fashion_mnist")
DENSITIES = ("maf", "real_nvp")


@registry.register("fgm/mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class MNIST(Preset):
    """Encoder, decoder and a flow for the density of the data, all three of use afterwards.

    The paper gives none of its sizes and settings; all of these are ours. Pixels of 8 bits have no
    density, and a ratio of densities in 784 dimensions is soon beyond what any f can tell apart:
    so the data get Gaussian noise of standard deviation `width`, anew at every step, which is also
    the decoder's, and the flow starts at the noise alone, as the decoder does. Samples are the
    decoder's means, without the noise.

    Args:
        source: "mnist" or "fashion_mnist".
        layers: hidden layers of encoder and decoder.
        units: of each of them.
        latent_size: how many latents.
        width: standard deviation of p(x|z), in units of [0, 1].
        data_noise: of the noise on the data; None is `width`, and 0 none, as the paper has it.
        density: the flow, "maf" or "real_nvp".
        density_layers: its steps.
        density_units: of the two hidden layers of each step's network.
        density_steps: updates of the density for each of encoder and decoder.
        learning_rate: Adam's, of encoder and decoder.
        density_learning_rate: of the flow.

    Raises:
        ValueError: if the source or the flow is another.

    Source: Roquero Gimenez and Zou 2022, section IV.a, figure 1; algorithm 1.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.presets.get("fgm/mnist", density_layers=1, density_units=8).model("js")
        >>> model.density.event_shape, model.prior.size
        ((28, 28, 1), 10)
    """

    epochs: int = 30
    batch_size: int = 100
    num_examples: int = 60_000
    steps_per_execution: int = 20
    source: str = "mnist"
    layers: int = 2
    units: int = 512
    latent_size: int = 10
    width: float = 0.5
    data_noise: float | None = None
    density: str = "maf"
    density_layers: int = 3
    density_units: int = 256
    density_steps: int = 1
    learning_rate: float = 5e-4
    density_learning_rate: float = 5e-4

    default_divergence: ClassVar[str] = "kl"
    description: ClassVar[str] = "MNIST by f-GM: encoder, decoder, and a flow for the data"
    least: ClassVar[Mapping[str, int]] = {"data_noise": 0}
    printed: ClassVar[tuple[Printed, ...]] = (
        Printed(
            "data_noise",
            0.0,
            "pixels of 8 bits have no density, and the ratio is beyond what any f can tell apart; "
            "None is `width`",
        ),
        *(
            Printed(name, None, "not given")
            for name in ("layers", "units", "latent_size", "width", "density", "density_layers")
        ),
        *(
            Printed(name, None, "not given")
            for name in ("density_units", "density_steps", "learning_rate", "batch_size", "epochs")
        ),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("source", self.source, SOURCES)
        check_choice("density", self.density, DENSITIES)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read the prepared images, in [0, 1], and add the noise.

        The images alone are `dataset.stream.clean`.
        """
        if split == "train":
            split = f"train[:{self.num_examples}]"
        options = {"batch_size": self.batch_size, "seed": seed, "data_dir": data_dir}
        dataset = data.load(self.source, split, **options)
        width = self.width if self.data_noise is None else self.data_noise
        return data.with_noise(dataset, width, seed) if width else dataset

    def build(self, divergence: str, seed: int) -> models.FGM:
        """See `Preset.build`."""
        image, hidden = (28, 28, 1), [self.units] * self.layers
        decoder = networks.mlp(self.latent_size, hidden, image)
        make = flows.maf if self.density == "maf" else flows.real_nvp
        density = make(image, layers=self.density_layers, units=[self.density_units] * 2)
        affine = density.bijections[-1]
        affine.log_scale.assign(tf.fill(affine.log_scale.shape, math.log(self.width)))
        # At the identity it would be adapted to the data, which the decoder does not know yet.
        affine.shift.assign(tf.fill(affine.shift.shape, 1e-6))
        return models.FGM(
            encoder=networks.mlp(image, hidden, 2 * self.latent_size),
            decoder=distributions.Normal(decoder, scale=self.width),
            density=density,
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        rates = dict.fromkeys(("encoder", "decoder"), self.learning_rate)
        rates["density"] = self.density_learning_rate
        arguments = {f"{role}_optimizer": keras.optimizers.Adam(r) for role, r in rates.items()}
        return {**arguments, "density_steps": self.density_steps}
