"""Shapes that users pass to networks: read once, refused with one message."""

from __future__ import annotations

from collections.abc import Sequence

from kfdiv.arguments import check_count


def as_size(value: int, what: str) -> int:
    """Return `value` as a positive Python integer.

    Args:
        value: anything that is an integer, NumPy's included.
        what: the argument's name, for the error.

    Raises:
        ValueError: if `value` is not a positive integer.

    Example:
        >>> as_size(2, "latent_size")
        2
    """
    return check_count(what, value, expected="a positive integer")


def as_shape(value: int | Sequence[int], what: str) -> tuple[int, ...]:
    """Return `value` as a tuple of positive integers; an integer `n` stands for `(n,)`.

    Args:
        value: one size, or the sizes of every axis but the batch's.
        what: the argument's name, for the error.

    Raises:
        ValueError: if `value` is empty or holds anything but positive integers.

    Example:
        >>> as_shape(3, "input_shape"), as_shape([28, 28, 1], "input_shape")
        ((3,), (28, 28, 1))
    """
    sizes = tuple(value) if isinstance(value, Sequence) else (value,)
    message = (
        f"{what} must be a positive integer or a non-empty sequence of them, without the batch "
        f"axis, for example 2 or (28, 28, 1), but got {value!r}."
    )
    if not sizes:
        raise ValueError(message)
    try:
        return tuple(check_count(what, size) for size in sizes)
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error


def as_image_shape(
    value: int | Sequence[int],
    multiple: int = 1,
    what: str = "image_shape",
    instead: str = "use kfdiv.networks.conv_encoder and conv_decoder, which take any size",
) -> tuple[int, int, int]:
    """Return `value` as `(height, width, channels)`, both sides multiples of `multiple`.

    Args:
        value: the shape of one image, channels last.
        multiple: what the network's strides divide a side by.
        what: the argument's name, for the error.
        instead: what else to do about sides that are no multiples, for the error.

    Raises:
        ValueError: if `value` is not such a shape.

    Example:
        >>> as_image_shape([64, 64, 3], multiple=16)
        (64, 64, 3)
    """
    shape = as_shape(value, what)
    if len(shape) != 3:
        raise ValueError(
            f"{what} must be (height, width, channels), for example (28, 28, 1), but got {value!r}."
        )
    if shape[0] % multiple or shape[1] % multiple:
        raise ValueError(
            f"This network's strides need a height and a width divisible by {multiple}, but "
            f"{what} is {shape}. Resize or pad the images, or {instead}."
        )
    return shape
