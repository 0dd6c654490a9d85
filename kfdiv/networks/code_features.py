"""What turns a critic of x into one of pairs (x, z): VEEGAN's, as Rosca et al. 2018 have it."""

from __future__ import annotations

import keras

from kfdiv.arguments import check_left_out
from kfdiv.networks.shapes import as_size

SLOPE = 0.2
_CODE_LAYERS, _HEAD_LAYERS = 3, 2
_CODE_UNITS, _HEAD_UNITS = 1_000, 512


def check_pairs_alone(
    latent_size: int | None, code_units: int | None, head_units: int | None
) -> None:
    """Raise a ValueError if sizes of layers are given that a critic of x alone has none of.

    Args:
        latent_size: of z, or None for a critic of x alone.
        code_units: as of `join_code`.
        head_units: likewise.
    """
    if latent_size is None:
        for name, value in (("code_units", code_units), ("head_units", head_units)):
            check_left_out(name, value, "a critic of x alone has no such layers")


def join_code(
    features: keras.KerasTensor,
    inputs: list[keras.KerasTensor],
    latent_size: int,
    code_units: int | None = None,
    head_units: int | None = None,
) -> keras.KerasTensor:
    """Give a functional network the input z, and return the features of both.

    The features of x and those of z, of three layers as the code critic's, are joined by two more
    hidden layers. Table 8 calls these convolutions of 3 x 3 and 2 x 2; their input is a vector, on
    which they are dense.

    Args:
        features: of x, shape `(batch, size)`.
        inputs: those of the network so far; z, `(latent_size,)`, is appended.
        latent_size: of z.
        code_units: of each of the three layers of z, by default 1,000.
        head_units: of each of the two layers of both, by default 512; the paper has 512 and 1,024.

    Example:
        >>> inputs = [keras.Input((6,))]
        >>> join_code(inputs[0], inputs, latent_size=2, code_units=4, head_units=5).shape
        (None, 5)

    Source: Rosca et al. 2018, Table 8 and appendix K.5.
    """
    code_units = _CODE_UNITS if code_units is None else as_size(code_units, "code_units")
    head_units = _HEAD_UNITS if head_units is None else as_size(head_units, "head_units")
    inputs.append(keras.Input((as_size(latent_size, "latent_size"),), name="z"))
    code = inputs[-1]
    for _ in range(_CODE_LAYERS):
        code = _hidden(code, code_units)
    both = keras.layers.Concatenate()([features, code])
    for _ in range(_HEAD_LAYERS):
        both = _hidden(both, head_units)
    return both


def _hidden(features: keras.KerasTensor, units: int) -> keras.KerasTensor:
    return keras.layers.LeakyReLU(SLOPE)(keras.layers.Dense(units)(features))
