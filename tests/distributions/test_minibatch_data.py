"""The density of the noised minibatch, and its bias."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

import kfdiv
from kfdiv.distributions import MinibatchData, get_data_density
from tests.models import contract
from tests.models.test_variational_f_divergence import spread

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 2)) * 2 + 3
Y = X[:50] + 0.5 * RNG.normal(size=(50, 2))


def oracle(y: np.ndarray, points: np.ndarray, weight: np.ndarray, width: float) -> np.ndarray:
    kernels = -np.square(y[:, None] - points).sum(-1) / (2 * width**2)
    kernels -= np.log(2 * np.pi * width**2)
    return special.logsumexp(kernels, axis=1, b=weight / weight.sum())


def log_prob(y: np.ndarray, points: np.ndarray, width: float = 0.5, **given: object) -> np.ndarray:
    noise = kfdiv.noise.Gaussian(width)
    found = MinibatchData().log_prob(tf.constant(y), width, points=points, noise=noise, **given)
    return found.numpy()


def test_value_and_score_are_those_of_the_mixture_of_the_batch() -> None:
    weight = np.arange(20.0)
    found = log_prob(Y, X[:20], weight=weight)
    np.testing.assert_allclose(found, oracle(Y, X[:20], weight, 0.5), rtol=1e-9)
    point = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(point)
        noise = kfdiv.noise.Gaussian(0.5)
        value = MinibatchData().log_prob(point, 0.5, points=X[:20], noise=noise)
    share = special.softmax(-np.square(Y[:, None] - X[:20]).sum(-1) / 0.5, axis=1)
    np.testing.assert_allclose(tape.gradient(value, point), (share @ X[:20] - Y) / 0.25, rtol=1e-7)


def test_it_is_too_low_where_the_batch_is_not_and_too_high_where_it_is() -> None:
    """p^(B) is unbiased over batches of other points, and its logarithm is not."""
    exact = oracle(Y, X, np.ones(len(X)), 0.5)
    others = np.random.default_rng(1).permuted(np.tile(np.arange(len(X)), (60, 1)), axis=1)
    batches = np.stack([log_prob(Y, X[rows[:10]]) for rows in others])
    ratios = np.exp(batches - exact).mean(1)
    assert abs(ratios.mean() - 1) < 5 * ratios.std() / np.sqrt(len(ratios))
    bias = batches.mean(0) - exact
    assert (bias < 0.2).all()
    assert bias.mean() < -1
    # More points, less bias.
    more = np.stack([log_prob(Y, X[rows[:100]]) for rows in others[:20]])
    assert bias.mean() < (more.mean(0) - exact).mean() < -0.01
    # With the point of the batch that y was made of.
    assert (log_prob(Y, X[:50]) - exact).mean() > 0.2


def test_models_of_reverse_kl_are_fitted_by_it() -> None:
    model = spread(data_density="minibatch")
    model.compile(divergence="rkl", run_eagerly=True, jit_compile=False)
    x = contract.examples()
    model.fit(x, batch_size=50, verbose=0)
    assert np.isfinite(model.evaluate(x, batch_size=50, verbose=0)).all()
    assert model.get_config()["data_density"]["class_name"] == "MinibatchData"
    assert isinstance(get_data_density(model.get_config()["data_density"]), MinibatchData)


def test_a_batch_of_no_weight_does_not_make_a_nan_of_the_others() -> None:
    found = log_prob(Y, X[:20], weight=np.zeros(20))
    np.testing.assert_allclose(found, oracle(Y, X[:20], np.ones(20), 0.5), rtol=1e-9)


def test_names_are_told_where_none_is_meant() -> None:
    assert isinstance(get_data_density({"mode": "minibatch"}), MinibatchData)
    for wrong in ("minibtach", {"mode": "minibtach"}, {"mode": None}):
        with pytest.raises(ValueError, match="must be one of exact, index, minibatch, pca, but"):
            get_data_density(wrong)
    with pytest.raises(TypeError, match="'minibatch' has no option 'components'"):
        get_data_density({"mode": "minibatch", "components": 2})


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(ValueError, match="model has noise=None"):
        spread(data_density="minibatch", noise=None)
    with pytest.raises(ValueError, match="an objective gives it the batch"):
        MinibatchData().log_prob(tf.zeros((1, 2)), 1.0)
    with pytest.raises(ValueError, match="MinibatchData does not give for"):
        contract.construct(
            "variational_f_divergence",
            {**contract.networks(condition_size=contract.CLASSES), "noise": 0.5},
            condition=kfdiv.networks.condition(num_classes=contract.CLASSES),
            data_density="minibatch",
        )
