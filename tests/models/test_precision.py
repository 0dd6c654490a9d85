"""Half precision: every objective's losses are near those of float32, gradients finite."""

from __future__ import annotations

import functools
import random
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract
from tests.models.contract import by_the_shared_step

EAGER = contract.MODES["eager"]
# Of losses, in nats or as a share of them where they are larger than one; and of each role's
# gradient, as a share of its norm. What was measured is in docs/precision.md.
NEAR = {"mixed_float16": (1e-3, 5e-2), "mixed_bfloat16": (2e-2, 0.1)}
# At which no gradient here overflows; a fit finds it by itself, from Keras's 2^15 on downwards.
SCALE = 2.0**8


class Taken(NamedTuple):
    """What the first updates of a step have, by role."""

    losses: dict[str, float]
    gradients: dict[str, np.ndarray]
    figures: dict[str, float]


@functools.cache
def take(name: str, policy: str) -> Taken:
    """Take losses and gradients of every role at the weights of a new model, and evaluate it."""
    keras.config.set_dtype_policy(policy)
    model = contract.build(name, **EAGER)
    scales = {}
    for role in model.roles:
        scale = getattr(model.optimizer_of(role.name), "dynamic_scale", None)
        scales[role.name] = 1.0 if scale is None else SCALE
        if scale is not None:
            scale.assign(SCALE)
    losses, gradients = {}, {}
    batch = model.batch(contract.batch()).with_total()
    for update in model.updates():
        roles = [r for r in model.roles if r.name in update.roles and r.layers(model)]
        found = model.take_gradients(roles, batch, model.draw_seed(update.tag))
        losses |= {role: float(value) for role, value in found.values.items()}
        for role, own in found.of.items():
            flat = [np.ravel(g).astype("float64") / scales[role] for g in own if g is not None]
            gradients[role] = np.concatenate(flat) if flat else np.zeros(0)
    figures = {key: float(value) for key, value in model.test_step(contract.batch()).items()}
    return Taken(losses, gradients, figures)


def distances(name: str, policy: str) -> tuple[float, float, float]:
    """Return how far losses, gradients and figures of an evaluation are from those of float32."""
    exact, half = take(name, "float32"), take(name, policy)

    def far(a: dict[str, float], b: dict[str, float]) -> float:
        return max(abs(a[key] - b[key]) / max(1.0, abs(a[key])) for key in a)

    shares = [
        np.linalg.norm(half.gradients[role] - own) / np.linalg.norm(own)
        for role, own in exact.gradients.items()
        if np.linalg.norm(own)
    ]
    return far(exact.losses, half.losses), max(shares), far(exact.figures, half.figures)


@by_the_shared_step
@pytest.mark.parametrize("policy", list(NEAR))
def test_losses_are_near_those_of_full_precision(name: str, policy: str) -> None:
    losses, gradients, figures = distances(name, policy)
    loss, gradient = NEAR[policy]
    assert losses < loss
    assert figures < loss
    # Of NaN, nothing is below.
    assert gradients < gradient


@by_the_shared_step
def test_every_role_scales_its_loss_in_float16(name: str) -> None:
    keras.config.set_dtype_policy("mixed_float16")

    def stepped(scale: float) -> tuple:
        """Take a step from a scale; return model, optimizers, and each role's moves."""
        inner = {keyword: keras.optimizers.Adam(1e-3) for keyword in contract.roles(name)}
        given = {key: keras.optimizers.LossScaleOptimizer(one) for key, one in inner.items()}
        model = contract.build(name, **given, **EAGER)
        for role in model.roles:
            optimizer = model.optimizer_of(role.name)
            if optimizer is not None:
                # One that scales already is not given another scale.
                assert optimizer.inner_optimizer is inner[role.keyword]
                optimizer.dynamic_scale.assign(scale)
        own = {role.keyword: model.optimizer.variables_of(role.name) for role in model.roles}
        before = {keyword: [v.numpy() for v in own[keyword]] for keyword in given}
        model.train_step(contract.batch())
        moves = {
            keyword: [v.numpy() - b for v, b in zip(own[keyword], before[keyword], strict=True)]
            for keyword in given
        }
        return model, given, moves

    model, given, moves = stepped(1e38)
    # Such a scale overflows: nothing moves, no loss is broken, and the scale is halved. A density
    # is computed in float32, where small gradients stay finite: it moves as by any other scale.
    for keyword, one in given.items():
        if keyword == "density_optimizer":
            for a, b in zip(moves[keyword], stepped(2.0**10)[2][keyword], strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-7)
        else:
            assert not any(move.any() for move in moves[keyword])
            assert float(one.dynamic_scale) < 1e38
        one.dynamic_scale.assign(2.0**10)
    assert model.nonfinite_report() is None
    model.train_step(contract.batch())
    assert all(int(one.inner_optimizer.iterations) > 0 for one in given.values())
    assert np.isfinite(np.concatenate([np.ravel(v) for v in model.trainable_variables])).all()


def test_a_network_of_its_own_precision_is_enough() -> None:
    """Losses are scaled for a critic in float16 alone: gradients of all pass through it."""
    parts = contract.networks("age")
    random.seed(0)
    inputs = [keras.Input((contract.EVENT,)), keras.Input((contract.LATENT,))]
    h = keras.layers.Concatenate(dtype="float32")(inputs)
    h = keras.layers.Dense(8, "relu", dtype="mixed_float16")(h)
    parts["critic"] = keras.Model(inputs, keras.layers.Dense(1, dtype="mixed_float16")(h))
    model = contract.construct("age", parts)
    model.compile(**EAGER)
    for role in model.roles:
        optimizer = model.optimizer_of(role.name)
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    model.fit(contract.dataset(steps=1), verbose=0)
    plain = contract.build("age", **EAGER)
    assert not isinstance(plain.critic_optimizer, keras.optimizers.LossScaleOptimizer)


@pytest.mark.parametrize("policy", list(NEAR))
def test_what_comes_out_is_in_full_precision(policy: str) -> None:
    keras.config.set_dtype_policy(policy)
    model = contract.build("vae", **EAGER)
    x, seed = contract.examples()[:4], kfdiv.random.seed(0, "test")
    z = model.encode(x, seed=0)
    results = [z, model.decode(z), model.reconstruct(x), model.sample(3), model.log_prob(x, 2)]
    results += [
        model.sample(3, observation_noise=True),
        kfdiv.noise.Gaussian(0.5).draw(z, seed, 0.5),
    ]
    assert {one.dtype for one in results} == {tf.float32}
    assert {v.dtype for v in model.trainable_variables} == {"float32"}


@pytest.mark.rehearsal
@pytest.mark.parametrize("policy", list(NEAR))
@pytest.mark.parametrize("name", list(contract.OBJECTIVES))
def test_half_precision_trains_however_steps_are_run(
    name: str, policy: str, two_replicas: tf.distribute.Strategy
) -> None:
    keras.config.set_dtype_policy(policy)
    models = [contract.build(name, **contract.MODES["xla"])]
    with two_replicas.scope():
        models.append(contract.build(name))
    for model in models:
        before = [v.numpy() for v in model.trainable_variables]
        # Of the first steps, some are left out while the scale falls.
        history = model.fit(contract.dataset(steps=4), epochs=5, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        after = [v.numpy() for v in model.trainable_variables]
        assert all(np.isfinite(value).all() for value in after)
        assert any(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        for role in model.roles:
            optimizer = model.optimizer_of(role.name)
            assert optimizer is None or int(optimizer.iterations.numpy()) > 0
