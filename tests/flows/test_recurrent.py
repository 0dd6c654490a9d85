"""The LSTM's autoregressive density: what it conditions on, and that it compiles."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv import flows
from tests.flows.support import jacobians, normals, randomize


def test_the_jacobian_is_strictly_lower_triangular_and_full_below() -> None:
    network = randomize(flows.recurrent_network(5, [4, 3], outputs=2, dtype="float64"), scale=2.0)
    assert network.output_shape == (None, 5, 2)
    largest = np.abs(jacobians(network, normals(8, 5))).max(axis=0)
    for output in range(2):
        np.testing.assert_array_equal(largest[:, output] != 0, np.tri(5, k=-1))


def test_log_prob_is_the_product_of_gaussian_conditionals() -> None:
    density = randomize(flows.gaussian_lstm(4, units=[3], dtype="float64"))
    step, affine = density.bijections
    x = normals(6, 4)
    whitened = (x - affine.shift) * np.exp(-affine.log_scale)
    shift, log_scale = step.shift_and_log_scale(tf.constant(whitened))
    mean = np.asarray(affine.shift) + np.exp(affine.log_scale) * shift
    scale = np.exp(affine.log_scale + log_scale)
    expected = stats.norm.logpdf(x, mean, scale).sum(axis=1)
    np.testing.assert_allclose(density.log_prob(x), expected, rtol=1e-12)


def test_of_one_coordinate_it_is_a_gaussian() -> None:
    density = randomize(flows.gaussian_lstm(1, units=[3], dtype="float64"))
    values = np.array([[-1.0], [0.0], [1.0], [2.0]])
    second = np.diff(density.log_prob(values), 2)
    assert second[0] == pytest.approx(second[1], rel=1e-9)
    assert second[0] < 0


@pytest.mark.rehearsal
def test_eager_graph_and_xla_agree_in_values_gradients_and_samples() -> None:
    density = randomize(flows.gaussian_lstm(6, units=[4]))
    x = tf.constant(normals(7, 6, dtype="float32"))
    variables = [weight.value for weight in density.trainable_variables]

    def run(x: tf.Tensor, seed: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            values = density.log_prob(x)
        with tf.GradientTape() as again:
            samples = density.sample(5, seed)
        of_values = tape.gradient(values, variables)
        return [values, samples, *of_values, *again.gradient(samples, variables)]

    expected = run(x, tf.constant(2))
    for jit_compile in (False, True):
        compiled = tf.function(run, autograph=False, jit_compile=jit_compile)
        for found, wanted in zip(compiled(x, tf.constant(2)), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, [4]), "size must be"), ((3, []), "units must be"), ((3, [4], 0), "outputs must be")],
)
def test_sizes_that_are_not_understood_are_refused(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        flows.recurrent_network(*arguments)
