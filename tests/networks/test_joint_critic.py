import keras
import numpy as np
import pytest

from kfdiv.networks import joint_critic, mlp


def test_modules_are_those_of_appendix_e_1():
    critic = joint_critic(2, latent_size=3)
    of_x, of_z = (2 + 1) * 400 + 401 * 400, (3 + 1) * 400 + 401 * 400
    of_both = (800 + 1) * 400 + 401 * 400
    assert critic.count_params() == of_x + of_z + of_both + 3 * 401
    rectifiers = [layer for layer in critic.layers if isinstance(layer, keras.layers.LeakyReLU)]
    assert [layer.negative_slope for layer in rectifiers] == pytest.approx([0.01] * 6)


def test_it_is_the_mean_of_three_scores():
    critic = joint_critic(2, latent_size=3, units=(4,), activation="tanh")
    dense = [layer for layer in critic.layers if isinstance(layer, keras.layers.Dense)]
    maps = {layer.input.shape[1]: layer.get_weights() for layer in dense if layer.units == 4}
    x_map, z_map, both_map = maps[2], maps[3], maps[8]
    heads = [layer for layer in dense if layer.units == 1]
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(5, 2)).astype("float32"), rng.normal(size=(5, 3)).astype("float32")
    of_x, of_z = np.tanh(x @ x_map[0] + x_map[1]), np.tanh(z @ z_map[0] + z_map[1])
    of_both = np.tanh(np.concatenate([of_x, of_z], 1) @ both_map[0] + both_map[1])
    scores = [
        h @ head.get_weights()[0] + head.get_weights()[1]
        for h, head in zip((of_x, of_z, of_both), heads, strict=True)
    ]
    np.testing.assert_allclose(critic([x, z]), sum(scores) / 3, rtol=1e-5, atol=1e-6)


def test_weights_and_biases_start_within_one_over_the_root_of_the_inputs():
    critic = joint_critic(2, latent_size=3, units=(400, 400))
    dense = [layer for layer in critic.layers if isinstance(layer, keras.layers.Dense)]
    for layer in dense:
        limit = layer.input.shape[1] ** -0.5
        for weight in layer.get_weights():
            assert np.abs(weight).max() <= limit
            if weight.size > 100:
                assert weight.std() == pytest.approx(limit / np.sqrt(3), rel=0.1)


def test_a_network_of_x_gives_the_features():
    features = mlp((4, 4, 1), (8,), 6)
    critic = joint_critic(features, latent_size=2, units=(5,))
    dense = (2 + 1) * 5 + (6 + 5 + 1) * 5 + (6 + 1) + 2 * (5 + 1)
    assert critic.count_params() == features.count_params() + dense
    assert [tensor.shape for tensor in critic.inputs] == [(None, 4, 4, 1), (None, 2)]


def test_images_are_flattened():
    critic = joint_critic((4, 4, 1), latent_size=2, units=(5,))
    assert critic([np.zeros((3, 4, 4, 1)), np.zeros((3, 2))]).shape == (3, 1)


def test_a_network_of_x_that_gives_maps_is_refused():
    with pytest.raises(ValueError, match=r"features of shape \(None, 4, 4, 2\)"):
        joint_critic(mlp(3, (), (4, 4, 2)), latent_size=2)


@pytest.mark.parametrize("latent_size", [0, None, "2"])
def test_bad_sizes_are_refused(latent_size):
    with pytest.raises(ValueError, match="latent_size must be a positive integer"):
        joint_critic(2, latent_size)
