"""The filters of a window against the equations in NumPy, and where they underflow."""

import numpy as np
import pytest
import tensorflow as tf

from kfdiv.networks.draw import window
from tests.networks.draw import oracle

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(3, 5, 7, 2))
PARAMETERS = RNG.normal(size=(3, 5)) * 0.7


def test_filters_reads_and_writes_are_those_of_the_equations():
    found = window(tf.constant(PARAMETERS), 4, 5, 7)
    patches = RNG.normal(size=(3, 4, 4, 2))
    reads, writes = found.read(tf.constant(IMAGES)), found.write(tf.constant(patches))
    for n, parameters in enumerate(PARAMETERS):
        rows, columns, gamma = oracle.filters(parameters, 4, 5, 7)
        np.testing.assert_allclose(found.rows[n], rows, rtol=1e-12)
        np.testing.assert_allclose(found.columns[n], columns, rtol=1e-12)
        assert float(found.intensity[n]) == pytest.approx(gamma)
        for c in range(2):
            expected = gamma * rows @ IMAGES[n, ..., c] @ columns.T
            np.testing.assert_allclose(reads[n, ..., c], expected, rtol=1e-12)
            expected = rows.T @ patches[n, ..., c] @ columns / gamma
            np.testing.assert_allclose(writes[n, ..., c], expected, rtol=1e-12)


def test_narrow_filters_at_the_image_s_own_size_are_the_identity():
    found = window(tf.constant([[0.0, 0.0, -8.0, 0.0, 0.0]]), 5, 5, 5)
    np.testing.assert_allclose(found.rows[0], np.eye(5), atol=1e-6)
    image = tf.constant(IMAGES[:1, :, :5], tf.float32)
    np.testing.assert_allclose(found.read(image), image, rtol=1e-5)
    np.testing.assert_allclose(found.write(found.read(image)), image, rtol=1e-5)


def test_values_and_gradients_are_finite_where_every_term_underflows():
    """Far outside of the image and narrow: the equations' quotient is 0 / 0 in float32."""
    extremes = tf.constant(
        [[40.0, -40.0, -20.0, 3.0, 5.0], [0.3, 9.0, 20.0, -9.0, -5.0], [0.0, 0.0, -30.0, 0.0, 0.0]]
    )
    images = tf.constant(IMAGES, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(extremes)
        found = window(extremes, 4, 5, 7)
        total = tf.reduce_sum(found.read(images)) + tf.reduce_sum(found.write(images[:, :4, :4]))
    np.testing.assert_allclose(tf.reduce_sum(found.columns, -1), 1.0, rtol=1e-5)
    assert np.isfinite(total)
    assert np.isfinite(tape.gradient(total, extremes)).all()
