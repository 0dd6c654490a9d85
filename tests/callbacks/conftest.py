"""A model small enough to be trained for every callback."""

import keras
import numpy as np
import pytest

import kfdiv


def build(condition=None):
    keras.utils.set_random_seed(0)
    given = {"condition_size": 0 if condition is None else condition.size}
    built = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp((4, 4, 1), [4], 4, **given),
        decoder=kfdiv.networks.mlp((2,), [4], (4, 4, 1), **given),
        noise=0.5,
        condition=condition,
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
def conditional():
    """A model that is conditional on labels 0 to 2, as those of `dataset` are."""
    return build(kfdiv.networks.condition(3))


@pytest.fixture
def dataset():
    x = np.random.default_rng(0).random((20, 4, 4, 1)).astype("float32")
    return kfdiv.data.from_arrays(x, np.arange(20) % 3, batch_size=5)
