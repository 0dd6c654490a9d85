"""What is accepted where a divergence is asked for."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences


@pytest.mark.parametrize("name", divergences.registry)
def test_every_name(name):
    assert isinstance(divergences.get(name), divergences.registry[name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("forward_kl", "KL()"),
        ("Reverse-KL", "RKL()"),
        ("tv", "TotalVariation()"),
        ("le_cam", "Triangular()"),
        ("alpha(0.3)", "Alpha(alpha=0.3)"),
        (" amari_alpha( -1 ) ", "Alpha(alpha=-1.0)"),
        ("skew_js(0.25)", "SkewJS(pi=0.25)"),
        ("kl()", "KL()"),
        ("Alpha(alpha=0.3)", "Alpha(alpha=0.3)"),
    ],
)
def test_aliases_and_parameters(text, expected):
    assert repr(divergences.get(text)) == expected


def test_instance_class_and_callable():
    kl = divergences.KL()
    assert divergences.get(kl) is kl
    assert isinstance(divergences.get(divergences.RKL), divergences.RKL)
    custom = divergences.get(lambda u: (u - 1) ** 2)
    assert isinstance(custom, divergences.Custom)
    np.testing.assert_allclose(custom.f(tf.math.log([1.0, 3.0])), [0.0, 4.0])


def test_unknown_name_lists_the_choices_and_the_nearest():
    with pytest.raises(ValueError, match="Unknown divergence 'jefreys'") as error:
        divergences.get("jefreys")
    assert "Did you mean 'jeffreys'?" in str(error.value)
    assert all(name in str(error.value) for name in divergences.registry)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Unknown divergence ''"),
        ("beta(0.5)", "Unknown divergence 'beta'"),
        ("alpha(x)", r"of 'alpha\(x\)'"),
        ("alpha(1, 2, 3)", "positional argument.*takes alpha, as in 'alpha\\(0.5\\)'"),
        ("skew_js(0.3,0.4)", "positional argument.*takes pi, as in 'skew_js\\(0.5\\)'"),
        ("alpha(nan)", "alpha must be a finite number, but got nan"),
        ("alpha(-inf)", "alpha must be a finite number, but got -inf"),
        ("alpha(1/2)", "could not convert .* '1 / 2'"),
        ("alpha(order=1)", "unexpected keyword.*takes alpha"),
        ("alpha(alpha=1, alpha=2)", "given twice"),
        ("alpha('a')", "alpha must be a finite number, but got 'a'"),
        ("2 * kl", "2 \\* divergences.get\\('kl'\\)"),
        ("kl + rkl", "of divergences, not of names"),
        ("alpha(0.5) + kl(1)", "Unknown divergence"),
        ("kl(0.5)", "takes no parameter, as in 'kl'"),
        ("skew_js(2)", "strictly between 0 and 1"),
        ("alpha(0.5", "Unknown divergence"),
    ],
)
def test_what_a_name_cannot_say(text, message):
    with pytest.raises(ValueError, match=message):
        divergences.get(text)


def test_configs_of_other_things_are_rejected():
    dense = keras.saving.serialize_keras_object(keras.layers.Dense(3))
    with pytest.raises(TypeError, match="not of a divergence"):
        divergences.get(dense)
    with pytest.raises(ValueError, match="of the config"):
        divergences.get({"class_name": "kfdiv>Nothing", "config": {}})
    with pytest.raises((TypeError, ValueError), match="config"):
        divergences.get({"alpha": 0.5})


@pytest.mark.parametrize("junk", [None, 3.0, ["kl"], dict, object()])
def test_other_things_are_a_type_error(junk):
    with pytest.raises(TypeError, match="by a name, an instance, a config or a callable"):
        divergences.get(junk)
