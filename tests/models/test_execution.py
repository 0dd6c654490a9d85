"""Which compiler runs a step, where the user does not say."""

from __future__ import annotations

import pytest
import tensorflow as tf

import kfdiv

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
