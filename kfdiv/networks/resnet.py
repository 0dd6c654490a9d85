"""The encoder of Shen et al. 2020 for CelebA and ImageNet: a ResNet-50 and a small head."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kfdiv.networks.shapes import as_image_shape, as_shape, as_size


def resnet_encoder(
    image_shape: Sequence[int] = (64, 64, 3),
    output_size: int = 200,
    head_units: Sequence[int] = (1024, 1024, 1024),
    filters: Sequence[int] = (64, 128, 256, 512),
    blocks: Sequence[int] = (3, 4, 6, 3),
    name: str | None = None,
) -> keras.Model:
    """ResNet-50 to its mean pixel, then `h <- h + ReLU(W h + b)` layer by layer, and an affine map.

    The backbone is that of keras-cv, or of keras-hub where keras-cv cannot be imported, with
    weights drawn afresh: nothing is downloaded. (keras-cv has reached the end of its life, and
    keras-hub is what follows it; that one's first stack has 64 filters always.) The paper's head is
    "a 4-layer MLP with skip connections": here three hidden layers and the output, a skip wherever
    a layer has the size of the one before.

    Args:
        image_shape: `(height, width, channels)` of one image.
        output_size: size of the output vector. For an encoder that describes a normal distribution
            over latents, twice the latent size: 200 for CelebA, 280 for ImageNet.
        head_units: sizes of the head's hidden layers: 1024 for CelebA, 2048 for ImageNet.
        filters: of each stack of blocks; its output has 4 times as many.
        blocks: how many blocks each stack has, two or more. All stacks but the first halve the
            sides.
        name: the model's name.

    Returns:
        A built functional `keras.Model` from `(batch, *image_shape)` to `(batch, output_size)`.

    Raises:
        ImportError: if neither keras-cv nor keras-hub is installed.
        ValueError: if an argument is not as described.

    Example:
        >>> encoder = resnet_encoder((32, 32, 3), 4, (8, 8), filters=(2, 4), blocks=(2, 2))
        >>> encoder.output_shape
        (None, 4)

    Source: Shen et al. 2020, appendix E.3; He et al. 2016.
    """
    output_size = as_size(output_size, "output_size")
    head_units = as_shape(head_units, "head_units")
    image = keras.Input(as_image_shape(image_shape), name="x")
    h = keras.layers.GlobalAveragePooling2D()(_backbone(image.shape[1:], filters, blocks)(image))
    for units in head_units:
        layer = keras.layers.Dense(units, "relu")(h)
        h = keras.layers.Add()([h, layer]) if h.shape == layer.shape else layer
    return keras.Model(image, keras.layers.Dense(output_size)(h), name=name)


def _backbone(
    image_shape: tuple[int, ...], filters: Sequence[int], blocks: Sequence[int]
) -> keras.Model:
    filters, blocks = as_shape(filters, "filters"), as_shape(blocks, "blocks")
    if len(filters) != len(blocks) or min(blocks) < 2:
        raise ValueError(
            f"Received filters={filters} and blocks={blocks}; expected as many of one as of the "
            "other, and two blocks or more a stack: keras-cv cannot save a stack of one."
        )
    strides = (1, *[2] * (len(filters) - 1))
    # Imported here because no other network needs them. First the one that is always installed:
    # a saved model names the class that it was built by.
    try:
        from keras_cv.models import ResNetBackbone
    except (AttributeError, ImportError):
        return _synchronized(_backbone_of_keras_hub(image_shape, filters, blocks, strides))
    backbone = ResNetBackbone(
        stackwise_filters=list(filters),
        stackwise_blocks=list(blocks),
        stackwise_strides=list(strides),
        include_rescaling=False,
        input_shape=image_shape,
    )
    return _synchronized(backbone)


def _synchronized(backbone: keras.Model) -> keras.Model:
    """Have the backbone take statistics of the whole batch, on however many devices.

    Neither library has an argument for it.
    """
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
    return backbone


def _backbone_of_keras_hub(
    image_shape: tuple[int, ...],
    filters: tuple[int, ...],
    blocks: tuple[int, ...],
    strides: tuple[int, ...],
) -> keras.Model:
    """Return a ResNet of the same parameters, which pads by hand where keras-cv says "same"."""
    try:
        from keras_hub.models import ResNetBackbone
    except ImportError as error:
        raise ImportError(
            "The ResNet encoder is built with keras-cv or keras-hub, neither of which could be "
            "imported. Install one: pip install keras-cv, or pip install keras-hub"
        ) from error
    return ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=list(filters),
        stackwise_num_blocks=list(blocks),
        stackwise_num_strides=list(strides),
        block_type="bottleneck_block",
        image_shape=image_shape,
    )
