import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.networks import zhang_decoder, zhang_encoder


def convolutions(network):
    kinds = keras.layers.Conv2D | keras.layers.Conv2DTranspose
    return [layer for layer in network.layers if isinstance(layer, kinds)]


def test_encoder_is_appendix_d():
    encoder = zhang_encoder()
    layers = convolutions(encoder)
    assert [(layer.filters, layer.kernel_size, layer.strides) for layer in layers] == [
        (filters, (5, 5), (2, 2)) for filters in (128, 256, 512, 1024)
    ]
    assert [layer.output.shape[1:3] for layer in layers] == [(32, 32), (16, 16), (8, 8), (4, 4)]
    kernels = 25 * (3 * 128 + 128 * 256 + 256 * 512 + 512 * 1024)
    normalisation = 4 * (128 + 256 + 512 + 1024)
    assert encoder.count_params() == kernels + normalisation + (4 * 4 * 1024 + 1) * 128


def test_decoder_is_appendix_d():
    decoder = zhang_decoder()
    layers = convolutions(decoder)
    assert [layer.filters for layer in layers] == [512, 256, 128, 64, 3]
    assert {layer.kernel_size for layer in layers} == {(5, 5)}
    assert [layer.output.shape[1] for layer in layers] == [16, 32, 64, 64, 64]
    kernels = 25 * (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    normalisation = 4 * (512 + 256 + 128 + 64)
    assert decoder.count_params() == (64 + 1) * 8 * 8 * 1024 + kernels + normalisation + 3


@pytest.mark.parametrize("network", [zhang_encoder, zhang_decoder])
def test_every_hidden_convolution_is_normalised_then_rectified(network):
    layers = network(image_shape=(16, 16, 3), base_filters=1).layers
    kinds = [type(layer).__name__ for layer in layers]
    hidden = [kind for kind in kinds if kind not in ("Flatten", "Dense", "Reshape")]
    convolution = "Conv2D" if network is zhang_encoder else "Conv2DTranspose"
    output = [] if network is zhang_encoder else ["Conv2DTranspose"]
    assert hidden == [convolution, "BatchNormalization", "ReLU"] * 4 + output


def test_other_sizes():
    encoder = zhang_encoder((32, 48, 1), output_size=6, base_filters=2)
    decoder = zhang_decoder(3, (32, 48, 1), base_filters=2, output_activation="sigmoid")
    x = np.random.default_rng(0).uniform(size=(2, 32, 48, 1)).astype("float32")
    assert encoder(x).shape == (2, 6)
    images = decoder(np.full((2, 3), 100.0, "float32"))
    assert images.shape == (2, 32, 48, 1)
    assert 0.0 <= float(tf.reduce_min(images)) <= float(tf.reduce_max(images)) <= 1.0


def test_training_normalises_over_the_batch_and_keeps_moving_averages():
    encoder = zhang_encoder((16, 16, 1), output_size=2, base_filters=2)
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(64, 16, 16, 1)).astype("float32")
    first = encoder.layers[0](x).numpy()
    encoder(x, training=True)
    normalisation = encoder.layers[1]
    np.testing.assert_allclose(
        normalisation.moving_mean, 0.1 * first.mean((0, 1, 2)), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        normalisation.moving_variance, 0.9 + 0.1 * first.var((0, 1, 2)), rtol=1e-4
    )


def test_two_replicas_normalise_as_one_device(two_replicas):
    x = np.random.default_rng(0).normal(size=(8, 16, 16, 1)).astype("float32")

    def build():
        keras.utils.set_random_seed(1)
        return zhang_encoder((16, 16, 1), output_size=2, base_filters=2)

    expected = build()(x, training=True)
    with two_replicas.scope():
        network = build()
    values = two_replicas.experimental_distribute_values_from_function(
        lambda context: tf.split(tf.constant(x), 2)[context.replica_id_in_sync_group]
    )
    step = tf.function(lambda x: network(x, training=True))
    outputs = two_replicas.experimental_local_results(two_replicas.run(step, (values,)))
    np.testing.assert_allclose(tf.concat(outputs, 0), expected, atol=1e-5)


def test_sides_that_the_strides_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="divisible by 16, but image_shape is \\(24, 32, 3\\)"):
        zhang_encoder((24, 32, 3))
    with pytest.raises(ValueError, match="divisible by 8"):
        zhang_decoder(image_shape=(28, 28, 1))


@pytest.mark.parametrize("network", [zhang_encoder, zhang_decoder])
def test_bad_filters_are_refused(network):
    with pytest.raises(ValueError, match="base_filters must be a positive integer"):
        network(base_filters=0)
