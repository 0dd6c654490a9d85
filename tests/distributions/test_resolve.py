"""What a plain network becomes as an encoder or a decoder."""

import keras
import pytest

from kfdiv import distributions


def network(outputs, inputs=8):
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(outputs)])


def test_a_plain_decoder_is_deterministic():
    decoder = distributions.get(network(4), role="decoder")
    assert isinstance(decoder, distributions.Deterministic)
    assert decoder.event_shape == (4,)


@pytest.mark.parametrize(("outputs", "scale"), [(6, "diagonal"), (4, "isotropic")])
def test_a_plain_encoder_is_normal(outputs, scale):
    encoder = distributions.get(network(outputs), role="encoder", latent_size=3)
    assert isinstance(encoder, distributions.Normal)
    assert encoder.scale == scale
    assert encoder.event_shape == (3,)


def test_an_encoder_of_one_latent_is_diagonal():
    encoder = distributions.get(network(2), role="encoder", latent_size=1)
    assert encoder.scale == "diagonal"


def test_a_distribution_passes_and_is_built():
    layer = distributions.Normal(network(4), scale=0.1)
    assert distributions.get(layer, role="decoder") is layer
    assert layer.built


@pytest.mark.parametrize("outputs", [3, 5, 7])
def test_an_encoder_of_the_wrong_width_is_refused(outputs):
    with pytest.raises(ValueError, match=rf"\({outputs},\), expected \(6,\)|even number") as error:
        distributions.get(network(outputs), role="encoder", latent_size=3)
    assert "Dense(6)" in str(error.value)


def test_a_distribution_of_the_wrong_width_is_refused():
    encoder = distributions.Normal(network(8))
    with pytest.raises(ValueError, match=r"\(4,\), expected \(3,\)"):
        distributions.get(encoder, role="encoder", latent_size=3)


def test_an_unbuilt_network_is_refused():
    for role in ("encoder", "decoder"):
        with pytest.raises(ValueError, match="built network"):
            distributions.get(keras.Sequential([keras.layers.Dense(4)]), role, latent_size=2)


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="decoder of 'mlp'"):
        distributions.get("mlp")
    with pytest.raises(ValueError, match="role"):
        distributions.get(network(4), role="critic")
