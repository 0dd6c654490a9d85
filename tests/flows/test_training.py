"""Maximum likelihood on shapes that no Gaussian has, and f-GM with a flow."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn import datasets

import kfdiv
from tests.flows.support import normals

FLOWS = {"real_nvp": kfdiv.flows.real_nvp, "maf": kfdiv.flows.maf}


NOISE = 0.3


def banana(count: int, seed: int) -> np.ndarray:
    """Draw x1 ~ N(0, 1), x2 = x1^2 + 0.3 e, whose entropy is log(2 pi e) + log 0.3."""
    x, noise = normals(2, count, seed=seed)
    return np.stack([x, x**2 + NOISE * noise], axis=1)


def moons(count: int, seed: int) -> np.ndarray:
    return datasets.make_moons(count, noise=0.1, random_state=seed)[0]


def fit(flow: kfdiv.flows.Flow, x: np.ndarray, steps: int = 400, batch: int = 256) -> None:
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps))
    optimizer.build(flow.trainable_variables)
    data = tf.constant(x, "float32")

    @tf.function(autograph=False)
    def step(rows: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(flow.log_prob(tf.gather(data, rows), training=True))
        variables = flow.trainable_variables
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        optimizer.apply(gradients, variables)

    rows = np.random.default_rng(0)
    for _ in range(steps):
        step(tf.constant(rows.integers(len(x), size=batch)))


def gaussian_nll(train: np.ndarray, test: np.ndarray) -> float:
    gaussian = stats.multivariate_normal(train.mean(axis=0), np.cov(train.T))
    return float(-gaussian.logpdf(test).mean())


@pytest.mark.parametrize("name", ["maf", pytest.param("real_nvp", marks=pytest.mark.rehearsal)])
def test_on_a_banana_it_comes_near_the_entropy(name) -> None:
    flow = FLOWS[name](2, layers=4, units=[32, 32])
    train, test = banana(20_000, seed=1), banana(20_000, seed=2)
    flow.adapt(train)
    fit(flow, train)
    nll = -float(tf.reduce_mean(flow.log_prob(test)))
    entropy = np.log(2 * np.pi * np.e) + np.log(NOISE)
    assert nll < gaussian_nll(train, test) - 0.8
    assert nll < entropy + 0.1


@pytest.mark.rehearsal
@pytest.mark.parametrize("name", FLOWS)
def test_on_two_moons_far_from_the_origin_it_beats_a_gaussian(name) -> None:
    flow = FLOWS[name](2, layers=4, units=[32, 32])
    train, test = (500.0 + 40.0 * moons(20_000, seed) for seed in (1, 2))
    flow.adapt(train)
    before = -float(tf.reduce_mean(flow.log_prob(test)))
    fit(flow, train)
    nll = -float(tf.reduce_mean(flow.log_prob(test)))
    # Before, it is the Gaussian of the same means and variances.
    assert before < gaussian_nll(train, test) + 0.2
    assert nll < gaussian_nll(train, test) - 0.6


def test_f_gm_trains_with_a_flow() -> None:
    flow = kfdiv.flows.maf(2, layers=2, units=[16])
    dataset = kfdiv.data.from_arrays(moons(200, seed=1).astype("float32"), batch_size=100)
    flow.adapt(dataset)
    before = flow.get_weights()
    model = kfdiv.models.FGM(
        encoder=kfdiv.networks.mlp(2, [16], 4),
        decoder=kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [16], 2), scale=0.5),
        density=flow,
    )
    model.compile("js", run_eagerly=True)
    history = model.fit(dataset, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert all(np.any(new != old) for new, old in zip(flow.get_weights(), before, strict=True))
