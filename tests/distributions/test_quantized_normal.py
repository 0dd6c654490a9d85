"""Bin masses against mpmath, in the tails and for bins of any width."""

import keras
import mpmath
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import random
from kfdiv.distributions import QuantizedNormal
from kfdiv.distributions.quantized_normal import DiscretizedNormal
from tests.compiled import graph_and_xla

IDENTITY = keras.Sequential([keras.Input((3,)), keras.layers.Activation("linear")])


def log_mass(x, loc, scale, low, high, levels):
    """Return the log mass of the bin of `x`, in 60 digits."""
    with mpmath.workdps(60):
        step = (mpmath.mpf(high) - low) / (levels - 1)
        level = round((mpmath.mpf(x) - low) / step)

        def survival(edge):
            return mpmath.erfc((edge - mpmath.mpf(loc)) / (scale * mpmath.sqrt(2))) / 2

        def cdf(edge):
            return mpmath.erfc((loc - mpmath.mpf(edge)) / (scale * mpmath.sqrt(2))) / 2

        lower, upper = low + step * (level - 0.5), low + step * (level + 0.5)
        if level == 0:
            mass = cdf(upper)
        elif level == levels - 1:
            mass = survival(lower)
        elif lower > loc:
            mass = survival(lower) - survival(upper)
        else:
            mass = cdf(upper) - cdf(lower)
        return float(mpmath.log(mass))


# A bin measures from 8 scales down to 1e-5 of one; centres lie up to 300 scales away.
SCALES = (5e-4, 2e-3, 0.01, 0.039, 0.04, 0.1, 1.0, 30.0, 400.0)
CASES = [
    (x / 255, loc, scale)
    for scale in SCALES
    for x in (0, 1, 60, 127, 254, 255)
    for loc in (-0.3, 0.2, 0.5, 1.7)
    if abs(x / 255 - loc) < 300 * scale
]


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-7), ("float32", 3e-4)])
def test_log_masses_are_exact(dtype, rtol):
    x, loc, scale = (np.array(part, dtype) for part in zip(*CASES, strict=True))
    expected = [log_mass(*case, 0.0, 1.0, 256) for case in CASES]
    distribution = DiscretizedNormal(tf.constant(loc), tf.constant(scale), 0.0, 1.0, 256)
    for log_prob in graph_and_xla(distribution.log_prob):
        np.testing.assert_allclose(log_prob(x), expected, rtol=rtol, atol=rtol)


def test_gradients_are_exact_and_finite():
    x, loc, scale = (tf.constant(np.array(part)) for part in zip(*CASES, strict=True))
    with tf.GradientTape() as tape:
        tape.watch([loc, scale])
        log_prob = DiscretizedNormal(loc, scale, 0.0, 1.0, 256).log_prob(x)
    by_loc, by_scale = tape.gradient(log_prob, [loc, scale])
    for k in range(0, len(CASES), 7):
        at, mean, std = CASES[k]
        h = 1e-4 * std

        def numeric(shift_loc, shift_scale, at=at, mean=mean, std=std, h=h):
            ends = [
                log_mass(at, mean + s * shift_loc * h, std + s * shift_scale * h, 0.0, 1.0, 256)
                for s in (1, -1)
            ]
            return (ends[0] - ends[1]) / (2 * h)

        np.testing.assert_allclose(by_loc[k], numeric(1, 0), rtol=1e-4, atol=1e-4 / std)
        np.testing.assert_allclose(by_scale[k], numeric(0, 1), rtol=1e-4, atol=1e-4 / std)


def test_float32_gradients_are_finite():
    x, loc, scale = (tf.constant(np.array(p, "float32")) for p in zip(*CASES, strict=True))
    with tf.GradientTape() as tape:
        tape.watch([loc, scale])
        log_prob = DiscretizedNormal(loc, scale, 0.0, 1.0, 256).log_prob(x)
    for gradient in tape.gradient(log_prob, [loc, scale]):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("scale", [1e-3, 0.05, 3.0])
def test_masses_sum_to_one(scale):
    layer = QuantizedNormal(IDENTITY, scale=scale, value_range=(-1, 1), levels=32)
    levels = tf.repeat(tf.linspace(-1.0, 1.0, 32)[:, tf.newaxis], 3, axis=1)
    loc = tf.constant([[-1.5, 0.11, 0.99]])
    masses = layer.distribution(loc).distribution.prob(levels)
    np.testing.assert_allclose(tf.reduce_sum(masses, 0), 1.0, rtol=1e-5)


def test_draws_are_levels_with_the_masses():
    layer = QuantizedNormal(IDENTITY, scale=0.4, levels=5, value_range=(-1, 1))
    loc = tf.constant([[-0.8, 0.1, 1.0]])
    draws = layer.sample(tf.repeat(loc, 40_000, axis=0), random.seed(0, "x")).numpy()
    levels = np.linspace(-1, 1, 5)
    counts = (draws[:, :, None] == levels).mean(0)
    np.testing.assert_allclose(counts.sum(-1), 1.0)
    inputs = tf.constant(np.repeat(levels[:, None], 3, 1), tf.float32)
    masses = tf.transpose(layer.distribution(loc).distribution.prob(inputs))
    np.testing.assert_allclose(counts, masses, atol=5 * 0.5 / np.sqrt(40_000))


def test_data_is_rounded_to_the_nearest_level():
    layer = QuantizedNormal(IDENTITY, scale=0.1)
    z = tf.fill((1, 3), 0.5)
    x = tf.fill((1, 3), 100 / 255)
    distribution = layer.distribution(z)
    np.testing.assert_allclose(
        distribution.log_prob(x + 0.4 / 255), distribution.log_prob(x), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": 1}, "levels must be an integer of at least 2, but got 1"),
        ({"levels": float("nan")}, "levels must be an integer of at least 2, but got nan"),
        ({"value_range": (1, 0)}, r"value_range must be \(low, high\) with low < high"),
        ({"value_range": (0, float("nan"))}, r"value_range\[1\] must be a finite number"),
    ],
)
def test_an_empty_range_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        QuantizedNormal(IDENTITY, **arguments)


def test_support_is_the_value_range():
    assert QuantizedNormal(IDENTITY, value_range=(-1, 1)).support == (-1.0, 1.0)
