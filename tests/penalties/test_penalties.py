"""Penalties on a critic's slope: what they are of critics whose slope is known."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import divergences, penalties
from kfdiv.losses.fenchel import Fenchel
from kfdiv.losses.wasserstein import Wasserstein
from kfdiv.penalties import roth
from tests.models import contract

each = pytest.mark.parametrize("name", penalties.registry.names())
SEED = tf.constant([3, 4])
P, Q = (0.3, 1.0), (0.8, 1.2)
NODES = np.linspace(-12.0, 12.0, 4_001)


def linear(inputs: list[tf.Tensor]) -> tf.Tensor:
    """v = 3 x_1 + 4 z_1, whose slope in (x, z) is 5."""
    return 3.0 * inputs[0][:, 0] + 4.0 * inputs[1][:, 0]


def draws(seed: int) -> list[tf.Tensor]:
    generator = np.random.default_rng(seed)
    return [tf.constant(generator.normal(size=(6, size))) for size in (3, 2)]


def test_of_a_linear_critic_they_are_known() -> None:
    data, model = draws(0), draws(1)
    a, b = penalties.TwoSided(2.0)(linear, data, model, SEED)
    np.testing.assert_allclose(a, np.full(6, 2.0 * (5.0 - 1.0) ** 2))
    assert b is None
    a, b = penalties.R1(2.0)(linear, data, model, SEED)
    np.testing.assert_allclose(a, np.full(6, 5.0**2))
    assert b is None
    a, b = penalties.Roth(2.0)(linear, data, model, SEED)
    np.testing.assert_allclose(a, 25.0 / (1.0 + np.exp(linear(data))) ** 2)
    np.testing.assert_allclose(b, 25.0 / (1.0 + np.exp(-linear(model))) ** 2)


def test_points_lie_between_the_draws_of_a_pair_all_inputs_alike() -> None:
    seen = []

    def critic(inputs: list[tf.Tensor]) -> tf.Tensor:
        seen.extend(inputs)
        return linear(inputs)

    data, model = draws(0), draws(1)
    penalties.TwoSided()(critic, data, model, SEED)
    shares = [(s - y) / (x - y) for s, x, y in zip(seen, data, model, strict=True)]
    # One share an example, another for each.
    shares = np.concatenate(shares, axis=1)
    np.testing.assert_allclose(shares, np.tile(shares[:, :1], 5), rtol=1e-9)
    assert len(set(shares[:, 0])) == 6
    assert np.all((shares > 0) & (shares < 1))


@each
def test_its_gradient_is_finite_where_the_critic_is_flat(name: str) -> None:
    weight = tf.Variable(np.zeros(3))
    with tf.GradientTape() as tape:
        sides = penalties.get(name)(
            lambda inputs: tf.tensordot(inputs[0], weight, 1), draws(0)[:1], draws(1)[:1], SEED
        )
        total = tf.add_n([tf.reduce_sum(side) for side in sides if side is not None])
    assert np.isfinite(tape.gradient(total, weight)).all()


@each
def test_it_is_resolved_and_serialised(name: str) -> None:
    penalty = penalties.registry[name](0.5)
    again = penalties.get(keras.saving.serialize_keras_object(penalty))
    assert again == penalty
    assert penalties.get(penalty) is penalty
    with pytest.raises(ValueError, match="weight must be a finite number >= 0"):
        type(penalty)(-1.0)


def test_unknown_ones_are_named() -> None:
    with pytest.raises(ValueError, match=r"Unknown penalty 'rot'\. Did you mean 'roth'"):
        penalties.get("rot")
    with pytest.raises(TypeError, match="Cannot make a penalty of 10"):
        penalties.get(10)


def gaussian(x: np.ndarray, loc: float, variance: float) -> np.ndarray:
    return np.exp(-0.5 * (x - loc) ** 2 / variance) / np.sqrt(2.0 * np.pi * variance)


def log_u(x: tf.Tensor) -> tf.Tensor:
    p, q = (-0.5 * ((x - loc) / scale) ** 2 - np.log(scale) for loc, scale in (P, Q))
    return p - q


@pytest.mark.parametrize("loss", [None, Fenchel("kl")])
def test_roths_is_what_noise_takes_from_the_bound(loss: Fenchel | None) -> None:
    """The bound at the optimal critic, of both Gaussians widened, falls by gamma / 2 times it."""
    # With T = f'(u) the raw output is log u for a classifier, and 1 + log u, T itself, for KL.
    divergence = divergences.get("gan" if loss is None else "kl")
    shift = 0.0 if loss is None else 1.0
    x = tf.constant(NODES)
    first = divergence.f_prime(log_u(x)).numpy()
    second = divergence.conjugate_of_f_prime(log_u(x)).numpy()
    if loss is not None:
        np.testing.assert_allclose(divergence.output_activation(log_u(x) + shift), first)

    def mean(values: np.ndarray, ends: tuple[float, float], noise: float) -> float:
        return np.trapezoid(values * gaussian(NODES, ends[0], ends[1] ** 2 + noise), NODES)

    def bound(noise: float) -> float:
        return mean(first, P, noise) - mean(second, Q, noise)

    gamma = 1e-4
    inputs = [x[:, None]]
    sides = penalties.Roth(1.0)(
        lambda inputs: log_u(inputs[0][:, 0]) + shift, inputs, inputs, SEED, loss
    )
    total = sum(
        mean(side.numpy(), ends, 0.0)
        for side, ends in zip(sides, (P, Q), strict=True)
        if side is not None
    )
    assert (bound(0.0) - bound(gamma)) / gamma == pytest.approx(total, rel=1e-3)


@pytest.mark.parametrize("name", ["kl", "js", "squared_hellinger", "pearson", "rkl"])
def test_roths_curvature_is_that_of_the_conjugate(name: str) -> None:
    """f*''(T) g'(v)^2, with f*'' = 1 / f''(u) where T = f'(u)."""
    divergence = divergences.get(name)
    v = tf.constant(np.linspace(-1.5, 0.4, 5))
    targets = divergence.output_activation(v).numpy()
    grid = np.linspace(-12.0, 12.0, 400_001)
    slopes = divergence.f_prime(tf.constant(grid)).numpy()
    log_ratio = np.interp(targets, slopes, grid)
    second = np.exp(log_ratio) / divergence.curvature(tf.constant(log_ratio)).numpy()
    step = 1e-6
    ends = [divergence.output_activation(v + sign * step).numpy() for sign in (1, -1)]
    rate = (ends[0] - ends[1]) / (2.0 * step)
    np.testing.assert_allclose(roth._curvature(divergence, v), second * rate**2, rtol=1e-4)


def test_a_critic_that_is_neither_is_refused() -> None:
    with pytest.raises(ValueError, match="'roth' is of classifiers and of critics of an f-div"):
        penalties.Roth().check(Wasserstein())


@pytest.mark.parametrize("name", ["age", "fgan"])
def test_an_objective_adds_it_to_its_critics_loss_alone(name: str) -> None:
    """What it moves the critic by is its gradient on the pairs of that update."""
    x, rate, after = contract.batch(), 1e-2, []
    for penalty in (None, penalties.R1(20.0)):
        model = contract.build(name, **contract.MODES["eager"])
        rates = {key: keras.optimizers.SGD(rate) for key in contract.roles(name)}
        model.compile(penalty=penalty, **rates, **contract.MODES["eager"])
        data, _ = model.pairs(model.batch(x), model.draw_seed("critic"), training=True)
        weights = model.critic.trainable_variables
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(data)
                v = model.critic(data)
            slopes = inner.gradient(v, data)
            cost = 10.0 * tf.reduce_mean(tf.add_n([tf.reduce_sum(s**2, -1) for s in slopes]))
        gradient = tape.gradient(
            cost, [w.value for w in weights], unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        logs = model.train_step(x)
        assert ("critic_penalty" in logs) == (penalty is not None)
        after.append(([w.numpy() for w in weights], float(logs["critic_loss"])))
    for plain, moved, own in zip(after[0][0], after[1][0], gradient, strict=True):
        np.testing.assert_allclose(moved - plain, -rate * own.numpy(), atol=2e-6)
    # What is logged is what the critic minimised, and the penalty's part of it.
    assert float(logs["critic_penalty"]) == pytest.approx(float(cost), rel=1e-5)
    assert after[1][1] == pytest.approx(after[0][1] + float(cost), rel=1e-5)
    model.penalty = "gradient"
    assert model.penalty == penalties.TwoSided()
    with pytest.raises(ValueError, match="Unknown penalty"):
        model.compile(penalty="none such")


def test_a_condition_is_not_varied() -> None:
    model = contract.build_conditional("age", penalty="gradient", **contract.MODES["eager"])
    data = kfdiv.data.from_arrays(
        contract.examples()[:20], contract.conditions("labels")[:20], batch_size=20
    )
    assert np.isfinite(model.fit(data, verbose=0).history["loss"]).all()


def normalised(kind: type[keras.layers.Layer]) -> keras.Model:
    inner = keras.Sequential([keras.Input((contract.EVENT,)), keras.layers.Dense(4), kind()])
    x = keras.Input((contract.EVENT,))
    return keras.Model(x, keras.layers.Dense(1)(inner(x)))


@pytest.mark.parametrize("penalty", penalties.registry.names())
def test_a_critic_that_mixes_the_batch_is_refused(penalty: str) -> None:
    decoder = kfdiv.networks.mlp(contract.LATENT, [4], contract.EVENT)
    mixed, own = (
        normalised(kind)
        for kind in (keras.layers.BatchNormalization, keras.layers.LayerNormalization)
    )
    model = kfdiv.models.AGE(decoder, mixed)
    model.compile(jit_compile=False)
    refused = r"batch normalisation \('batch_norm.*LayerNormal"
    with pytest.raises(ValueError, match=refused):
        model.compile(penalty=penalty)
    with pytest.raises(ValueError, match=refused):
        model.penalty = penalty
    assert model.penalty is None
    x, other = contract.examples(), normalised(keras.layers.BatchNormalization)
    with pytest.raises(ValueError, match=refused):
        kfdiv.evaluation.independent_critic(model, x, x, critic=other, penalty=penalty)
    mixed.trainable = False
    kfdiv.models.AGE(decoder, mixed).compile(penalty=penalty)
    kfdiv.models.AGE(decoder, own).compile(penalty=penalty)


def test_a_fresh_critic_of_a_penalised_game_is_looked_at_too() -> None:
    decoder = kfdiv.networks.mlp(contract.LATENT, [4], contract.EVENT)
    model = kfdiv.models.WassersteinGAN(decoder, kfdiv.networks.mlp(contract.EVENT, [4], 1))
    model.compile(jit_compile=False)
    x, critic = contract.examples(), normalised(keras.layers.BatchNormalization)
    with pytest.raises(ValueError, match="batch normalisation"):
        kfdiv.evaluation.independent_objective(model, x, x, critic=critic, jit_compile=False)
