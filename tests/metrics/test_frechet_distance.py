"""The streaming Fréchet distance, against scipy's matrix square root."""

import keras
import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from kfdiv.metrics import FrechetDistance


def expected(a, b):
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    return np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + np.trace(cov_a + cov_b - 2 * root)


def features(offset=0.0):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(300, 4)), rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) + 0.5
    return a + offset, b + offset


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_matches_scipy_whatever_the_batches_and_the_mean(offset):
    a, b = features(offset)
    metric = FrechetDistance(dims=4)
    for batch_a, batch_b in zip(np.split(a, [1, 200]), np.split(b, [150, 151]), strict=True):
        metric.update_state(batch_a, batch_b)
    assert float(metric.result()) == pytest.approx(expected(a, b), rel=1e-6)


def test_it_compiles_and_resets():
    a, b = features()
    metric = FrechetDistance(dims=4)
    update = tf.function(lambda x, y: metric.update_state(x, y), jit_compile=True)
    update(tf.constant(b, tf.float32), tf.constant(b, tf.float32))
    assert abs(float(metric.result())) < 1e-6
    metric.reset_state()
    update(tf.constant(a, tf.float32), tf.constant(b, tf.float32))
    assert float(metric.result()) == pytest.approx(expected(a, b), rel=1e-5)


def test_replicas_add_their_sums(two_replicas):
    a, b = features()
    with two_replicas.scope():
        metric = FrechetDistance(dims=4)

    def half(x):
        return two_replicas.experimental_distribute_values_from_function(
            lambda context: tf.constant(x[context.replica_id_in_sync_group :: 2])
        )

    tf.function(lambda: two_replicas.run(metric.update_state, args=(half(a), half(b))))()
    assert float(metric.result()) == pytest.approx(expected(a, b), rel=1e-6)


def test_it_is_rebuilt_from_its_config_and_refuses_another_width():
    config = keras.saving.serialize_keras_object(FrechetDistance(3, name="distance"))
    metric = keras.saving.deserialize_keras_object(config)
    assert (metric.dims, metric.name) == (3, "distance")
    with pytest.raises(ValueError, match=r"\(batch, 3\), but got \(5, 4\)"):
        metric.update_state(np.zeros((5, 4)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="dims must be a positive integer"):
        FrechetDistance(0)


def test_weights_are_repeated_examples():
    a, b = features()
    rng = np.random.default_rng(1)
    weight_a, weight_b = rng.integers(0, 3, (2, 300))
    metric = FrechetDistance(dims=4)
    a_with_gaps = np.where(weight_a[:, None] > 0, a, np.nan)
    metric.update_state(a_with_gaps[:100], b[:100], weight_a[:100], weight_b[:100])
    metric.update_state(
        a_with_gaps[100:], b[100:], sample_weight=weight_a[100:], generated_weight=weight_b[100:]
    )
    repeated = np.repeat(a, weight_a, axis=0), np.repeat(b, weight_b, axis=0)
    assert float(metric.result()) == pytest.approx(expected(*repeated), rel=1e-6)
