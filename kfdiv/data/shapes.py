"""What to do about examples of another shape than a model's."""

from __future__ import annotations

import math
from collections.abc import Sequence


def describe_shape_mismatch(
    received: Sequence[int | None], expected: Sequence[int], name: str = "x"
) -> str:
    """Say in one line how examples of one shape become those of another.

    Args:
        received: shape of a batch as it was given, `(batch, ...)`; None where it is not known.
        expected: shape of one example.
        name: what the batch is called.

    Returns:
        What was received and expected, and the likeliest fix, for an error message.

    Example:
        >>> print(describe_shape_mismatch((9, 28, 28), (28, 28, 1)))
        Received x of shape (9, 28, 28), expected (batch, 28, 28, 1): add the channel axis,
        x[..., None].
    """
    received, expected = tuple(received), tuple(int(size) for size in expected)
    wanted = f"({', '.join(map(str, ('batch', *expected)))})"
    fix = _fix(received, expected).replace("x[", f"{name}[").replace("x.", f"{name}.")
    return f"Received {name} of shape {received}, expected {wanted}: {fix}."


def _fix(received: tuple[int | None, ...], expected: tuple[int, ...]) -> str:
    if not received:
        return "a number is no data set, pass an array of examples"
    example = received[1:]
    merged = f"x.reshape({', '.join(map(str, (-1, *expected)))})"
    if _alike((*example, 1), expected):
        return "add the channel axis, x[..., None]"
    if _alike(example, (*expected, 1)):
        return "leave out the channel axis, x[..., 0]"
    if _alike(received, expected):
        return "add the batch axis, x[None], or of a data set, dataset.batch(100)"
    if _alike((*received, 1), expected):
        return "add the batch and channel axes, x[None, ..., None]"
    if len(expected) == 3 and _alike(example, (expected[2], *expected[:2])):
        return "put the channels last, np.moveaxis(x, 1, -1)"
    if len(example) > len(expected) and _alike(example[len(example) - len(expected) :], expected):
        return f"it has axes too many, merge them, {merged}"
    if None not in example and math.prod(example) == math.prod(expected):
        return f"it holds as many numbers, {merged}"
    return "reshape the data, or change the networks"


def _alike(some: tuple[int | None, ...], others: tuple[int, ...]) -> bool:
    """Whether two shapes are the same as far as they are known, which at least one size must be."""
    if len(some) != len(others):
        return False
    known = [(a, b) for a, b in zip(some, others, strict=True) if a is not None]
    return bool(known) and all(a == b for a, b in known)
