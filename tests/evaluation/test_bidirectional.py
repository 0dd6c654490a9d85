"""Cycle consistency and the joint objective, against closed forms of linear-Gaussian models."""

import numpy as np
import pytest
from scipy import stats

import kfdiv
from kfdiv import evaluation


def linear_pair():
    """q(z|x) = N(0.4 x + 0.1, 0.6^2), p(x|z) = N(1.2 z - 0.3, 0.8^2), in one dimension."""
    encoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale=0.6)
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale=0.8)
    for part, (kernel, bias) in {encoder: (0.4, 0.1), decoder: (1.2, -0.3)}.items():
        part.network.layers[-1].set_weights([np.array([[kernel]]), np.array([bias])])
    return kfdiv.models.VAE(encoder, decoder)


def closed_forms(x):
    mean = 0.4 * x + 0.1
    cost = 0.5 * np.log(2 * np.pi * 0.64)
    cost += ((x - 1.2 * mean + 0.3) ** 2 + (1.2 * 0.6) ** 2) / (2 * 0.64)
    kl = 0.5 * (0.36 + mean**2 - 1 - np.log(0.36))
    return cost, cost + kl


def test_both_are_their_closed_forms():
    x = np.random.default_rng(0).normal(0.5, 1.5, size=(3_000, 1))
    cost, objective = closed_forms(x)
    found = evaluation.bidirectional(linear_pair(), x, num_samples=400, batch_size=1_000)
    # What is left is the noise of 400 x 3,000 draws.
    assert found.cycle_consistency.value == pytest.approx(cost.mean(), abs=5e-3)
    assert found.objective.value == pytest.approx(objective.mean(), abs=5e-3)
    assert found.cycle_consistency.standard_error == pytest.approx(stats.sem(cost).item(), rel=0.02)
    assert found.objective.standard_error == pytest.approx(stats.sem(objective).item(), rel=0.02)


def test_the_other_convention_drops_the_constant():
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [], 6), scale=1.0)
    model = kfdiv.models.VAE(kfdiv.networks.mlp(6, [], 4), decoder)
    figures = evaluation.bidirectional(model, np.ones((50, 6))).figures()
    constant = -stats.multivariate_normal(np.zeros(6)).logpdf(np.zeros(6))
    assert figures["constant"] == pytest.approx(constant, rel=1e-12)
    for name in ("objective", "cycle_consistency"):
        assert figures[f"{name}_without_constant"] == pytest.approx(figures[name] - constant)
        assert figures[f"{name}_se"] >= 0


def test_it_is_the_negative_elbo_that_the_vae_measures():
    model = linear_pair()
    model.compile(jit_compile=False)
    x = np.random.default_rng(0).normal(size=(2_000, 1)).astype("float32")
    logs = model.evaluate(x, return_dict=True, verbose=0)
    found = evaluation.bidirectional(model, x)
    error = np.hypot(found.objective.standard_error, logs["negative_elbo_se"])
    assert abs(found.objective.value - logs["negative_elbo"]) < 4 * error


def test_seeds_decide_whatever_the_ragged_last_batch():
    model, x = linear_pair(), np.random.default_rng(0).normal(size=(25, 1))
    first, same, other = (
        evaluation.bidirectional(model, x, batch_size=10, seed=seed) for seed in (0, 0, 1)
    )
    assert first == same
    assert first.objective.value != other.objective.value


def test_networks_that_are_not_gaussian_are_refused():
    network = kfdiv.networks.mlp
    model = kfdiv.models.VAE(network(3, [], 2), kfdiv.distributions.Bernoulli(network(1, [], 3)))
    with pytest.raises(ValueError, match=r"Gaussian decoder.*is Bernoulli"):
        evaluation.bidirectional(model, np.zeros((4, 3)))
    model = kfdiv.models.FGAN(network(1, [], 3), network(3, [], 1))
    with pytest.raises(ValueError, match=r"needs an encoder.*without one; pass encoder="):
        evaluation.bidirectional(model, np.zeros((4, 3)))


def test_an_estimate_needs_values():
    with pytest.raises(ValueError, match="no values"):
        evaluation.Estimate.of([])
    for values, weights in (([1.0], None), ([1.0, 2.0], [1.0, 0.0])):
        with pytest.raises(ValueError, match=r"two examples or more, .* standard error, but got 1"):
            evaluation.Estimate.of(values, weights)


def test_a_weighted_mean_is_a_ratio():
    """Against the linearised variance of a ratio, and against many samples of it."""
    rng = np.random.default_rng(0)
    weight = rng.integers(0, 4, 50)
    values = rng.normal(3.0, 2.0, size=50)
    found = evaluation.Estimate.of(values, weight)
    assert found.value == pytest.approx(np.repeat(values, weight).mean(), rel=1e-12)
    kept = weight > 0
    assert found == evaluation.Estimate.of(np.where(kept, values, np.nan), weight)
    count, residual = kept.sum(), weight * (values - found.value)
    error = np.sqrt(count / (count - 1) * (residual**2).sum()) / weight.sum()
    assert found.standard_error == pytest.approx(error, rel=1e-12)
    # Of equal weights it is the plain one, whatever their scale.
    assert evaluation.Estimate.of(values, np.full(50, 0.01)) == pytest.approx(
        evaluation.Estimate.of(values), rel=1e-12
    )
    trials = [(rng.exponential(size=400), rng.normal(size=400)) for _ in range(400)]
    estimates = [evaluation.Estimate.of(v * w, w) for w, v in trials]
    spread = np.std([estimate.value for estimate in estimates])
    errors = [estimate.standard_error for estimate in estimates]
    assert np.mean(errors) == pytest.approx(spread, rel=0.1)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], r"shape \(2,\)"),
        ([0, 0], "2 zeros"),
        ([1, -1], "below zero"),
        ([1, np.nan], "finite"),
    ],
)
def test_what_cannot_be_weights_is_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        evaluation.Estimate.of([1.0, 2.0], weights)


@pytest.mark.rehearsal
def test_to_measure_after_every_epoch_is_no_reason_for_a_warning(caplog):
    """TensorFlow warns, with a page of advice, of functions that are traced again and again."""
    model, x = linear_pair(), np.zeros((5, 1))
    for seed in range(8):
        evaluation.bidirectional(model, x, batch_size=3, seed=seed)
    assert "retracing" not in caplog.text
