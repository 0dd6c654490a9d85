"""The rows of Tables 2 and 3 are networks as the tables have them."""

import keras
import numpy as np
import pytest

from examples.lib.code_classifiers import TABLE_2, TABLE_3, Architecture


@pytest.mark.parametrize("table", [TABLE_2, TABLE_3])
def test_rows_of_a_table_have_names_of_their_own(table):
    assert len({row.name for row in table}) == len(table)


def test_a_row_is_the_network_that_it_says():
    row = Architecture(2, 5e-4, noise=0.3, dropout=0.25)
    network = row.network(3, units=5, seed=0)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Dense", "LeakyReLU", "GaussianNoise", "Dropout"] * 2 + ["Dense"]
    assert [tuple(one.shape) for one in network.weights if len(one.shape) == 2] == [
        (3, 5),
        (5, 5),
        (5, 1),
    ]
    assert network.layers[1].negative_slope == pytest.approx(0.2)
    assert network.layers[2].stddev == 0.3
    assert network.layers[3].rate == 0.25
    adam = row.optimizer()
    assert isinstance(adam, keras.optimizers.Adam)
    assert float(adam.learning_rate) == pytest.approx(5e-4)
    assert (adam.beta_1, adam.beta_2) == (0.9, 0.9)
    plain = Architecture(2, 1e-4).network(3, units=5, seed=0)
    assert [type(layer).__name__ for layer in plain.layers] == ["Dense", "LeakyReLU"] * 2 + [
        "Dense"
    ]


def test_weights_are_a_function_of_the_seed():
    row = Architecture(2, 5e-4)
    first, again, other = (row.network(3, units=5, seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    kernels = [(a, b) for a, b in zip(first, other, strict=True) if a.ndim == 2]
    assert all(np.any(a != b) for a, b in kernels)
