"""Which compiler runs a step, where the user does not say."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.distributions.empirical.by_label import EmpiricalByLabel
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


def test_xla_leaves_a_pass_over_much_data_to_a_graph(monkeypatch) -> None:
    monkeypatch.setattr(execution, "_MOST_READ", 12)
    monkeypatch.setattr(execution, "pays_to_compile", pays_to_compile)
    few, much = np.zeros((5, 2), "float32"), np.zeros((6, 2), "float32")

    def adapted(x: np.ndarray, jit_compile: bool | str = "auto", mode: str = "exact") -> object:
        model = kfdiv.models.VariationalFDivergence(
            encoder=kfdiv.networks.mlp((2,), [], 2),
            decoder=kfdiv.networks.mlp((1,), [], 2),
            noise=1.0,
            data_density=mode,
        )
        model.compile("rkl", jit_compile=jit_compile)
        model.adapt(x)
        return model

    model = adapted(few)
    assert model.jit_compile
    model.adapt(much)
    assert model.jit_compile == (not ON_CPU)
    model.compile("rkl")
    assert model.jit_compile == (not ON_CPU)
    model.adapt(few)
    assert model.jit_compile
    # What a user says stays, before and after.
    assert adapted(much, jit_compile=True).jit_compile
    model.jit_compile = False
    model.adapt(few)
    assert not model.jit_compile


def test_numbers_read_are_those_of_every_point() -> None:
    x, y = np.eye(6, 2, dtype="float32"), np.array([0, 0, 1, 1, 1, 1])
    data = tf.data.Dataset.from_tensors((x, y))
    of_labels = EmpiricalByLabel(data, 1.0, num_classes=3)
    assert kfdiv.distributions.Empirical(x, 1.0).numbers_read == of_labels.numbers_read == 12
    assert kfdiv.distributions.Empirical(x, 1.0, "pca", components=1).numbers_read == 0


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
