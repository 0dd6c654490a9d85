"""Which compiler runs a step, where the user does not say."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models import execution

# As it is: other tests are told that it never pays.
from kfdiv.models.execution import pays_to_compile

ON_CPU = not tf.config.list_physical_devices("GPU")


def build(*, convolutional: bool) -> kfdiv.models.VAE:
    encoder = kfdiv.networks.mlp((4, 4, 1), [4], 4)
    if convolutional:
        encoder = kfdiv.networks.conv_encoder((4, 4, 1), 4, filters=(1,))
    decoder = kfdiv.distributions.Bernoulli(kfdiv.networks.mlp((2,), [4], (4, 4, 1)))
    return kfdiv.models.VAE(encoder, decoder)


@pytest.mark.parametrize("convolutional", [False, True])
def test_xla_compiles_dense_networks_and_on_accelerators_convolutions(convolutional: bool) -> None:
    assert pays_to_compile(build(convolutional=convolutional)) == (not (convolutional and ON_CPU))


def test_a_graph_of_several_steps_holds_no_recurrent_network(monkeypatch) -> None:
    # In a graph that is too large for the machine, the second step of such a loop would fail.
    monkeypatch.setattr(execution, "_loop", lambda *_: pytest.fail("a loop of train steps"))

    def fitted(steps_per_execution: int) -> list[np.ndarray]:
        encoder = keras.Sequential([keras.Input((4, 1)), keras.layers.SimpleRNN(4)])
        decoder = kfdiv.distributions.Bernoulli(kfdiv.networks.mlp((2,), [], (4, 1)))
        model = kfdiv.models.VAE(encoder, decoder, seed=0)
        model.compile(jit_compile=False, steps_per_execution=steps_per_execution)
        model.fit(np.eye(4, dtype="float32")[..., None], batch_size=2, verbose=0)
        return model.get_weights()

    keras.utils.set_random_seed(0)
    expected = fitted(1)
    keras.utils.set_random_seed(0)
    for ours, theirs in zip(fitted(2), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
