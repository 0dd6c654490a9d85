"""A model small enough to be trained for every callback, and traced for the first alone."""

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


@pytest.fixture(scope="package")
def _compiled(tmp_path_factory):
    """A compiled model, and a file of its weights and optimizers at the start."""
    model = build()
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


@pytest.fixture
def conditional():
    """A model that is conditional on labels 0 to 2, as those of `dataset` are."""
    return build(kfdiv.networks.condition(3))


@pytest.fixture(scope="package")
def dataset():
    x = np.random.default_rng(0).random((20, 4, 4, 1)).astype("float32")
    return kfdiv.data.from_arrays(x, np.arange(20) % 3, batch_size=5)
