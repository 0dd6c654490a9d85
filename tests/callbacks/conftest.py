"""A model small enough to be trained for every callback, and traced for the first alone."""

import keras
import numpy as np
import pytest

import kfdiv


@pytest.fixture(scope="package")
def _compiled(tmp_path_factory):
    """A compiled model, and a file of its weights and optimizers at the start."""
    keras.utils.set_random_seed(0)
    model = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp((4, 4, 1), [4], 4),
        decoder=kfdiv.networks.mlp((2,), [4], (4, 4, 1)),
        noise=0.5,
    )
    model.compile("kl", jit_compile=False)
    start = tmp_path_factory.mktemp("model") / "start.weights.h5"
    model.save_weights(start)
    return model, start


@pytest.fixture
def restart(_compiled):
    """Return a function that puts the model back to its start, and returns it."""
    model, start = _compiled

    def load():
        model.load_weights(start)
        return model

    return load


@pytest.fixture
def model(restart):
    return restart()


@pytest.fixture(scope="package")
def dataset():
    x = np.random.default_rng(0).random((20, 4, 4, 1)).astype("float32")
    return kfdiv.data.from_arrays(x, np.arange(20) % 3, batch_size=5)
