"""Any pictures."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.arguments import check_choice
from kfdiv.data.prepared import MEMORY_LIMIT
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.own import objectives, source
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry

NETWORKS = ("auto", "dcgan", "sagan")

# From this size on residual networks are the default, where their strides divide it.
_RESIDUAL_FROM = 64
_STRIDE = 16
_SPLIT = ("test_share", "split_seed")
_OPTIONS = MappingProxyType(
    {
        "folder": ("size", "channels", "resize", "unreadable", *_SPLIT),
        "npz": ("key", *_SPLIT),
        "digits": ("size",),
    }
)


@registry.register("images")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Images(Preset):
    """Any pictures, as squares of `size` pixels in [-1, 1], by an objective of choice.

    `data="folder:PATH"` is a folder of PNG and JPEG files, cut and resized as
    `kfdiv.data.folder.folder` says, as are its settings `channels` (3 by default), `resize`,
    `unreadable`, `test_share` and `split_seed`. `data="npz:PATH"` are uint8 pixels of that size in
    the array `key`; without `data` it is scikit-learn's digits, to see that it works.

    `network="dcgan"` is that of Shen et al.'s stacked MNIST, three strides of 2, for any size;
    `"sagan"` is a residual generator and critic with attention, and a ResNet encoder, whose sizes
    16 divides; `"auto"` takes the latter from 64 pixels on. With a critic the generator takes noise
    in every layer, if it is `stochastic`.

    The settings of the objective are those of `kfdiv.presets.own.objectives.Settings`. What is read
    off the data, `channels`, `num_examples` and a `digest` of names and sizes, a run is tied to:
    with other data it does not go on.

    Ours, not a paper's.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("images", size=16, objective="vae", base_filters=4)
        >>> preset.num_examples, preset.channels, preset.network
        (1442, 1, 'dcgan')
        >>> preset.model().event_shape
        (16, 16, 1)
    """

    epochs: int = 50
    batch_size: int = 64
    data: str = "digits"
    size: int = 32
    channels: int | None = None
    resize: str = "crop"
    unreadable: str = "refuse"
    key: str = ""
    test_share: float = 0.1
    split_seed: int = 0
    num_examples: int | None = None
    digest: str = ""
    network: str = "auto"
    latent_size: int = 64
    base_filters: int = 32
    stochastic: bool = True
    objective: str = "age"
    clip: float = 0.0
    critic_steps: int = 1
    critic_learning_rate: float = 1e-4
    critic_units: int = 512
    learning_rate: float | None = None
    decay: bool = False
    width: float = 0.3

    least: ClassVar[dict[str, int]] = {"warmup_epochs": 0, "split_seed": 0}
    read_off_data: ClassVar[tuple[str, ...]] = ("num_examples", "digest")
    description: ClassVar[str] = "any pictures, --data=folder:PATH, by any objective"
    value_range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def complete(self) -> None:
        """See `Preset.complete`."""
        check_choice("network", self.network, NETWORKS)
        objectives.check_settings(self, of_critics=("stochastic",))
        name, path = source.parse(self.data, _OPTIONS)
        source.settle(self, data=name if path is None else f"{name}:{path}")
        if self.network == "auto":
            fits = self.size >= _RESIDUAL_FROM and self.size % _STRIDE == 0
            source.settle(self, network="sagan" if fits else "dcgan")
        if self.network == "sagan" and self.size % _STRIDE:
            below = self.size // _STRIDE * _STRIDE
            sizes = [str(size) for size in (below, below + _STRIDE) if size]
            raise ValueError(
                f"size={self.size} does not divide by {_STRIDE}, as network='sagan' needs. Take "
                f"size={' or size='.join(sizes)}; or network='dcgan', which takes any size."
            )
        if self.num_examples is None:
            source.refuse_foreign(self, _OPTIONS, shared=("size", "channels"))
            self._read()
        values = self.num_examples * self.size**2 * self.channels
        if self.objective == "variational_f_divergence" and values > MEMORY_LIMIT:
            raise ValueError(
                f"objective='variational_f_divergence' computes the density of all pictures in "
                f"every step; {self.num_examples} of {self.size} x {self.size} pixels are too many "
                "for that. Choose objective='vae' or 'age', or a smaller size."
            )

    def _read(self) -> None:
        """Fill in what is read off the data."""
        stream = self._open("train")
        shape = tuple(stream.source.spec.x.shape)
        wanted = (self.size, self.size, self.channels or shape[-1])
        if shape != wanted:
            raise ValueError(
                f"The images of {self.data} have the shape {shape}, but the settings say {wanted}. "
                "Set size and channels to what they are: square images of 1 or 3 channels are "
                "possible; those of a folder are resized."
            )
        source.settle(
            self,
            channels=shape[-1],
            num_examples=stream.num_examples,
            digest=stream.info.digest or "",
        )

    def _open(self, split: str) -> data.Stream:
        return source.open_split(self, _OPTIONS, split, value_range=self.value_range)

    @property
    def criterion(self) -> Criterion:
        """See `Preset.criterion`."""
        return objectives.criterion(self)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Open the pictures, if they are those that the settings were read off."""
        return source.batched(self, self._open(split), seed)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        if objectives.has_critic(self):
            generator = self._generator(self.stochastic)
            kind = distributions.Implicit if self.stochastic else distributions.Deterministic
            return objectives.critic_model(
                self.criterion, kind(generator), self._critic(), self._encoder(), seed
            )
        decoder = self._generator(noise=False)
        if self.objective == "vae":
            decoder = distributions.Normal(decoder, scale=self.width)
        return objectives.likelihood_model(self, self._encoder(), decoder, seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return objectives.compile_arguments(self)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return (self.size, self.size, self.channels)

    def _generator(self, noise: bool) -> keras.Model:
        make = {"dcgan": networks.dcgan_generator, "sagan": networks.sagan_generator}
        return make[self.network](
            self.latent_size, self.image_shape, self.base_filters, noise=noise
        )

    def _critic(self) -> keras.Model:
        make, units = networks.dcgan_critic, self.critic_units
        if self.network == "sagan":
            make, units = networks.sagan_critic, [self.critic_units] * 2
        return make(self.image_shape, self.latent_size, self.base_filters, units)

    def _encoder(self) -> keras.Model:
        outputs, base = 2 * self.latent_size, self.base_filters
        if self.network == "dcgan":
            return networks.dcgan_encoder(self.image_shape, outputs, base)
        return networks.resnet_encoder(
            self.image_shape,
            outputs,
            head_units=[8 * base],
            filters=[base, 2 * base, 4 * base, 8 * base],
            blocks=[2, 2, 2, 2],
        )
