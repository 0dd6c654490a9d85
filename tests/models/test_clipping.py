"""Clipping is a role's: of its whole gradient, of every variable, or of every number."""

from __future__ import annotations

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models import whole_gradients
from tests.models import contract
from tests.models.contract import by_the_shared_step

EAGER = contract.MODES["eager"]
# Below every gradient that is met here.
NORM, VALUE = 1e-3, 1e-4


@functools.cache
def moves(name: str, strategy: tf.distribute.Strategy | None = None, **options: object) -> dict:
    """Return how far each role that moves once goes in a step of descent, over the rate."""
    # Its critic moves several times, too far to be finite, if nothing is clipped.
    rate = 1e-2 if name == "wasserstein_gan" and not options else 1.0
    with (strategy or tf.distribute.get_strategy()).scope():
        rates = {keyword: keras.optimizers.SGD(rate, **options) for keyword in contract.roles(name)}
        run = EAGER if strategy is None else {"jit_compile": False}
        model = contract.build(name, **rates, **run)
    own = {role.name: model.optimizer.variables_of(role.name) for role in model.roles}
    data = contract.dataset(steps=1)
    # FGM's density looks at the data before it trains, which is no move.
    model.prepare(data, data)
    before = {role: [v.numpy() for v in variables] for role, variables in own.items()}
    model.fit(data, verbose=0)
    once = [r for r in own if own[r] and int(model.optimizer_of(r).iterations.numpy()) == 1]
    return {
        role: [(v.numpy() - b) / rate for v, b in zip(own[role], before[role], strict=True)]
        for role in once
    }


def clipped(gradients: list[np.ndarray], way: str) -> list[np.ndarray]:
    """Return what NumPy makes of gradients."""
    if way == "clipvalue":
        return [np.clip(g, -VALUE, VALUE) for g in gradients]
    norms = [np.sqrt(np.square(g.astype("float64")).sum()) for g in gradients]
    if way == "global_clipnorm":
        norms = [np.sqrt(np.square(norms).sum())] * len(norms)
    return [g * min(1.0, NORM / n) if n else g for g, n in zip(gradients, norms, strict=True)]


@pytest.mark.parametrize("bound", [0, -1.0, float("nan"), "1"])
def test_a_bound_that_clips_nothing_is_refused(bound: object) -> None:
    adam = keras.optimizers.Adam(1e-3)
    adam.clipnorm = bound
    for one in (adam, kfdiv.optimizers.CompositeOptimizer([adam])):
        with pytest.raises(ValueError, match="clipnorm of critic_optimizer must be a positive"):
            contract.build("age", critic_optimizer=one)


@by_the_shared_step
@pytest.mark.parametrize(
    "way",
    [
        "global_clipnorm",
        pytest.param("clipnorm", marks=pytest.mark.rehearsal),
        pytest.param("clipvalue", marks=pytest.mark.rehearsal),
    ],
)
def test_a_role_is_clipped_by_its_own_gradient(name: str, way: str) -> None:
    plain = moves(name)
    found = moves(name, **{way: VALUE if way == "clipvalue" else NORM})
    assert plain
    first = contract.ready(name, "eager").updates()[0].roles
    for role, gradients in plain.items():
        expected = clipped(gradients, way)
        if role in first:
            for a, b in zip(expected, found[role], strict=True):
                np.testing.assert_allclose(b, a, rtol=1e-3, atol=2e-7, err_msg=role)
        # Those that move later meet another critic, and another gradient.
        sizes = [
            [np.abs(one).max() if way == "clipvalue" else np.linalg.norm(one) for one in moved]
            for moved in (expected, found[role])
        ]
        if way == "global_clipnorm":
            sizes = [np.linalg.norm(one) for one in sizes]
        np.testing.assert_allclose(sizes[1], sizes[0], rtol=2e-3, atol=2e-7, err_msg=role)


def test_optimizers_differ_by_role() -> None:
    chosen = {"decoder_optimizer": keras.optimizers.SGD(1.0, global_clipnorm=0.5)}
    model = contract.build("variational_f_divergence", **chosen, **EAGER)
    found = {one.name: model.optimizer_of(one.name) for one in model.roles}
    assert found["decoder"].global_clipnorm == 0.5
    assert found["encoder"].global_clipnorm is None


@pytest.mark.parametrize("way", ["clipnorm", "global_clipnorm", "clipvalue"])
@pytest.mark.parametrize("scale", [None, 8.0])
def test_the_sum_over_replicas_is_clipped(
    way: str, scale: float | None, two_replicas: tf.distribute.Strategy
) -> None:
    """Keras alone would clip the shares: (3, 0) and (0, 4) are of norm 5 together."""
    most = {way: 1.0}
    shares = [[3.0, 0.0], [0.0, 4.0]]
    with two_replicas.scope():
        variable = keras.Variable([0.0, 0.0])
        optimizer = keras.optimizers.SGD(1.0, **most, loss_scale_factor=scale)
        optimizer.build([variable])

    def step() -> None:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        gradient = tf.gather(tf.constant(shares), replica) * (scale or 1.0)
        optimizer.apply(whole_gradients.for_optimizer(optimizer, [gradient]), [variable])

    two_replicas.run(step)
    expected = [-1.0, -1.0] if way == "clipvalue" else [-0.6, -0.8]
    np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "way",
    [
        "clipvalue",
        pytest.param("clipnorm", marks=pytest.mark.rehearsal),
        pytest.param("global_clipnorm", marks=pytest.mark.rehearsal),
    ],
)
def test_a_step_that_overflows_is_left_out_on_replicas_too(
    way: str, two_replicas: tf.distribute.Strategy
) -> None:
    """As on one device: the scale of the loss is halved, whatever clipping makes of infinity."""
    with two_replicas.scope():
        variable = keras.Variable([0.0, 0.0])
        inner = keras.optimizers.SGD(1.0, **{way: 1.0})
        optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=8.0)
        optimizer.build([variable])
    shares = tf.constant([[np.inf, 0.0], [0.0, 4.0]])

    def step() -> None:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        gradients = whole_gradients.for_optimizer(optimizer, [tf.gather(shares, replica)])
        optimizer.apply(gradients, [variable])

    two_replicas.run(tf.function(step))
    np.testing.assert_array_equal(variable.numpy(), [0.0, 0.0])
    assert float(optimizer.dynamic_scale.numpy()) == 4.0


def test_what_replicas_cannot_clip_is_named(two_replicas: tf.distribute.Strategy) -> None:
    composite = kfdiv.optimizers.CompositeOptimizer(
        [keras.optimizers.SGD(1.0, clipnorm=1.0), keras.optimizers.SGD(1.0)]
    )
    accumulating = keras.optimizers.SGD(1.0, clipnorm=1.0, gradient_accumulation_steps=2)
    for optimizer, message in ((composite, "clip gradients diff"), (accumulating, "accumulates")):
        # Of one replica Keras does it itself.
        assert whole_gradients.for_optimizer(optimizer, [None]) == [None]
        with two_replicas.scope(), pytest.raises(ValueError, match=message):
            whole_gradients.for_optimizer(optimizer, [None])


@pytest.mark.rehearsal
@pytest.mark.parametrize("name", list(contract.OBJECTIVES))
def test_replicas_clip_as_one_device_does(
    name: str, two_replicas: tf.distribute.Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves.cache_clear()

    def fixed(shape: object, seed: tf.Tensor, dtype: str = "float32") -> tf.Tensor:
        return tf.broadcast_to(tf.constant(0.3, dtype), shape)

    monkeypatch.setattr(kfdiv.random, "normal", fixed)
    monkeypatch.setattr(kfdiv.random, "uniform", fixed)
    one, two = (moves(name, strategy, global_clipnorm=NORM) for strategy in (None, two_replicas))
    for role, gradients in one.items():
        for a, b in zip(gradients, two[role], strict=True):
            np.testing.assert_allclose(b, a, rtol=2e-3, atol=5e-7, err_msg=role)
    moves.cache_clear()
