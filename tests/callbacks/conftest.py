"""A model small enough to be trained for every callback."""

import keras
import numpy as np
import pytest

import kfdiv


def build():
    keras.utils.set_random_seed(0)
    built = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp((4, 4, 1), [4], 4),
        decoder=kfdiv.networks.mlp((2,), [4], (4, 4, 1)),
        noise=0.5,
    )
    built.compile("kl", jit_compile=False)
    return built


@pytest.fixture
def model():
    return build()


@pytest.fixture
def same_model():
    return build()


@pytest.fixture
def dataset():
    x = np.random.default_rng(0).random((20, 4, 4, 1)).astype("float32")
    return kfdiv.data.from_arrays(x, np.arange(20) % 3, batch_size=5)
