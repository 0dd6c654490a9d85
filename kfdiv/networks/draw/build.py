"""DRAW's two networks, which share the decoder's layer."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kfdiv.arguments import check_count
from kfdiv.networks.conditioning import condition_inputs
from kfdiv.networks.draw.conv_lstm_cell import ConvLSTMCell
from kfdiv.networks.draw.decoder import DrawDecoder
from kfdiv.networks.draw.encoder import DrawEncoder
from kfdiv.networks.draw.read import AttentiveRead, ConvRead, FullRead
from kfdiv.networks.draw.write import AttentiveWrite, ConvWrite, FullWrite
from kfdiv.networks.shapes import as_image_shape, as_shape, as_size


def networks(
    event_shape: int | Sequence[int],
    latent_size: int,
    steps: int = 10,
    units: int = 256,
    read_size: int | None = None,
    write_size: int | None = None,
    stride: int | None = None,
    link: str = "sigmoid",
    condition_size: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """Return DRAW's encoder and decoder, for `AutoregressiveNormal` and for a density of x.

    Args:
        event_shape: of x; an image's, where there is attention or a stride.
        latent_size: latents of a step; with a stride, feature maps of them.
        steps: T.
        units: of both LSTMs; with a stride, feature maps.
        read_size: N of the window that is read through; None reads the whole of x.
        write_size: N of the window that is written through; None writes the whole canvas.
        stride: None for LSTMs of vectors (Gregor et al. 2015); an integer for convolutional ones,
            over maps whose sides are the image's divided by it (Gregor et al. 2016).
        link: from the canvas to x_hat, "sigmoid" or "linear".
        condition_size: of a condition, which both take as a second input; 0 for none.

    Returns:
        A built network from x to the latents that follow from means, `(batch, size)`, and one from
        latents to the last canvas; size is `steps * latent_size`, times the maps' pixels.

    Raises:
        ValueError: if a size is not positive, attention or a stride is asked for without images,
            or a window is larger than the image.

    Example:
        >>> encoder, decoder = networks((8, 8, 1), latent_size=3, steps=4, units=16, read_size=3)
        >>> encoder.output_shape, decoder.output_shape
        ((None, 12), (None, 8, 8, 1))
    """
    event_shape = as_shape(event_shape, "event_shape")
    latent_size, units = as_size(latent_size, "latent_size"), as_size(units, "units")
    window = read_size is not None or write_size is not None
    if stride is not None:
        if window:
            raise ValueError(
                "read_size and write_size are of windows, and stride of convolutions, which take "
                f"their place: got read_size={read_size}, write_size={write_size}, "
                f"stride={stride}. Leave one of them out."
            )
        stride = as_size(stride, "stride")
    if window or stride:
        instead = "take a stride that divides both, or stride=None, which takes any size"
        event_shape = as_image_shape(event_shape, stride or 1, "event_shape", instead)
        for name, size in (("read_size", read_size), ("write_size", write_size)):
            if size is not None:
                check_count(name, size, most=min(event_shape[:2]), expected=_fitting(event_shape))
    maps = () if stride is None else (event_shape[0] // stride, event_shape[1] // stride)

    def cell() -> keras.layers.Layer:
        return ConvLSTMCell((*maps, units)) if maps else keras.layers.LSTMCell(units)

    if maps:
        read, write = ConvRead(units, stride), ConvWrite(event_shape[-1], stride)
    else:
        read = FullRead() if read_size is None else AttentiveRead(read_size)
        if write_size is None:
            write = FullWrite(event_shape)
        else:
            write = AttentiveWrite(event_shape, write_size)
    latent_shape = (*maps, latent_size)
    decoder = DrawDecoder(event_shape, steps, latent_shape, cell(), write, condition_size, link)
    encoder = DrawEncoder(decoder, read, cell())
    return _model(event_shape, encoder, condition_size), _model(
        (decoder.size,), decoder, condition_size
    )


def _fitting(event_shape: tuple[int, ...]) -> str:
    """Return what a window's size must be, for errors."""
    height, width, _ = event_shape
    return (
        f"an integer from 1 to {min(height, width)}, the side of a window in images of {height} x "
        f"{width} pixels, or None for the whole"
    )


def _model(shape: tuple[int, ...], layer: keras.layers.Layer, condition_size: int) -> keras.Model:
    """Return the network of one layer, and of the condition."""
    inputs = [keras.Input(shape), *condition_inputs(condition_size)]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    return keras.Model(inputs, layer(inputs))
