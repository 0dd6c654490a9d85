"""AVB with an optimal critic has the gradient of the ELBO: Gaussians, noise by quadrature."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract

SLOPE, SCALE = 1.3, 0.8  # p(x|z) = N(SLOPE z, SCALE^2)
WEIGHT, BIAS, WIDTH = 0.4, 0.1, 0.6  # q(z|x) = N(WEIGHT x + BIAS, WIDTH^2)
X = 0.7
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(30)


@keras.saving.register_keras_serializable(package="tests")
class LogRatio(keras.layers.Layer):
    """log q(z|x) / p(z), the critic's optimum, or 0 where z is standardised."""

    def __init__(self, adaptive: bool, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.adaptive = adaptive

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        x, z = inputs
        posterior = -0.5 * ((z - WEIGHT * x - BIAS) / WIDTH) ** 2 - np.log(WIDTH)
        return 0.0 * z if self.adaptive else posterior + 0.5 * z**2


def gaussian(slope: float, offset: float, scale: float) -> kfdiv.distributions.Normal:
    layer = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale="shared")
    layer.network.set_weights([np.array([[slope]]), np.array([offset])])
    layer.set_scale(scale)
    return layer


def build(adaptive: bool, encoder: keras.layers.Layer) -> kfdiv.models.AVB:
    x, z = keras.Input((1,)), keras.Input((1,))
    critic = keras.Model([x, z], LogRatio(adaptive)([x, z]))
    model = kfdiv.models.AVB(encoder, gaussian(SLOPE, 0.0, SCALE), critic)
    model.compile(adaptive_contrast=adaptive, **contract.MODES["eager"])
    return model


def negative_elbo(weight: tf.Variable, bias: tf.Variable, width: tf.Tensor) -> tf.Tensor:
    """-E[log p(x|z)] + KL(q(z|x) || N(0, 1)) at x = X, in closed form."""
    mean = weight * X + bias
    expected = ((X - SLOPE * mean) ** 2 + (SLOPE * width) ** 2) / SCALE**2
    kl = 0.5 * (width**2 + mean**2 - 1.0) - tf.math.log(width)
    return 0.5 * expected + np.log(SCALE) + 0.5 * np.log(2.0 * np.pi) + kl


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> tf.Tensor:
    """Make every draw the nodes of a quadrature; return their weights."""
    monkeypatch.setattr(
        kfdiv.random,
        "normal",
        lambda shape, seed, dtype="float32": tf.reshape(tf.constant(NODES, dtype), shape),
    )
    return tf.constant(NODE_WEIGHTS / NODE_WEIGHTS.sum())


@pytest.mark.parametrize("adaptive", [False, True])
def test_encoder_has_the_gradient_of_the_elbo(adaptive: bool, nodes: tf.Tensor) -> None:
    keras.config.set_dtype_policy("float64")
    encoder = gaussian(WEIGHT, BIAS, WIDTH)
    model = build(adaptive, encoder)
    data = (tf.fill([len(NODES), 1], tf.constant(X, tf.float64)), (), nodes)
    batch = model.batch(data).with_total()
    own = encoder.network.trainable_variables
    (raw,) = [v for v in encoder.trainable_variables if not any(v is one for one in own)]
    variables = [v.value for v in (*own, raw)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        losses = model.role_losses(batch, model.draw_seed("test"), ("encoder", "decoder"))
        loss = losses.of["encoder"].mean(batch)
    found = tape.gradient(loss, variables)
    assert losses.of["encoder"] is losses.of["decoder"]

    weight, bias = (tf.Variable(v, dtype=tf.float64) for v in (WEIGHT, BIAS))
    with tf.GradientTape() as tape:
        tape.watch(raw.value)
        width = encoder.distribution(tf.zeros((1, 1), tf.float64)).stddev()[0, 0]
        exact = negative_elbo(weight, bias, width)
    expected = tape.gradient(exact, [weight, bias, raw.value])
    # `set_scale` rounds to float32.
    assert float(loss) == pytest.approx(float(exact), rel=1e-7)
    for mine, true in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.ravel(mine), np.ravel(true), rtol=1e-6)


def test_moments_of_an_encoder_without_density_are_its_draws() -> None:
    x, noise = keras.Input((1,)), keras.Input((1,))
    z = keras.layers.Dense(1, kernel_initializer="ones")(keras.layers.Concatenate()([x, noise]))
    encoder = kfdiv.distributions.Implicit(keras.Model([x, noise], z))
    model = build(True, encoder)
    assert model.moment_draws is None
    model.moment_draws = 6
    x, seed = tf.constant([[2.0], [-1.0]]), model.draw_seed("test")
    posterior = encoder.distribution(x)
    mean, scale = model.moments(posterior, seed)
    draws = posterior.sample(6, seed=seed)
    assert len(np.unique(draws)) == 12
    np.testing.assert_allclose(mean, np.mean(draws, axis=0), rtol=1e-6)
    np.testing.assert_allclose(scale, np.std(draws, axis=0, ddof=1), rtol=1e-6)
    assert np.all(scale > 0)
    logs = model.train_step(tf.constant([[2.0], [-1.0]]))
    assert np.isfinite(float(logs["kl"]))


def test_networks_that_cannot_be_used_are_refused() -> None:
    critic = kfdiv.networks.joint_critic(1, 1, [4])
    decoder = kfdiv.networks.mlp(1, [], 1)
    with pytest.raises(ValueError, match="AVB needs log p"):
        kfdiv.models.AVB(gaussian(1.0, 0.0, 1.0), decoder, critic)
    point = kfdiv.distributions.Deterministic(kfdiv.networks.mlp(1, [], 1))
    silent = kfdiv.distributions.Implicit(kfdiv.networks.mlp(1, [], 1))
    for encoder in (point, silent):
        with pytest.raises(ValueError, match="infinite for an encoder without noise"):
            kfdiv.models.AVB(encoder, gaussian(1.0, 0.0, 1.0), critic)
    with pytest.raises(ValueError, match="moment_draws must be an integer of at least 6"):
        build(False, gaussian(1.0, 0.0, 1.0)).compile(moment_draws=2)
    model = build(True, gaussian(1.0, 0.0, 1.0))
    for adaptive, why in ((False, r"asked for by adaptive_contrast=True"), (True, "are known")):
        with pytest.raises(ValueError, match=rf"moment_draws=64 makes no difference: .*{why}"):
            model.compile(adaptive_contrast=adaptive, moment_draws=64)
    with pytest.raises(ValueError, match="needs log q"):
        kfdiv.models.MarginalVAE(point, gaussian(1.0, 0.0, 1.0), kfdiv.networks.mlp(1, [4], 1))
