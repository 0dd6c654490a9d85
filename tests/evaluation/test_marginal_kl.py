"""The marginal KL of linear-Gaussian models, where it is known."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from scipy import stats

import kfdiv
from kfdiv import evaluation
from tests.evaluation.marginal.support import Laplace, linear, normals, whitened, with_encoder

TRAINING = {"steps": 150, "num_draws": 5_000, "jit_compile": False}


def test_monte_carlo_of_a_few_examples_is_the_integral() -> None:
    known, x = linear(1, 1, scale=0.2), normals(12, 1).astype("float32")
    weight = np.arange(12) % 3 + 1
    true = evaluation.divergence_1d(
        "kl",
        lambda z: known.log_q(np.reshape(z, [-1, 1]), x, weight).reshape(np.shape(z)),
        stats.norm.logpdf,
        (-12, 12),
        4_001,
    )
    found = evaluation.marginal_kl(known.model, (x, None, weight), num_draws=20_000)
    assert found.kl.value == pytest.approx(true, abs=4 * found.kl.standard_error)
    assert found.kl.value == pytest.approx(true, rel=0.02)
    surgery = found.surgery
    assert surgery.data_entropy == pytest.approx(stats.entropy(weight))
    assert surgery.average_kl.value == pytest.approx(known.average_kl(x, weight), rel=1e-5)
    assert surgery.average_kl.standard_error == 0
    assert surgery.average_kl.value > found.kl.value > surgery.floor
    total = found.kl.value + surgery.mutual_information.value
    assert total == pytest.approx(surgery.average_kl.value)


def test_monte_carlo_of_many_examples_is_their_limit_s() -> None:
    known, x = linear(5, 3, scale=0.5), whitened(20_000, 5)
    found = evaluation.marginal_kl(known.model, x, num_draws=4_000)
    assert found.kl.value == pytest.approx(known.limit(), rel=0.02)
    assert found.per_dimension.value == found.kl.value / 3
    assert found.per_dimension.standard_error == found.kl.standard_error / 3


def test_a_posterior_far_from_all_others_is_at_the_floor() -> None:
    known, x = linear(2, 2, scale=1e-3), normals(50, 2)
    surgery = evaluation.marginal_kl(known.model, x, num_draws=100).surgery
    assert surgery.marginal_kl.value == pytest.approx(surgery.floor, abs=1e-3)
    assert surgery.mutual_information.value == pytest.approx(np.log(50), abs=1e-3)


def test_posteriors_without_a_closed_form_share_their_draws() -> None:
    known, x = linear(2, 2, scale=0.5), normals(30, 2)
    encoder = Laplace(known.model.encoder.network, scale=0.5)
    found = evaluation.marginal_kl(with_encoder(known, encoder), x, num_draws=2_000)
    average, marginal, information = found.surgery[:3]
    assert average.value == pytest.approx(marginal.value + information.value)
    assert all(part.standard_error > 0 for part in (average, marginal, information))
    assert 0 < information.value < np.log(30)


@pytest.mark.parametrize(
    "density",
    [
        "mixture_10",
        pytest.param("mixture_50", marks=pytest.mark.rehearsal),
        pytest.param("mixture_100", marks=pytest.mark.rehearsal),
        pytest.param("maf", marks=pytest.mark.rehearsal),
        pytest.param("lstm", marks=pytest.mark.rehearsal),
    ],
)
def test_a_density_is_within_two_percent_and_below(density) -> None:
    known, x = linear(2, 2, scale=0.5, seed=4), whitened(10_000, 2)
    assert known.limit() > 1
    found = evaluation.marginal_kl(known.model, x, "density", density=density, **TRAINING)
    true = evaluation.marginal_kl(known.model, x, num_draws=2_000).kl
    assert found.kl.value == pytest.approx(known.limit(), rel=0.02)
    error = math.hypot(found.kl.standard_error, true.standard_error)
    assert found.kl.value < true.value + 4 * error
    assert isinstance(found.fitted, kfdiv.flows.Density)
    assert found.surgery.marginal_kl == found.kl


def test_a_classifier_underestimates_a_large_one() -> None:
    known, x = linear(10, 10, scale=0.1), normals(2_000, 10)
    options = {**TRAINING, "num_draws": 2_000, "steps": 100}
    options["classifier"] = kfdiv.networks.mlp(10, [64, 64], 1, "leaky_relu")
    found = evaluation.marginal_kl(known.model, x, "ratio", **options)
    true = evaluation.marginal_kl(known.model, x, num_draws=2_000)
    assert found.kl.value < 0.8 * true.kl.value
    # Below what no marginal KL can be.
    assert found.kl.value < found.surgery.floor <= true.kl.value + 1e-3


def test_a_penalty_holds_the_classifier_s_slope() -> None:
    known, x = linear(1, 1, scale=0.05), normals(200, 1)
    network = kfdiv.networks.mlp(1, [], 1)
    network.set_weights([np.array([[5.0]]), np.zeros(1)])
    # The penalty's gradient is 2 * 10 * (5 - 1), the cross entropy's no more than the mean of |z|.
    options = {"optimizer": keras.optimizers.SGD(0.05), "num_draws": 50, "steps": 1}
    options |= {"classifier": network, "penalty": "gradient", "jit_compile": False}
    evaluation.marginal_kl(known.model, x, "ratio", **options)
    assert network.get_weights()[0].item() == pytest.approx(1.0, abs=0.2)


def test_methods_may_share_one_reading_of_the_data() -> None:
    known, x = linear(2, 2, scale=0.5), normals(40, 2)
    shared = evaluation.Posteriors(known.model, x)
    alone, again = (
        evaluation.marginal_kl(known.model, data, num_draws=100) for data in (x, shared)
    )
    assert alone.figures() == again.figures()
    with pytest.raises(ValueError, match="Posteriors that another model's encoder made"):
        evaluation.marginal_kl(linear(2, 2, scale=0.5).model, shared, num_draws=100)


@pytest.mark.rehearsal
def test_a_classifier_comes_near_a_small_one() -> None:
    known, x = linear(1, 1, scale=0.5, seed=2), normals(20_000, 1)
    found = evaluation.marginal_kl(known.model, x, "ratio", **TRAINING)
    assert found.kl.value == pytest.approx(known.limit(), rel=0.1)


def bigan(encoder: kfdiv.distributions.ConditionalDistribution) -> kfdiv.models.BiGAN:
    return kfdiv.models.BiGAN(
        decoder=kfdiv.networks.mlp(2, [], 2),
        encoder=encoder,
        critic=kfdiv.networks.joint_critic(2, 2),
    )


@pytest.mark.parametrize(
    ("method", "name", "make"),
    [
        ("ratio", "classifier", lambda: kfdiv.networks.mlp(2, [], 1)),
        pytest.param(
            "density",
            "density",
            lambda: kfdiv.flows.DiagonalMixture(2, 2),
            marks=pytest.mark.rehearsal,
        ),
    ],
)
def test_any_encoder_will_do_for_a_classifier_or_a_density(method, name, make) -> None:
    """And weights, few examples, and networks of one's own, trained by one's own optimizer."""
    z, noise = keras.Input((2,)), keras.Input((1,))
    joined = keras.layers.Dense(2)(keras.layers.Concatenate()([z, noise]))
    encoder = kfdiv.distributions.Implicit(keras.Model([z, noise], joined))
    model = bigan(encoder)
    before = model.get_weights()
    own = make()
    start = own.get_weights()
    found = evaluation.marginal_kl(
        model,
        (normals(3, 2), None, [1, 0, 2]),
        method,
        steps=1,
        num_draws=50,
        optimizer=keras.optimizers.SGD(0.1),
        jit_compile=False,
        **{name: own},
    )
    assert found.fitted is own
    assert any(np.any(a != b) for a, b in zip(start, own.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert np.isfinite(found.kl.value)
    assert found.surgery is None
    assert set(found.figures()) == {
        f"marginal_kl{part}{se}" for part in ("", "_per_dimension") for se in ("", "_se")
    }


def test_figures_name_all_of_the_surgery() -> None:
    found = evaluation.marginal_kl(linear(2, 2, scale=0.5).model, normals(30, 2), num_draws=50)
    figures = found.figures()
    assert figures == found.surgery.figures()
    assert figures["floor"] == figures["average_kl"] - figures["data_entropy"]
    assert figures["marginal_kl_per_dimension"] == figures["marginal_kl"] / 2
    assert figures["data_entropy"] == pytest.approx(np.log(30))
    assert all(type(value) is float for value in figures.values())


def test_what_cannot_be_is_refused_before_work_begins() -> None:
    model = linear(2, 2, scale=0.5).model
    x, wrong = normals(9, 2), normals(9, 3)

    def refuses(message, *args, model=model, data=wrong, error=ValueError, **options):
        with pytest.raises(error, match=message):
            evaluation.marginal_kl(model, data, *args, **options)

    refuses("method must be one of monte_carlo, ratio, density, but got 'ratios'", "ratios")
    names = "mixture_10, mixture_50, mixture_100, maf, lstm"
    refuses(f"density must be one of {names}.*mean 'maf'", "density", density="mafs")
    refuses("steps is an option of method 'ratio' and 'density', and method='monte_carlo'", steps=3)
    refuses("classifier is an option of method 'ratio'", "density", classifier=object())
    refuses("penalty is an option of method 'ratio'", "density", penalty="gradient")
    refuses("Unknown penalty 'slope'", "ratio", penalty="slope")
    refuses("num_draws must be an integer of at least 10, but got 2", num_draws=2)
    refuses("batch_size must be an integer of at least 1", batch_size=0.5)
    refuses("steps must be an integer of at least 1", "ratio", steps=0)
    refuses("jit_compile must be one of", "ratio", jit_compile="always")
    refuses(
        r"from the 2 latents, of shape .2,., to one output",
        "ratio",
        classifier=kfdiv.networks.mlp(3, [], 1),
    )
    owner = linear(2, 2, scale=0.5).model
    owner.code_critic = kfdiv.networks.mlp(2, [], 1)
    own = {"model": owner, "classifier": owner.code_critic}
    refuses("classifier is the model's own", "ratio", **own)
    refuses(r"of the 2 latents, of shape \(2,\)", "density", density=kfdiv.flows.maf(3))
    unnormalized = kfdiv.flows.Unnormalized(kfdiv.networks.mlp(2, [], 1))
    refuses("must be normalised", "density", density=unnormalized)
    refuses(r"data.*shape")
    none = kfdiv.models.FGAN(kfdiv.networks.mlp(2, [], 2), kfdiv.networks.mlp(2, [], 1))
    refuses("FGAN was built without one; pass encoder=", model=none)
    implicit = kfdiv.distributions.Deterministic(kfdiv.networks.mlp(2, [], 2))
    message = "Deterministic has no density. Use method='ratio' or 'density'"
    refuses(message, model=bigan(implicit))
    large = linear(1, 2_500, scale=0.5).model
    message = "density='lstm' is for at most 500 latents, but the model has 2,500. Use density="
    refuses(message + "'mixture_10' or 'mixture_50', a kfdiv", "density", model=large, data=x)
    conditional = kfdiv.models.VAE(
        kfdiv.networks.mlp(2, [], 4, condition_size=3),
        kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [], 2, condition_size=3), scale=1.0),
        condition=kfdiv.networks.condition(num_classes=3),
    )
    refuses("marginal_kl takes no condition", model=conditional)
