"""MADE: what each output may depend on, and does."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import flows
from tests.flows.support import jacobians, normals, randomize


@pytest.mark.parametrize(
    ("size", "units"), [(2, [1]), (5, [4]), (5, [7, 4, 16]), (6, []), (9, [8, 30])]
)
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_jacobian_is_strictly_lower_triangular_and_full_below(size, units, outputs) -> None:
    network = randomize(flows.made(size, units, outputs, dtype="float64"), scale=2.0)
    assert network.output_shape == (None, size, outputs)
    largest = np.abs(jacobians(network, normals(16, size))).max(axis=0)
    for output in range(outputs):
        np.testing.assert_array_equal(largest[:, output] != 0, np.tri(size, k=-1))


def test_of_fewer_units_than_coordinates_it_is_autoregressive_still() -> None:
    network = randomize(flows.made(10, [4, 3], dtype="float64"))
    seen = np.abs(jacobians(network, normals(16, 10))[:, :, 0]).max(axis=0) != 0
    assert not np.any(np.triu(seen))
    assert seen[-1, :-1].all()


def test_of_one_coordinate_it_is_a_constant() -> None:
    network = randomize(flows.made(1, [8], outputs=2))
    assert len(network.trainable_variables) == 2
    np.testing.assert_array_equal(
        network(normals(3, 1)), np.tile(network.layers[-2].bias, [3, 1])[:, None]
    )


def test_weights_of_connections_left_out_get_no_gradient() -> None:
    layer = randomize(flows.MaskedDense([1, 2, 3], [1, 1, 2], activation="tanh"))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(normals(4, 3)) ** 2)
    (gradient,) = tape.gradient(loss, [layer.kernel.value])
    np.testing.assert_array_equal(gradient.numpy() != 0, [[1, 1, 1], [0, 0, 1], [0, 0, 0]])


def test_saved_and_loaded_it_gives_the_same_outputs(tmp_path) -> None:
    network = randomize(flows.made(4, [8], outputs=3, activation="silu", name="mine"))
    network.save(tmp_path / "made.keras")
    loaded = keras.saving.load_model(tmp_path / "made.keras", compile=False)
    x = normals(3, 4, dtype="float32")
    np.testing.assert_array_equal(loaded(x), network(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, [4]), "size must be"), ((3, [0]), "units must be"), ((3, [4], 0), "outputs must be")],
)
def test_sizes_that_are_not_understood_are_refused(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        flows.made(*arguments)
