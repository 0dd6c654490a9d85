"""The products of a train step alone: of matrices, and convolutions of stride 2 with 5 x 5 kernels.

A layer's products are named by a string of "f", the forward one, "w", the gradient of its weights,
and "i", that of its inputs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf
import timing

KERNEL, STRIDES = 5, [1, 2, 2, 1]


class Product(NamedTuple):
    """A kernel, what it takes, and its operations."""

    kernel: Callable[..., tf.Tensor]
    operands: tuple[tf.Tensor, ...]
    flop: int


def dense(batch: int, inputs: int, outputs: int, which: str, dtype: str) -> list[Product]:
    """Return the products of a dense layer."""
    x = _draw((batch, inputs), dtype)
    w = _draw((inputs, outputs), dtype)
    g = _draw((batch, outputs), dtype)
    products = {
        "f": (tf.matmul, (x, w)),
        "w": (functools.partial(tf.matmul, transpose_a=True), (x, g)),
        "i": (functools.partial(tf.matmul, transpose_b=True), (g, w)),
    }
    return [Product(*products[name], 2 * batch * inputs * outputs) for name in which]


def convolution(
    batch: int, small: tuple[int, int], large: tuple[int, int], which: str, dtype: str
) -> list[Product]:
    """Return the products of a convolution from the `large` image to the `small` one.

    Args:
        batch: how many images.
        small: side and channels.
        large: side, where that is padded, with the padding; and channels.
        which: "f", "w", "i".
        dtype: of everything.
    """
    return _products(batch, small, large, "VALID", which, dtype)


def transposed(
    batch: int, small: tuple[int, int], large: tuple[int, int], which: str, dtype: str
) -> list[Product]:
    """Return the products of a transposed convolution from `small` to `large`, as `convolution`."""
    # Forward and the gradient of the inputs change places.
    which = which.translate(str.maketrans("fi", "if"))
    return _products(batch, small, large, "SAME", which, dtype)


def serve(
    moves: Sequence[tuple[int, list[Product]]], calls: int, engines: Mapping[str, bool]
) -> None:
    """Serve the seconds of a step's products back to back, by each engine.

    Args:
        moves: how often a step makes the move, and its products.
        calls: over which the mean is taken.
        engines: by name, whether it is XLA.
    """
    functions = {
        name: [
            (times, _together([product.kernel for product in products], xla), products)
            for times, products in moves
        ]
        for name, xla in engines.items()
    }

    def measure() -> dict[str, float]:
        seconds = {}
        for name, steps in functions.items():
            for times, function, products in steps:
                operands = [product.operands for product in products]
                call = functools.partial(function, operands)
                spent = timing.per_call(lambda call=call: call()[-1].numpy(), calls, name)
                seconds |= {key: seconds.get(key, 0.0) + times * t for key, t in spent.items()}
        return seconds

    measure()
    flop = sum(times * sum(product.flop for product in products) for times, products in moves)
    timing.serve(measure, gflop_a_step=round(flop / 1e9, 3), library=f"tensorflow {tf.__version__}")


def _together(kernels: list[Callable[..., tf.Tensor]], xla: bool) -> Callable[[list], list]:
    def all_of_them(operands: list) -> list[tf.Tensor]:
        return [kernel(*own) for kernel, own in zip(kernels, operands, strict=True)]

    return tf.function(all_of_them, jit_compile=xla)


def _products(
    batch: int, small: tuple[int, int], large: tuple[int, int], padding: str, which: str, dtype: str
) -> list[Product]:
    shape = (batch, large[0], large[0], large[1])
    x = _draw(shape, dtype)
    g = _draw((batch, small[0], small[0], small[1]), dtype)
    w = _draw((KERNEL, KERNEL, large[1], small[1]), dtype)

    def of_weights(x: tf.Tensor, g: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=w.shape, out_backprop=g, strides=STRIDES, padding=padding
        )

    def of_inputs(w: tf.Tensor, g: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.Conv2DBackpropInput(
            input_sizes=shape, filter=w, out_backprop=g, strides=STRIDES, padding=padding
        )

    forward = functools.partial(tf.nn.conv2d, strides=STRIDES, padding=padding)
    products = {"f": (forward, (x, w)), "w": (of_weights, (x, g)), "i": (of_inputs, (w, g))}
    flop = 2 * batch * small[0] ** 2 * KERNEL**2 * small[1] * large[1]
    return [Product(*products[name], flop) for name in which]


def _draw(shape: tuple[int, ...], dtype: str) -> tf.Tensor:
    return tf.cast(tf.random.stateless_normal(shape, [0, 0]), dtype)
