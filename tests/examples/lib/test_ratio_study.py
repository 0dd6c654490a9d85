"""One run of the study of density ratios: its loss, who learns, and what is read again."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from examples.lib import ratio_study
from examples.lib.ratio_study import Run
from kfdiv import random

TINY = Run(2, True, seed=0, layers=1, units=4, critic_steps=2, batch_size=8, steps=4, looks=2)


def test_the_generator_s_loss_and_gradient_are_those_of_minus_log_odds():
    data, start = TINY.laws()
    model = ratio_study.build(TINY, start)
    seed = tf.constant([0, 1])
    batch = model.batch(next(iter(data.dataset(64, seed=0))))
    (drawn,) = model.pairs(batch, seed, training=True)[1]
    with tf.GradientTape() as tape:
        loss = model.role_losses(batch, seed, ["decoder"]).of["decoder"].mean(batch)
    kernel = model.decoder.network.layers[-1].kernel
    found = tape.gradient(loss, kernel.value)
    # By hand: z from x = W'z + b, and v's slope by the critic's weights.
    inner, outer = model.critic.layers
    hidden = np.asarray(drawn, np.float64) @ inner.kernel.numpy() + inner.bias.numpy()
    v = np.maximum(hidden, 0) @ outer.kernel.numpy() + outer.bias.numpy()
    probability = 1 / (1 + np.exp(-v))
    assert float(loss) == pytest.approx(np.mean(-np.log(probability / (1 - probability))), rel=1e-5)
    slope = ((hidden > 0) * outer.kernel.numpy()[:, 0]) @ inner.kernel.numpy().T
    z = np.asarray(model.prior.draw(64, random.fold(seed, 1)), np.float64)
    np.testing.assert_allclose(z @ kernel.numpy() + start.mean, drawn, atol=1e-5)
    np.testing.assert_allclose(found, -z.T @ slope / 64, rtol=1e-4, atol=1e-6)


def test_log_odds_are_descended_however_large():
    model = ratio_study.build(TINY, TINY.laws()[1])
    v = tf.constant([-1e4, -3.0, 0.0, 7.0, 9.0, 1e4])
    with tf.GradientTape() as tape:
        tape.watch(v)
        loss = model.loss_of.decoder_loss(v)
    np.testing.assert_allclose(loss, -v, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, v), -1.0, rtol=1e-6)


@pytest.mark.rehearsal
def test_a_run_learns_is_measured_and_is_read_again(tmp_path):
    found = ratio_study.train((TINY, str(tmp_path)))
    data, start = TINY.laws()
    assert found["initial"]["reverse_kl"] == pytest.approx(start.kl(data), rel=1e-6)
    assert found["initial"]["forward_kl"] == pytest.approx(data.kl(start), rel=1e-6)
    assert found["at_step"] == [2, 4]
    assert found["reverse_kl"] == found["reverse_kl_by_look"][-1] != found["initial"]["reverse_kl"]
    assert found["failure"] is None
    path = tmp_path / TINY.name / "result.json"
    written = path.stat().st_mtime_ns
    assert ratio_study.train((TINY, str(tmp_path))) == found
    assert path.stat().st_mtime_ns == written
    other = dataclasses.replace(TINY, steps=6)
    with pytest.raises(ValueError, match="holds another run: steps is 4 there, 6 here"):
        ratio_study.train((other, str(tmp_path)))


def test_where_both_are_fixed_the_critic_alone_learns():
    run = dataclasses.replace(TINY, learned=False, critic_steps=1)
    data, start = run.laws()
    model = ratio_study.build(run, start)
    before = [weight.numpy() for weight in model.critic.weights]
    logs = model.train_step(next(iter(data.dataset(16, seed=0))))
    for weight, old in zip(model.critic.weights, before, strict=True):
        assert not np.array_equal(weight, old)
    # Drawn with as many latents as dimensions, which changes no distribution.
    assert model.prior.size == 2
    found = ratio_study.true_kl(model, data)
    assert found["reverse_kl"] == pytest.approx(start.kl(data), rel=1e-5)
    assert np.isfinite(logs["loss"])
