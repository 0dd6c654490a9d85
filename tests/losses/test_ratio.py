"""Class probabilities by f as it is printed, and by the form of it that decreases."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import ratio
from tests.models import contract

# P = N(1, 1) and Q = N(m, 1), for which log u(x) = (1 - m) (x - (1 + m) / 2).
NODES = np.linspace(-12, 12, 4_001)
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()


def slope(loss: object, mean: float = 0.0) -> float:
    """Return the gradient of `E_Q[loss(log u)]` in the mean m of Q, log u held fixed."""
    shift = tf.constant(mean, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(shift)
        log_u = (1.0 - mean) * (shift + NODES - (1.0 + mean) / 2)
        value = tf.reduce_sum(WEIGHTS * loss(log_u))
    return float(tape.gradient(value, shift))


def test_as_printed_forward_kl_sends_samples_away_from_the_data() -> None:
    """D_KL is (1 - m)^2 / 2, whose slope at m = 0 is -1; that of E_Q[f(u)], u held fixed, is 1.5.

    It is E_Q[u f'(u)] = E_P[log u + 1], for d(log u)/dx = 1.
    """
    kl = divergences.get("kl")
    assert slope(ratio.PrintedForm(kl)) == pytest.approx(1.5)
    with pytest.raises(ValueError, match="no form of it decreases"):
        ratio.DecreasingForm(kl)


@pytest.mark.parametrize("name", ["js", "squared_hellinger", "rkl"])
def test_the_decreasing_form_follows_the_data_where_the_printed_one_need_not(name: str) -> None:
    divergence = divergences.get(name)
    assert slope(ratio.DecreasingForm(divergence)) < 0
    # Both have one value where u is the ratio: E_Q[u - 1] = 0.
    log_u = tf.constant(NODES - 0.5)
    printed, decreasing = (
        float(tf.reduce_sum(WEIGHTS * form(divergence)(log_u))) for form in ratio.FORMS.values()
    )
    assert printed == pytest.approx(decreasing, abs=1e-3)


@pytest.mark.parametrize("name", divergences.registry.names())
def test_as_printed_f_goes_the_right_way_where_it_decreases_alone(name: str) -> None:
    """The slope of E_Q[f(u)] is E_Q[u f'(u)] = E_P[f'(u)] here; that of D_f is below zero."""
    found = slope(ratio.PrintedForm(divergences.get(name)))
    assert abs(found) > 0.05
    assert (found < 0) == (name in ("gan", "neyman", "rkl"))


def test_models_take_either_form() -> None:
    model = contract.build("ratio_gan", divergence="kl", form="printed", run_eagerly=True)
    model.train_step(contract.batch())
    assert model.form == "printed"
    assert model.get_compile_config()["form"] == "printed"
    with pytest.raises(ValueError, match="no form of it decreases"):
        model.form = "decreasing"
    with pytest.raises(ValueError, match="form must be one of decreasing, printed"):
        model.form = "shifted"
