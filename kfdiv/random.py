"""Stateless randomness: the same floats in eager, graph and XLA, different on every replica.

TensorFlow's own normal sampler gives other floats under XLA than in a graph for the same seed, and
is some thirty times slower there on CPU; raw Philox bits agree everywhere. So bits are drawn here
and turned into floats by plain arithmetic. Nothing holds state: a seed is a pure function of (seed,
tag, step, replica), which is what makes a resumed run repeat an uninterrupted one bit for bit.
"""

from __future__ import annotations

import math
import operator
import zlib
from collections.abc import Callable

import tensorflow as tf

from kfdiv.arguments import ArgumentTypeError

_ALGORITHM = "philox"


def seed(seed: int, tag: str, step: int | tf.Tensor = 0) -> tf.Tensor:
    """Seed of one random draw, `fold_in(fold_in([seed, crc32(tag)], step), replica)`.

    Args:
        seed: the user's seed.
        tag: what the draw is for, e.g. `"latent"`; distinct tags give independent streams.
        step: how many updates came before, a Python integer or an integer scalar tensor.

    Returns:
        An int32 tensor of shape `(2,)`, as `tf.random.stateless_*` expect.

    Example:
        >>> from kfdiv import random
        >>> bool(tf.reduce_all(random.seed(0, "latent", 3) == random.seed(0, "latent", 3)))
        True
    """
    base = tf.constant([_int32(seed), _int32(zlib.crc32(tag.encode()))], tf.int32)
    high = int(seed) >> 32
    if high not in (0, -1):
        base = fold(base, high)
    folded = fold(base, step)
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return folded
    return fold(folded, context.replica_id_in_sync_group)


def fold(seed: tf.Tensor, data: int | tf.Tensor) -> tf.Tensor:
    """Derive a new seed from `seed` (int32, shape `(2,)`) and an integer `data`.

    Example:
        >>> from kfdiv import random
        >>> random.fold(random.seed(0, "noise"), 1).shape
        TensorShape([2])
    """
    if seed.shape[0] != 2:
        return tf.concat([fold(seed[:2], data), seed[2:]], axis=0)
    high = 0
    if not tf.is_tensor(data):
        data, high = _int32(data), operator.index(data) >> 32
    folded = tf.random.experimental.stateless_fold_in(seed, tf.cast(data, tf.int32), alg=_ALGORITHM)
    return folded if high in (0, -1) else fold(folded, high)


def rows(seed: tf.Tensor, start: int, count: int, total: int) -> tf.Tensor:
    """Seed of some rows of a draw: what is drawn with it is what the whole draw has there.

    So a large draw can be made piece by piece, and is the same however it is cut.

    Args:
        seed: of the whole draw, int32 of shape `(2,)`.
        start: the first of the rows.
        count: how many.
        total: rows of the whole draw.

    Returns:
        An int32 tensor of shape `(5,)`, which `fold`, `uniform` and `normal` take for a seed.

    Example:
        >>> from kfdiv import random
        >>> seed = random.seed(0, "doc")
        >>> part = random.normal((2, 3), random.rows(seed, 4, 2, total=9))
        >>> bool(tf.reduce_all(part == random.normal((9, 3), seed)[4:6]))
        True
    """
    return tf.concat([seed, [start, count, total]], axis=0)


def uniform(shape: object, seed: tf.Tensor, dtype: str | tf.DType = "float32") -> tf.Tensor:
    """Draw from U(0, 1), both ends excluded, with 24 bits of mantissa.

    Args:
        shape: a tuple of integers, or an int32 tensor.
        seed: int32 tensor of shape `(2,)`, or what `rows` returned.
        dtype: a floating dtype.

    Returns:
        A tensor of `shape` and `dtype`.

    Example:
        >>> from kfdiv import random
        >>> u = random.uniform((1000,), random.seed(0, "doc"))
        >>> bool(tf.reduce_all((u > 0) & (u < 1)))
        True
    """
    if seed.shape[0] != 2:
        return _rows_of(uniform, shape, seed, dtype)
    bits = tf.random.stateless_uniform(
        shape, seed, minval=None, maxval=None, dtype=tf.uint32, alg=_ALGORITHM
    )
    # 23 bits plus a half leave room in a float32 mantissa: the result is never rounded to 0 or to
    # 1.
    mantissa = tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), "float32")
    return tf.cast((mantissa + 0.5) * (1.0 / (1 << 23)), dtype)


def normal(shape: object, seed: tf.Tensor, dtype: str | tf.DType = "float32") -> tf.Tensor:
    """Draw from N(0, 1) by Box-Muller, `sqrt(-2 log u1) cos(2 pi u2)`.

    Args:
        shape: a tuple of integers, or an int32 tensor.
        seed: int32 tensor of shape `(2,)`, or what `rows` returned.
        dtype: a floating dtype.

    Returns:
        A tensor of `shape` and `dtype`.

    Example:
        >>> from kfdiv import random
        >>> random.normal((2, 3), random.seed(0, "doc")).shape
        TensorShape([2, 3])
    """
    if seed.shape[0] != 2:
        return _rows_of(normal, shape, seed, dtype)
    shape = tf.convert_to_tensor(shape, tf.int32)
    size = tf.reduce_prod(shape)
    half = (size + 1) // 2
    pairs = uniform(tf.stack([2, half]), seed)
    radius = tf.sqrt(-2.0 * tf.math.log(pairs[0]))
    angle = (2.0 * math.pi) * pairs[1]
    # Both coordinates of each pair are used: half the bits, half the logarithms.
    draws = tf.concat([radius * tf.cos(angle), radius * tf.sin(angle)], axis=0)
    return tf.cast(tf.reshape(draws[:size], shape), dtype)


def categorical(logits: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draw an index n ~ softmax(logits) a row by the Gumbel trick, `argmax(logits + Gumbel)`.

    Args:
        logits: float tensor of shape `(batch, classes)`.
        seed: int32 tensor of shape `(2,)`.

    Returns:
        An int32 tensor of shape `(batch,)`.

    Example:
        >>> from kfdiv import random
        >>> logits = tf.constant([[0.0, -1e9], [-1e9, 0.0]])
        >>> random.categorical(logits, random.seed(0, "doc")).numpy().tolist()
        [0, 1]
    """
    u = uniform(tf.shape(logits), seed, logits.dtype)
    return tf.argmax(logits - tf.math.log(-tf.math.log(u)), axis=-1, output_type=tf.int32)


def _rows_of(
    draw: Callable[..., tf.Tensor], shape: object, seed: tf.Tensor, dtype: str | tf.DType
) -> tf.Tensor:
    """Make the whole draw that `rows` told of, and return its rows."""
    start, count, total = tf.unstack(seed[2:])
    shape = tf.convert_to_tensor(shape, tf.int32)
    # Axes of size one may stand before that of the rows.
    width = tf.reduce_prod(shape) // count
    whole = draw([total * width], seed[:2], dtype)
    return tf.reshape(whole[start * width : (start + count) * width], shape)


def _int32(value: int) -> int:
    """Wrap any Python integer into the int32 range, where seeds live."""
    try:
        integer = operator.index(value)
    except TypeError as error:
        raise ArgumentTypeError(f"seed must be an integer, but got {value!r}.") from error
    return (integer + 2**31) % 2**32 - 2**31
