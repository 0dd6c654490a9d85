"""Bounds by other divergences than the run's, on Gaussians of which they are known."""

import numpy as np
import pytest
from scipy.stats import norm

from kfdiv import data, distributions, divergences, flows, models, networks, runs

# Data N(0, 1); the model N(SHIFT, 1), from latents with the weight of COSINE.
SHIFT, COSINE, SINE = 0.5, 0.6, 0.8
KNOWN = {"kl": SHIFT**2 / 2, "rkl": SHIFT**2 / 2, "total_variation": 2 * norm.cdf(SHIFT / 2) - 1}


def test_a_vae_bounds_no_divergence():
    encoder = distributions.Normal(linear(COSINE, 0.0), scale=SINE)
    model, target = models.VAE(encoder, decoder()), {"divergence": "kl"}
    with pytest.raises(ValueError, match="contains the entropy"):
        runs.BoundEstimator.of(model, target, "js")
    found = estimate(model, target, examples=10_000)
    assert (found["divergence"], found["bound_kind"]) == (None, "negative_elbo")
    # At least the entropy of the data.
    assert found["bound"] + 4 * found["bound_se"] > 0.5 * np.log(2 * np.pi * np.e)


def linear(weight, bias):
    network = networks.mlp(1, [], 1)
    network.set_weights([np.array([[weight]]), np.array([bias])])
    return network


def decoder():
    return distributions.Normal(linear(COSINE, SHIFT), scale=SINE)


def adversarial(kind, slope=-SHIFT):
    """Return a model whose critic is log(p/q), unless it has another slope."""
    return kind(decoder=decoder(), critic=linear(slope, -slope * SHIFT / 2))


def estimate(model, target, divergence=None, examples=100_000):
    x = np.random.default_rng(0).normal(size=(examples, 1)).astype("float32")
    estimator = runs.BoundEstimator.of(model, target, divergence)
    return estimator.estimate(data.from_arrays(x, batch_size=10_000).stream, examples)


# Every divergence of one; of the others, which are classifiers as well, one that is not their own.
@pytest.mark.parametrize(
    ("kind", "target", "measured"),
    [
        (models.AGE, {"divergence": "js"}, KNOWN),
        (models.AGE, {"divergence": "all"}, ["rkl"]),
        (models.RatioGAN, {"divergence": "js"}, ["rkl"]),
        (models.BiGAN, {"game": "logd"}, ["rkl"]),
    ],
)
def test_a_classifier_bounds_any_divergence(kind, target, measured):
    assert runs.BoundEstimator.of(adversarial(kind), target).divergence == "js"
    for divergence in measured:
        found = estimate(adversarial(kind), target, divergence)
        assert (found["divergence"], found["bound_kind"]) == (divergence, "lower")
        assert found["bound"] == pytest.approx(KNOWN[divergence], abs=4 * found["bound_se"])
        assert 0 < found["bound_se"] < 0.01


def test_a_worse_classifier_bounds_less():
    found = estimate(adversarial(models.AGE, slope=-0.1), {"divergence": "kl"}, "rkl")
    assert found["bound"] < KNOWN["rkl"] - 10 * found["bound_se"]


def test_a_trained_model_is_left_as_it_is():
    model = adversarial(models.AGE)
    model.compile("kl")
    estimate(model, {"divergence": "kl"}, "rkl", examples=10_000)
    assert model.divergence.name == "kl"
    assert model.get_compile_config()["divergence"] != "js"


@pytest.mark.parametrize(
    ("kind", "target", "own"),
    [
        (models.FGAN, {"divergence": "kl"}, "kl"),
        (models.BiGAN, {"game": "hinge"}, "total_variation"),
    ],
)
def test_another_critic_bounds_its_own_divergence_alone(kind, target, own):
    found = estimate(adversarial(kind), target, own, examples=10_000)
    assert found["divergence"] == own
    assert found["bound"] < KNOWN[own]
    bounded = repr(divergences.get(own))[:-2]
    with pytest.raises(ValueError, match=rf"bound on {bounded}.*says nothing of RKL"):
        runs.BoundEstimator.of(adversarial(kind), target, "rkl")


@pytest.mark.parametrize("divergence", [pytest.param("kl", marks=pytest.mark.rehearsal), "rkl"])
def test_f_gm_bounds_any_divergence_by_its_density(divergence):
    encoder = distributions.Normal(linear(COSINE, -COSINE * SHIFT), scale=SINE)
    model = models.FGM(encoder, decoder(), flows.Flow(1, [flows.Affine(1)]))
    found = estimate(model, {"divergence": "js"}, divergence)
    assert found["bound_kind"] == "lower"
    assert found["bound"] == pytest.approx(KNOWN[divergence], abs=4 * found["bound_se"])


@pytest.mark.parametrize(
    ("kind", "target"), [(models.AGE, {"divergence": "kl"}), (models.BiGAN, {"game": "logd"})]
)
def test_all_is_the_figure_of_nothing(kind, target):
    with pytest.raises(ValueError, match="Unknown divergence 'all'"):
        runs.BoundEstimator.of(adversarial(kind), target, "all")
