"""Every loss against the divergence of two Gaussians, by quadrature, and against one another."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, special, stats

from kfdiv import divergences
from kfdiv.losses import adversarial_gradient, fenchel, gan, logistic, ratio, registry

P, Q = (0.3, 1.0), (0.8, 1.2)
# The trapezoidal rule: spectrally accurate for smooth integrands, and fair to kinks.
NODES = np.linspace(-16, 16, 8_001)
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
CURVED = [name for name in divergences.registry.names() if name != "total_variation"]
every = pytest.mark.parametrize("name", divergences.registry.names())
curved = pytest.mark.parametrize("name", CURVED)


def log_density(x, loc, scale):
    return -0.5 * ((x - loc) / scale) ** 2 - np.log(scale)


def log_u(x, p=P, q=Q):
    return log_density(x, *p) - log_density(x, *q)


@functools.cache
def exact(name: str, p=P, q=Q) -> float:
    """D = E_Q[f(u)] by quadrature in x, on a grid that is none of the nodes'."""
    x = np.linspace(-18.0, 18.0, 20_001)
    f = divergences.get(name).f(tf.constant(log_u(x, p, q)))
    return integrate.trapezoid(stats.norm(*q).pdf(x) * f.numpy(), x).item()


def on(distribution) -> np.ndarray:
    """Return nodes of a Gaussian, to be averaged with WEIGHTS."""
    return distribution[0] + distribution[1] * NODES


def both(sides) -> float:
    return sum(float(np.sum(WEIGHTS * side.numpy())) for side in sides)


@every
def test_logistic_bound_is_tight_at_the_log_ratio_and_lower_elsewhere(name: str) -> None:
    divergence = divergences.get(name)
    tolerance = 1e-3 if name == "total_variation" else 1e-6  # f' jumps

    def bound(error: float) -> float:
        v = [tf.constant(log_u(on(side)) + error * np.sin(on(side))) for side in (P, Q)]
        return both(logistic.lower_bound(divergence, *v))

    assert bound(0.0) == pytest.approx(exact(name), abs=tolerance)
    assert bound(0.5) < bound(0.0) or name == "total_variation"


@every
def test_fenchel_bound_is_tight_at_its_optimal_critic_and_never_above(name: str) -> None:
    divergence = divergences.get(name)
    tolerance = 1e-3 if name == "total_variation" else 1e-5

    def optimal(side) -> tf.Tensor:
        """Solve g_f(v) = f'(u) for the raw critic v by bisection; at a domain's end, v is far."""
        target = divergence.f_prime(tf.constant(log_u(on(side))))
        low, high = -1e8 * tf.ones_like(target), 1e8 * tf.ones_like(target)
        for _ in range(100):
            middle = 0.5 * (low + high)
            below = divergence.output_activation(middle) < target
            low, high = tf.where(below, middle, low), tf.where(below, high, middle)
        return high

    best = [optimal(P), optimal(Q)]
    assert both(fenchel.lower_bound(divergence, *best)) == pytest.approx(exact(name), abs=tolerance)
    for error in (0.3, -0.3):
        worse = [v + error * tf.cos(on(side)) for v, side in zip(best, (P, Q), strict=True)]
        assert both(fenchel.lower_bound(divergence, *worse)) <= exact(name) + tolerance


# What has f'(inf): of these alone does a form of f decrease.
FLAT = ("alpha", "gan", "js", "neyman", "rkl", "skew_js", "squared_hellinger", "total_variation")
FLAT = (*FLAT, "triangular")


@every
def test_ratio_losses_estimate_the_divergence_and_decrease_or_are_refused(name: str) -> None:
    divergence = divergences.get(name)
    if name not in FLAT:
        with pytest.raises(ValueError, match="no form of it decreases"):
            ratio.DecreasingForm(divergence)
        return
    loss = ratio.DecreasingForm(divergence)
    tolerance = 1e-3 if name == "total_variation" else 1e-5
    assert both([loss(tf.constant(log_u(on(Q))))]) == pytest.approx(exact(name), abs=tolerance)
    v = np.linspace(-5.0, 20.0, 101)
    assert (gradient(loss, v) <= 1e-9).all()
    # The tangent meets the curve with its own slope.
    before, after = gradient(loss, np.array([8 - 1e-6, 8 + 1e-6]))
    assert before == pytest.approx(after, rel=1e-4)
    # Its own digits, not those that f and f'(inf) u share.
    v = np.linspace(-5.0, 8.0, 53)
    single = gradient(loss, v.astype("float32"))
    np.testing.assert_allclose(single, gradient(loss, v), rtol=1e-4)


@curved
@pytest.mark.parametrize("role", ["encoder", "decoder"])
def test_adversarial_gradient_is_the_gradient_of_the_divergence(name: str, role: str) -> None:
    """Theorem 1: the encoder moves P, the decoder Q, and log u stays what it was."""
    divergence = divergences.get(name)
    moving = P if role == "encoder" else Q
    loss = getattr(adversarial_gradient, f"{role}_loss")
    loc, scale = (tf.Variable(value, dtype=tf.float64) for value in moving)
    with tf.GradientTape() as tape:
        v = log_u(loc + scale * NODES)
        total = tf.reduce_sum(WEIGHTS * loss(divergence, v))
    step = 1e-4
    for index, found in enumerate(tape.gradient(total, [loc, scale])):
        values = []
        for sign in (1, -1):
            moved = list(moving)
            moved[index] += sign * step
            pair = (tuple(moved), Q) if role == "encoder" else (P, tuple(moved))
            values.append(exact(name, *pair))
        expected = (values[0] - values[1]) / (2 * step)
        assert float(found) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def gradient(function, v: np.ndarray) -> np.ndarray:
    v = tf.constant(v)
    with tf.GradientTape() as tape:
        tape.watch(v)
        value = function(v)
    return tape.gradient(value, v).numpy()


@pytest.mark.parametrize("role", ["encoder", "decoder"])
def test_adversarial_gradient_of_twice_js_is_that_of_the_minimax_game(role: str) -> None:
    v = np.linspace(-8, 8, 41)
    twice = 2 * divergences.get("js")
    loss = getattr(adversarial_gradient, f"{role}_loss")
    play = getattr(gan.Minimax(), f"{role}_loss")
    np.testing.assert_allclose(gradient(lambda v: loss(twice, v), v), gradient(play, v), rtol=1e-9)


@pytest.mark.parametrize("role", ["encoder", "decoder"])
@curved
def test_clipping_to_one_is_all_divergences_at_once(name: str, role: str) -> None:
    v = np.linspace(-8, 8, 41)
    divergence = divergences.get(name)
    loss = getattr(adversarial_gradient, f"{role}_loss")
    at_one = float(divergence.curvature(tf.constant(0.0, tf.float64)))
    np.testing.assert_allclose(
        gradient(lambda v: loss(divergence, v, 1.0), v),
        at_one * gradient(lambda v: loss(None, v), v),
        rtol=1e-9,
    )


def test_clipped_scale_is_that_of_the_clipped_ratio() -> None:
    v = np.log([1e-3, 0.25, 1.0, 3.0, 50.0])
    rkl = divergences.get("rkl")
    scale = gradient(lambda v: adversarial_gradient.encoder_loss(rkl, v, 0.5), v)
    np.testing.assert_allclose(scale, 1 / np.clip(np.exp(v), 0.5, 2.0))
    kl = divergences.get("kl")
    scale = -gradient(lambda v: adversarial_gradient.decoder_loss(kl, v, 0.5), v)
    np.testing.assert_allclose(scale, np.clip(np.exp(v), 0.5, 2.0))
    np.testing.assert_allclose(
        gradient(lambda v: adversarial_gradient.encoder_loss(kl, v, 0.5), v), 1.0
    )


GAMES = [name for name in registry if issubclass(registry[name], gan.GANLoss)]


@pytest.mark.parametrize("name", GAMES)
def test_games_bound_their_divergence(name: str) -> None:
    play = registry[name]()
    ceiling = exact(play.bounded.name)
    for critic in (lambda x: log_u(x), lambda x: np.sign(log_u(x)), lambda x: 0.3 * x, np.cos):
        sides = play.lower_bound(*(tf.constant(critic(on(side))) for side in (P, Q)))
        assert both(sides) <= ceiling + 1e-3
    # The critic's best, which hinge has at the sign and the others at the log ratio.
    best = np.sign if name == "hinge" else (lambda v: v)
    sides = play.lower_bound(*(tf.constant(best(log_u(on(side)))) for side in (P, Q)))
    assert both(sides) == pytest.approx(ceiling, abs=1e-3 if name == "hinge" else 1e-6)


@pytest.mark.parametrize("name", GAMES)
def test_games_move_pairs_of_the_model_up_and_pairs_of_data_down(name: str) -> None:
    play, v = registry[name](), np.array([-1.5, 0.0, 1.5])
    assert (gradient(play.encoder_loss, v) > 0).all()
    assert (gradient(play.decoder_loss, v) < 0).all()
    inside = np.array([-0.5, 0.5])
    assert (gradient(lambda v: play.critic_losses(v, v)[0], inside) < 0).all()
    assert (gradient(lambda v: play.critic_losses(v, v)[1], inside) > 0).all()


@every
def test_losses_are_never_nan_and_finite_where_they_can_be(name: str) -> None:
    divergence = divergences.get(name)
    v = np.array([-1e4, -100.0, -1.0, 0.0, 1.0, 100.0, 1e4], "float32")
    losses = {
        "critic": lambda v: sum(logistic.critic_losses(v, v)),
        "bound": lambda v: logistic.lower_bound(divergence, v, v)[0],
        "bound on model": lambda v: logistic.lower_bound(divergence, v, v)[1],
        "fenchel": lambda v: fenchel.lower_bound(divergence, v, v)[0],
        "fenchel on model": lambda v: fenchel.lower_bound(divergence, v, v)[1],
        "age": lambda v: adversarial_gradient.encoder_loss(divergence, v),
        "age on model": lambda v: adversarial_gradient.decoder_loss(divergence, v),
    }
    if name in FLAT:
        losses["ratio"] = ratio.DecreasingForm(divergence)
    for label, loss in losses.items():
        wide = loss(tf.constant(v, tf.float64)).numpy()
        found = loss(tf.constant(v)).numpy()
        assert not np.isnan(found).any(), label
        finite = np.abs(wide) < 1e30
        np.testing.assert_allclose(found[finite], wide[finite], rtol=2e-3, atol=1e-5, err_msg=label)
        slope, wide_slope = gradient(loss, v), gradient(loss, v.astype("float64"))
        assert not np.isnan(slope).any(), label
        finite = np.abs(wide_slope) < 1e30
        np.testing.assert_allclose(
            slope[finite], wide_slope[finite], rtol=2e-3, atol=1e-5, err_msg=label
        )


def test_the_games_that_raffel_prints() -> None:
    """Eq. 13 by D = sigmoid(v), 2 JS - log 4 at most; eq. 14 by f = -v, which he has reversed."""
    v = tf.constant(np.linspace(-3.0, 3.0, 13))
    d = special.expit(v.numpy())
    for loss in (gan.Minimax(), gan.NonSaturating()):
        found = [-side.numpy() for side in loss.critic_losses(v, v)]
        np.testing.assert_allclose(found, [np.log(d), np.log(1 - d)], rtol=1e-12)
    js = fenchel.lower_bound(divergences.get("js"), v, v)
    np.testing.assert_allclose(
        [2 * side.numpy() - np.log(2) for side in js], [np.log(d), np.log(1 - d)], rtol=1e-12
    )
    rkl = fenchel.lower_bound(divergences.get("rkl"), v, v)
    f = -v.numpy()
    np.testing.assert_allclose([rkl[0].numpy(), rkl[1].numpy()], [-np.exp(f), 1 + f], rtol=1e-12)
