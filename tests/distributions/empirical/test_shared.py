"""The exact mixture where devices share the points out: the whole, wherever it is asked for."""

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import noise, strategies
from kfdiv.distributions import Empirical
from kfdiv.distributions.empirical import Exact
from tests.models import contract

RNG = np.random.default_rng(0)
X = RNG.normal(size=(503, 6)) + 5.0
Y = tf.constant(X[:12] + 0.4 * RNG.normal(size=(12, 6)))
WEIGHTS = RNG.integers(0, 4, size=len(X)).astype(float)
WIDTHS = np.array([0.2, 0.3, 0.5, 0.8, 1.0, 2.0])
COUNTS = [2, pytest.param(4, marks=pytest.mark.rehearsal)]


def of(count):
    return strategies.mirrored([f"CPU:{index}" for index in range(count)])


def value_and_gradients(density, y, width):
    with tf.GradientTape() as tape:
        tape.watch([y, width])
        value = density.log_prob(y, width)
    return value, *tape.gradient(value, [y, width])


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("width", [0.3, WIDTHS], ids=["scalar", "a_dimension"])
def test_shares_sum_to_the_whole(count, weights, width):
    width = tf.constant(width, tf.float64)
    for name in noise.registry.names():
        options = {"dtype": "float64", "sample_weight": weights, "block_size": 100}
        whole = Empirical(X, noise.get(name), **options)
        with of(count).scope():
            shared = Empirical(X, noise.get(name), shared=True, **options)
        shards = shared._points.shards
        assert sum(shard.size for shard in shards) == whole.num_points == shared.num_points
        assert max(shard.size for shard in shards) == -(-whole.num_points // count)
        assert {shard.values.device[-1] for shard in shards} == set("0123"[:count])
        for a, b in zip(
            *(value_and_gradients(one, Y, width) for one in (whole, shared)), strict=True
        ):
            np.testing.assert_allclose(b, a, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(
            shared.log_prob(Y, width, differentiable=False), whole.log_prob(Y, width), rtol=1e-11
        )


@pytest.mark.parametrize("count", COUNTS)
def test_every_replica_meets_all_points_and_moves_none(count):
    """Each replica has examples of its own, and the products are taken where the points are."""
    strategy = of(count)
    whole = Empirical(X, 0.5, dtype="float64")
    with strategy.scope():
        shared = Empirical(X, 0.5, dtype="float64", shared=True)

    def share():
        index = tf.distribute.get_replica_context().replica_id_in_sync_group
        y = tf.reshape(Y, [count, -1, 6])[index]
        # Inside of a branch no reduction of TensorFlow's is allowed; this is none.
        return tf.cond(
            tf.reduce_any(y > 0),
            lambda: value_and_gradients(shared, y, tf.constant(0.5, tf.float64))[:2],
            lambda: (tf.zeros([len(Y) // count], y.dtype), tf.zeros_like(y)),
        )

    step = tf.function(lambda: strategy.run(share), autograph=False).get_concrete_function()
    found = [tf.concat(strategy.experimental_local_results(part), 0) for part in step()]
    expected = value_and_gradients(whole, Y, tf.constant(0.5, tf.float64))
    for a, b in zip(found, expected, strict=False):
        np.testing.assert_allclose(a, b, rtol=1e-11)
    inner = [f.graph for f in step.graph._functions.values() if hasattr(f, "graph")]
    sliced = {
        op.device[-1]
        for graph in inner
        for op in graph.get_operations()
        if op.type == "Slice" and op.inputs[0].shape.rank == 2
    }
    assert sliced == set("0123"[:count])


@pytest.mark.parametrize(
    ("count", "mode"),
    [
        (2, {"run_eagerly": True}),
        # The graph of a step takes seconds, by either way.
        *(pytest.param(n, {}, marks=pytest.mark.rehearsal) for n in (2, 4)),
    ],
)
def test_a_model_is_trained_as_without(count, mode, monkeypatch):
    """Its own devices share the points out, also where `adapt` is not called in their scope."""
    monkeypatch.setattr(
        kfdiv.random,
        "normal",
        lambda shape, _, dtype="float32": tf.fill(shape, tf.constant(0.3, dtype)),
    )
    models = []
    for options in ({}, {"data_density": {"mode": "exact", "shared": True}}):
        with of(count).scope():
            parts = contract.networks("variational_f_divergence") | {"noise": 0.5}
            model = contract.construct("variational_f_divergence", parts, **options)
            model.compile("rkl", jit_compile=False, **mode)
        model.fit(contract.dataset(steps=2), verbose=0)
        models.append(model)
    assert len(models[1].data_density._empirical._points.shards) == count
    for a, b in zip(*map(contract.weights, models), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_by_default_large_data_on_devices_with_memory_of_their_own_are_shared(monkeypatch):
    large, exact = 2**31, Exact()
    assert exact.devices(large) == (None,)
    with of(2).scope():
        assert exact.devices(large) == (None,)
        assert len(Exact(shared=True).devices(1)) == 2
        gpus = ("/GPU:0", "/GPU:1")
        extended = tf.distribute.get_strategy().extended
        monkeypatch.setattr(type(extended), "worker_devices", gpus)
        assert exact.devices(large) == gpus
        assert exact.devices(large - 1) == (None,)
        assert Exact(shared=False).devices(large) == (None,)


def test_of_few_points_some_devices_have_none():
    with of(2).scope():
        density = Empirical(X[:1], 0.5, shared=True)
    assert [shard.size for shard in density._points.shards] == [1]


def test_what_else_shared_may_be_is_told():
    with pytest.raises(ValueError, match="shared must be one of auto, True, False, but got 'yes'"):
        Empirical(X, 0.5, shared="yes")
    with pytest.raises(ValueError, match=r"mode='pca'.*\['shared'\]"):
        Empirical(X, 0.5, "pca", shared=True)
