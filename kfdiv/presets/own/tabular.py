"""Any table of numbers."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.own import objectives, source
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry

_SPLIT = ("test_share", "split_seed")
_OPTIONS = MappingProxyType(
    {
        "csv": ("columns", "label", "delimiter", "missing", *_SPLIT),
        "npz": ("key", "label_key", *_SPLIT),
        "ring": (),
        "grid9": (),
        "grid25": (),
        "two_gaussians": (),
    }
)
_STANDARDISED = ("csv", "npz")


@registry.register("tabular")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Tabular(Preset):
    """Any table of numbers, each column of mean 0 and deviation 1, by an objective of choice.

    `data="csv:PATH"` are the rows of a CSV file, as `kfdiv.data.csv_file.table` says, as are its
    settings `columns` (names with commas between; all by default), `label`, `delimiter`, `missing`,
    `test_share` and `split_seed`. `data="npz:PATH"` are the rows of the array `key`, with labels
    `label_key`. Without `data` it is the ring of seven Gaussians, to see that it works.

    Encoder and decoder have `layers` hidden layers of `units`. Samples are written in the units of
    the file, too: `mean` and `scale` of the training split are settings of the run. To these, to
    `columns`, `num_examples` and a `digest` of the file it is tied: with other data it does not go
    on.

    The settings of the objective are those of `kfdiv.presets.own.objectives.Settings`.

    Ours, not a paper's.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("tabular", units=8)
        >>> preset.num_examples, preset.columns
        (10000, ['x0', 'x1', 'x2'])
        >>> preset.model("js").event_shape
        (3,)
    """

    epochs: int = 100
    batch_size: int = 100
    steps_per_execution: int = 10
    data: str = "ring"
    columns: list[str] = dataclasses.field(default_factory=list)
    label: str = ""
    delimiter: str = ","
    missing: str = "refuse"
    key: str = ""
    label_key: str = ""
    test_share: float = 0.1
    split_seed: int = 0
    num_examples: int | None = None
    digest: str = ""
    mean: list[float] = dataclasses.field(default_factory=list)
    scale: list[float] = dataclasses.field(default_factory=list)
    latent_size: int = 4
    layers: int = 3
    units: int = 128
    objective: str = "variational_f_divergence"
    clip: float = 0.0
    critic_steps: int = 1
    critic_learning_rate: float = 1e-4
    critic_units: int = 128
    learning_rate: float | None = None
    decay: bool = False
    width: float = 0.2

    least: ClassVar[dict[str, int]] = {"warmup_epochs": 0, "split_seed": 0}
    read_off_data: ClassVar[tuple[str, ...]] = ("num_examples", "digest", "mean", "scale")
    description: ClassVar[str] = "any table, --data=csv:PATH or npz:PATH, by any objective"

    def complete(self) -> None:
        """See `Preset.complete`."""
        objectives.check_settings(self)
        name, path = source.parse(self.data, _OPTIONS)
        columns = self.columns.split(",") if isinstance(self.columns, str) else self.columns
        source.settle(
            self,
            data=name if path is None else f"{name}:{path}",
            columns=[str(column).strip() for column in columns],
        )
        if self.num_examples is not None:
            return
        source.refuse_foreign(self, _OPTIONS)
        if self.mean or self.scale:
            raise ValueError("The settings mean and scale are read off the data. Leave them out.")
        stream = self._open("train")
        shape = tuple(stream.source.spec.x.shape)
        if len(shape) != 1:
            raise ValueError(
                f"The examples of {self.data} have the shape {shape}; expected rows of a table. "
                "Choose another key; pictures are for --preset=images."
            )
        known = stream.info.standardization
        source.settle(
            self,
            columns=[f"x{place}" for place in range(shape[0])],
            num_examples=stream.num_examples,
            digest=stream.info.digest or "",
        )
        if known is not None:
            moments = {"mean": known.mean.tolist(), "scale": known.scale.tolist()}
            source.settle(self, columns=list(known.columns), **moments)

    def _open(self, split: str) -> data.Stream:
        known = source.parse(self.data, _OPTIONS)[0] in _STANDARDISED
        return source.open_split(self, _OPTIONS, split, **({"standardize": True} if known else {}))

    @property
    def standardization(self) -> data.Standardization | None:
        """What turns samples back into the units of the file; None where they are in these."""
        if not self.mean:
            return None
        return data.Standardization(tuple(self.columns), np.array(self.mean), np.array(self.scale))

    @property
    def criterion(self) -> Criterion:
        """See `Preset.criterion`."""
        return objectives.criterion(self)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Open the table, if it is the one that the settings were read off."""
        return source.batched(self, self._open(split), seed)

    def table(self, samples: np.ndarray) -> tuple[list[str], np.ndarray]:
        """See `Preset.table`."""
        known = self.standardization
        return self.columns, samples if known is None else known.restore(samples)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        size, hidden = len(self.columns), [self.units] * self.layers
        encoder = networks.mlp(size, hidden, 2 * self.latent_size)
        if objectives.has_critic(self):
            decoder = distributions.Normal(networks.mlp(self.latent_size, hidden, 2 * size))
            critic = networks.joint_critic(size, self.latent_size, [self.critic_units] * 2)
            return objectives.critic_model(self.criterion, decoder, critic, encoder, seed)
        if self.objective == "vae":
            decoder = distributions.Normal(networks.mlp(self.latent_size, hidden, 2 * size))
        else:
            decoder = networks.mlp(self.latent_size, hidden, size)
        return objectives.likelihood_model(self, encoder, decoder, seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return objectives.compile_arguments(self)
