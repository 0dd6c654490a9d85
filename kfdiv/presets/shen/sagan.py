"""What CelebA and ImageNet share: the networks of appendix E.3, and how images are read."""

from __future__ import annotations

from typing import Any, Protocol

import keras
import tensorflow as tf

from kfdiv import data, networks
from kfdiv.presets.shen.images import Settings as ImageSettings
from kfdiv.presets.shen.images import networks_of
from kfdiv.presets.unused import refuse_unused


class Settings(ImageSettings, Protocol):
    """The settings that both experiments have, beside those of `ImageSettings`.

    Attributes:
        batch_size: examples a batch.
        num_examples: of the training split.
        value_range: of the pixels.
        encoder_filters: of the ResNet's first stack; the later ones have 2, 4 and 8 times as many.
        encoder_units: of the three hidden layers behind it.
    """

    batch_size: int
    num_examples: int
    value_range: tuple[float, float]
    encoder_filters: int
    encoder_units: int


_OF_ENCODER = ("encoder_filters", "encoder_units")


def check_encoder_settings(settings: Settings) -> None:
    """Refuse sizes of an encoder where there is none.

    Args:
        settings: a preset.

    Raises:
        ValueError: naming the first of them.
    """
    if not settings.bidirectional:
        refuse_unused(settings, _OF_ENCODER, "bidirectional=False has no encoder")


def sagan_networks(settings: Settings) -> dict[str, keras.layers.Layer]:
    """Return generator and critic after SAGAN, spectrally normalised, and a ResNet-50 encoder.

    The encoder needs keras-cv, which is imported when it is built. The paper leaves out the sizes
    of the critic's dense layers: two of `critic_units`.

    Source: Shen et al. 2020, table 11 and figure 7.
    """
    units = settings.encoder_units
    return networks_of(
        settings,
        networks.sagan_generator,
        lambda **size: networks.sagan_critic(
            **size, units=[settings.critic_units] * 2 if settings.bidirectional else None
        ),
        lambda outputs: networks.resnet_encoder(
            output_size=outputs,
            head_units=[units] * 3,
            filters=[settings.encoder_filters * factor for factor in (1, 2, 4, 8)],
        ),
    )


def photographs(
    settings: Settings, name: str, split: str, seed: int, data_dir: str | None, **options: Any
) -> tf.data.Dataset:
    """Read images as TensorFlow Datasets has prepared them, 64 x 64, in the preset's range.

    Args:
        settings: a preset.
        name: a data set of `kfdiv.data`.
        split: "train" means its first `num_examples`.
        seed: of the order.
        data_dir: where the prepared data are.
        **options: of the data set.
    """
    if split == "train":
        split = f"train[:{settings.num_examples}]"
    return data.load(
        name,
        split,
        batch_size=settings.batch_size,
        seed=seed,
        value_range=settings.value_range,
        data_dir=data_dir,
        **options,
    )
