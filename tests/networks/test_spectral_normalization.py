import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.networks import SpectralNormalization


def largest_singular_value(kernel):
    return np.linalg.svd(np.reshape(kernel, (-1, kernel.shape[-1])), compute_uv=False)[0]


def dense(units=4, inputs=6, scale=3.0):
    layer = SpectralNormalization(keras.layers.Dense(units))
    layer.build((None, inputs))
    layer.layer.kernel.assign(scale * np.random.default_rng(0).normal(size=(inputs, units)))
    return layer


def iterate(layer, calls, *shape):
    for _ in range(calls):
        layer(np.zeros((1, *shape), "float32"), training=True)


def test_after_some_calls_the_map_s_largest_singular_value_is_one():
    layer = dense()
    iterate(layer, 50, 6)
    # The layer is affine with bias 0, so its outputs on the unit vectors are its matrix.
    assert largest_singular_value(layer(np.eye(6, dtype="float32"))) == pytest.approx(1, abs=1e-5)
    kernel = layer.layer.kernel.numpy()
    expected = kernel / largest_singular_value(kernel)
    np.testing.assert_allclose(layer(np.eye(6, dtype="float32")), expected, rtol=1e-4)


def test_a_convolution_s_kernel_is_a_matrix_with_a_column_an_output():
    layer = SpectralNormalization(keras.layers.Conv2D(5, 3, padding="same"))
    layer.build((None, 7, 7, 2))
    iterate(layer, 100, 7, 7, 2)
    pulse = np.zeros((2, 7, 7, 2), "float32")
    pulse[[0, 1], 3, 3, [0, 1]] = 1
    response = layer(pulse).numpy()[:, 2:5, 2:5]
    kernel = response[:, ::-1, ::-1].transpose(1, 2, 0, 3)
    assert largest_singular_value(kernel) == pytest.approx(1, abs=1e-4)
    unchanged = layer.layer.kernel.numpy()
    np.testing.assert_allclose(
        kernel * largest_singular_value(unchanged), unchanged, rtol=1e-3, atol=1e-5
    )


def test_one_iteration_is_miyato_s():
    layer = dense()
    kernel, u = layer.layer.kernel.numpy().astype(float), layer.u.numpy().astype(float)
    v = kernel @ u / np.linalg.norm(kernel @ u)
    u = v @ kernel / np.linalg.norm(v @ kernel)
    output = layer(np.eye(6, dtype="float32"), training=True)
    np.testing.assert_allclose(output, kernel / (v @ kernel @ u), rtol=1e-5)
    np.testing.assert_allclose(layer.u, u, rtol=1e-5)


def test_only_training_moves_u():
    layer = dense()
    before = layer.u.numpy()
    layer(np.zeros((1, 6), "float32"), training=False)
    np.testing.assert_array_equal(layer.u, before)
    iterate(layer, 1, 6)
    assert np.abs(layer.u - before).max() > 1e-3


def test_the_gradient_passes_through_sigma():
    # d(W / sigma) has no part along W itself: growing the kernel does not change the output.
    layer = dense()
    iterate(layer, 50, 6)
    x = np.random.default_rng(1).normal(size=(3, 6)).astype("float32")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x) ** 2)
    gradient = tape.gradient(loss, layer.layer.kernel.value)
    assert np.abs(gradient).max() > 1e-2
    assert float(tf.reduce_sum(gradient * layer.layer.kernel)) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_works_in_a_loop_in_a_graph(jit_compile):
    layer, reference = dense(), dense()
    reference.u.assign(layer.u)
    iterate(reference, 20, 6)
    x = np.ones((2, 6), "float32")

    @tf.function(jit_compile=jit_compile)
    def run():
        def body(step, total):
            return step + 1, total + tf.reduce_sum(layer(x, training=True))

        return tf.while_loop(lambda step, _: step < 20, body, (0, 0.0))

    run()
    np.testing.assert_allclose(layer.u, reference.u, rtol=1e-4)
    np.testing.assert_allclose(layer(x), reference(x), rtol=1e-4)


def test_a_frozen_layer_is_normalised_too():
    layer = dense()
    iterate(layer, 50, 6)
    expected = layer(np.eye(6, dtype="float32"))
    layer.trainable = False
    np.testing.assert_array_equal(layer(np.eye(6, dtype="float32")), expected)


def test_a_kernel_of_zeros_stays_so():
    layer = dense(scale=0.0)
    output = layer(np.ones((2, 6), "float32"), training=True)
    np.testing.assert_array_equal(output, np.zeros((2, 4)))
    assert np.isfinite(layer.u).all()


def test_replicas_keep_one_u(two_replicas):
    with two_replicas.scope():
        layer = dense()
    reference = dense()
    reference.u.assign(layer.u.numpy())
    iterate(reference, 3, 6)
    step = tf.function(lambda: layer(tf.ones((2, 6)), training=True))
    for _ in range(3):
        outputs = two_replicas.experimental_local_results(two_replicas.run(step))
    np.testing.assert_array_equal(*outputs)
    np.testing.assert_allclose(layer.u, reference.u, rtol=1e-5)


def test_half_precision_runs():
    keras.config.set_dtype_policy("mixed_bfloat16")
    layer = dense()
    assert layer(np.ones((2, 6), "float32"), training=True).dtype == tf.bfloat16
    assert layer.u.dtype == "float32"


def test_a_layer_without_a_kernel_is_refused():
    with pytest.raises(ValueError, match="Flatten has no kernel"):
        SpectralNormalization(keras.layers.Flatten()).build((None, 2, 3))
