"""The upper bound against divergences that are known, and its options against what they promise."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kfdiv
from kfdiv.models.batch import Batch
from tests.models import contract

EAGER = contract.MODES["eager"]
# Data N(0.3, 1.1^2); model N(B, A^2 + S^2) with its exact posterior.
A, B, S = 0.8, 0.5, 0.9
DATA = stats.norm(0.3, 1.1)
MODEL = stats.norm(B, np.hypot(A, S))


def dense(kernel: list[list[float]], bias: list[float]) -> keras.Model:
    network = keras.Sequential([keras.Input((len(kernel),)), keras.layers.Dense(len(bias))])
    network.layers[0].set_weights([np.array(kernel, "float32"), np.array(bias, "float32")])
    return network


def linear_gaussian(posterior_shift: float = 0.0) -> kfdiv.models.VariationalFDivergence:
    """p(x|z) = N(A z + B, S^2) and q(z|x) = p(z|x), its mean moved by `posterior_shift`."""
    gain = A / (A**2 + S**2)
    return kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.distributions.Normal(
            dense([[gain]], [-gain * B + posterior_shift]), scale=float(S / np.hypot(A, S))
        ),
        decoder=kfdiv.distributions.Normal(dense([[A]], [B]), scale=S),
        data_density=kfdiv.distributions.GaussianMixture([1.0], [0.3], [1.1]),
    )


def definition(divergence: str) -> float:
    """D = E_Q[f(p/q)] by quadrature."""
    x = np.linspace(-12.0, 13.0, 20_001)
    log_u = tf.constant(DATA.logpdf(x) - MODEL.logpdf(x))
    return float(np.trapezoid(MODEL.pdf(x) * kfdiv.divergences.get(divergence).f(log_u).numpy(), x))


@functools.cache
def bound_of(posterior_shift: float) -> Callable[[str], tuple[float, float]]:
    """Return a function of a divergence, which gives its bound and the bound's standard error.

    Those are as `evaluate` reports them. What costs is to build a model, and to loop over data.
    """
    model = linear_gaussian(posterior_shift)
    model.compile(**EAGER)
    x = tf.constant(DATA.rvs((200_000, 1), random_state=0).astype("float32"))

    def bound(name: str) -> tuple[float, float]:
        seed = kfdiv.random.seed(0, "test")
        sides = model.bound(Batch(x), seed, kfdiv.divergences.get(name)).value
        values = [side.numpy().astype(float) for side in sides if side is not None]
        return sum(v.mean() for v in values), sum(v.var() / v.size for v in values) ** 0.5

    return bound


@pytest.mark.parametrize("name", kfdiv.divergences.registry.names())
def test_bound_is_the_divergence_when_the_encoder_is_the_posterior(name: str) -> None:
    exact, (tight, error) = definition(name), bound_of(0.0)(name)
    assert tight == pytest.approx(exact, abs=4 * error + 2e-4)
    loose, error = bound_of(0.7)(name)
    assert loose > exact + 4 * error


def test_forward_kl_without_noise_has_the_gradient_of_the_vae() -> None:
    x = contract.examples()
    models = [contract.build(name) for name in ("vae", "variational_f_divergence")]
    vae, bound = models
    batch = Batch(tf.constant(np.tile(x, (150, 1))))
    seed = kfdiv.random.seed(0, "test")
    gradients = []
    for model in models:
        with tf.GradientTape() as tape:
            if model is vae:
                loss = tf.add_n(vae.parts(batch, seed, training=True))
            else:
                loss = bound.auxiliary_bound.sample(
                    kfdiv.divergences.get("kl"),
                    batch,
                    None,
                    seed,
                    training=True,
                    density=False,
                    differentiable=False,
                    model_samples=1,
                ).data
            loss = tf.reduce_mean(loss)
        gradients.append(tape.gradient(loss, [v.value for v in model.trainable_variables]))
    for a, b in zip(*gradients, strict=True):
        scale = float(tf.reduce_max(tf.abs(a)))
        np.testing.assert_allclose(a, b, atol=0.08 * scale)


def spread(**options: object) -> kfdiv.models.VariationalFDivergence:
    random.seed(0)
    parts = {
        "encoder": kfdiv.networks.mlp((3,), [16], 4),
        "decoder": kfdiv.networks.mlp((2,), [16], 3),
        "noise": 0.5,
        **options,
    }
    return kfdiv.models.VariationalFDivergence(**parts)


@pytest.mark.parametrize("mode", ["exact", "pca", "index"])
def test_reverse_kl_meets_the_data_by_itself(mode: str) -> None:
    model, x = spread(data_density=mode), contract.examples()
    model.compile("rkl", keras.optimizers.Adam(0.05), keras.optimizers.Adam(0.05), **EAGER)
    losses = model.fit(x, batch_size=len(x), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - 0.5
    assert model.evaluate(x, verbose=0, return_dict=True)["bound_se"] > 0


def test_data_density_holds_the_examples_that_batches_leave_out() -> None:
    model = spread()
    model.compile("rkl", **EAGER)
    model.fit(kfdiv.data.from_arrays(contract.examples(), batch_size=30), epochs=1, verbose=0)
    y = contract.examples()[:7] + 0.1
    width = float(model.width())
    expected = kfdiv.distributions.Empirical(contract.examples(), width).log_prob(y, width)
    found = model.data_density.log_prob(tf.constant(y), width)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_warm_up_is_forward_kl_and_then_ends() -> None:
    kl, warm = spread(), spread()
    kl.compile("kl", **EAGER)
    # The step decides within a graph.
    warm.compile("rkl", warmup_steps=1, jit_compile=False)
    data = contract.dataset(steps=1)
    for model in (kl, warm):
        model.fit(data, verbose=0)
    for a, b in zip(contract.weights(kl), contract.weights(warm), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for model in (kl, warm):
        model.fit(data, verbose=0)
    pairs = zip(contract.weights(kl), contract.weights(warm), strict=True)
    assert any(not np.allclose(a, b, atol=1e-5) for a, b in pairs)


def test_encoder_steps_move_the_encoder_and_leave_the_decoder_its_one() -> None:
    model = spread()
    model.compile("rkl", encoder_steps=2, decoder_optimizer="sgd", **EAGER)
    model.fit(contract.dataset(steps=2), epochs=1, verbose=0)
    assert int(model.encoder_optimizer.iterations) == 4
    assert int(model.decoder_optimizer.iterations) == 2
    assert int(model.step) == 2


def test_learned_noise_ascends_the_bound() -> None:
    noise = kfdiv.noise.Gaussian(0.5, learned=True, event_shape=(3,))
    model = spread(noise=noise)
    model.compile("rkl", noise_optimizer=keras.optimizers.Adam(0.1), **EAGER)
    # Frozen networks: the noise alone moves, and the bound must grow.
    for optimizer in (model.encoder_optimizer, model.decoder_optimizer):
        optimizer.learning_rate = 0.0
    data = kfdiv.data.from_arrays(contract.examples() * [3.0, 1.0, 0.1], batch_size=100)
    losses = model.fit(data, epochs=8, verbose=0).history["loss"]
    assert np.mean(losses[-3:]) > np.mean(losses[:3])
    width = model.width().numpy()
    assert width.max() > 1.02 * width.min()
    assert np.prod(width) == pytest.approx(0.5**3, rel=1e-4)


# To warm up is forward KL, whatever comes after it.
@pytest.mark.parametrize(("name", "warmup_steps"), [("kl", 0), ("rkl", 0), ("js", 0), ("js", 1)])
def test_learned_noise_rests_where_the_model_is_the_data(name: str, warmup_steps: int) -> None:
    """There the divergence is zero under any noise, and with it the noise's gradient."""
    size, width = 2, 0.5
    variance = A**2 + S**2
    gain = A / (variance + width**2)
    scale = float(np.sqrt(1 - A * gain))
    eye = np.eye(size)
    model = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.distributions.Normal(dense(gain * eye, [-gain * B] * size), scale=scale),
        decoder=kfdiv.distributions.Normal(dense(A * eye, [B] * size), scale=S),
        noise=kfdiv.noise.Gaussian(width, learned=True, event_shape=(size,)),
        data_density=kfdiv.distributions.GaussianMixture([1.0], [[B] * size], [variance**0.5]),
    )
    rate = {"noise_optimizer": keras.optimizers.SGD(1.0), "warmup_steps": warmup_steps}
    model.compile(name, "sgd", "sgd", **EAGER, **rate)
    for optimizer in (model.encoder_optimizer, model.decoder_optimizer):
        optimizer.learning_rate = 0.0
    x = stats.norm(B, variance**0.5).rvs((40_000, size), random_state=1).astype("float32")
    before = [variable.numpy() for variable in model.noise.trainable_variables]
    model.fit(x, batch_size=40_000, epochs=1, verbose=0)
    for old, variable in zip(before, model.noise.trainable_variables, strict=True):
        np.testing.assert_allclose(variable.numpy(), old, atol=0.02)


def test_annealed_noise_follows_the_step() -> None:
    model = spread(noise=kfdiv.noise.Gaussian(kfdiv.noise.Annealed(1.0, 0.1, steps=4)))
    model.compile("kl", **EAGER)
    assert float(model.width()) == pytest.approx(1.0)
    model.fit(contract.dataset(steps=2), epochs=1, verbose=0)
    assert float(model.width()) == pytest.approx(10**-0.5)


def test_saved_model_keeps_noise_density_and_compile(tmp_path) -> None:
    model = spread(data_density={"mode": "pca", "components": 2})
    model.compile("alpha(0.3)", encoder_steps=3)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.noise.get_config() == model.noise.get_config()
    assert loaded.get_compile_config() == model.get_compile_config()
    assert loaded.data_density.options == {"components": 2}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": None}, "no density"),
        ({"noise": -1.0}, "positive finite width"),
        ({"encoder": kfdiv.networks.mlp((3,), [4], 5)}, "outputs"),
        ({"encoder": kfdiv.networks.mlp((7,), [4], 4)}, r"encoder takes data of shape \(7,\)"),
        ({"prior": kfdiv.distributions.StandardNormal(5)}, "prior has size 5"),
        ({"data_density": "exakt"}, "exact"),
        ({"data_density": 3}, "data_density must be"),
        (
            {
                "noise": kfdiv.noise.Laplace(0.5),
                "data_density": kfdiv.distributions.GaussianMixture([1], [[0, 0, 0]], [1]),
            },
            "known under Gaussian noise alone",
        ),
    ],
)
def test_parts_that_do_not_fit_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spread(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"divergence": "rlk"}, "rkl"),
        ({"encoder_steps": 0}, "encoder_steps must be an integer of at least 1"),
        ({"steps_per_execution": 0}, "steps_per_execution"),
        ({"jit_compile": "yes"}, "jit_compile must be"),
        ({"run_eagerly": True, "jit_compile": True}, "exclude each other"),
    ],
)
def test_compile_refuses_what_it_cannot_do(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spread().compile(**options)


def test_evaluating_without_the_data_density_is_refused_until_it_is_there(tmp_path) -> None:
    model = spread()
    model.compile("rkl", **EAGER)
    model.fit(contract.dataset(steps=1), epochs=1, verbose=0)
    expected = model.evaluate(contract.examples(), verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    with pytest.raises(ValueError, match=r"model.adapt\(training_data\)"):
        loaded.evaluate(contract.examples(), verbose=0)
    loaded.adapt(contract.examples()[: contract.BATCH])
    found = loaded.evaluate(contract.examples(), verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-5)


def test_divergences_that_need_gradients_of_discrete_draws_are_refused() -> None:
    model = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp(3, [4], 4),
        decoder=kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(2, [4], 3)),
        data_density=kfdiv.distributions.GaussianMixture([1], [[0, 0, 0]], [1]),
    )
    model.compile("kl")
    with pytest.raises(ValueError, match="those of Bernoulli are discrete"):
        model.compile("rkl")


def test_reverse_kl_of_points_without_noise_is_refused() -> None:
    model = contract.build("variational_f_divergence", compile=False)
    with pytest.raises(ValueError, match="data points without noise have none"):
        model.compile("rkl")


def test_replicas_share_model_samples_evenly(two_replicas: tf.distribute.Strategy) -> None:
    with two_replicas.scope():
        model = spread()
        with pytest.raises(ValueError, match="2 replicas must share model_samples evenly"):
            model.compile("rkl", model_samples=7)


def test_the_density_is_that_of_the_data_fitted_last(monkeypatch: pytest.MonkeyPatch) -> None:
    model = spread()
    model.compile("rkl", jit_compile=False, run_eagerly=True)
    x, other = contract.examples()[:20], contract.examples()[:20] + 9.0
    met = []
    adapt = model.data_density.adapt
    spy = lambda data, noise: met.append(data) or adapt(data, noise)  # noqa: E731
    monkeypatch.setattr(model.data_density, "adapt", spy)
    model.fit(x, verbose=0)
    model.fit(x, verbose=0)
    assert len(met) == 1
    near = model.data_density.log_prob(tf.constant(other), width=0.5)
    model.fit(other, verbose=0)
    assert (model.data_density.log_prob(tf.constant(other), width=0.5) > near + 10).numpy().all()
    # The same examples under other weights are other data.
    for weight in (np.ones(20), np.arange(20.0)):
        model.fit(x, sample_weight=weight, verbose=0)
    expected = kfdiv.distributions.Empirical(np.repeat(x, np.arange(20), axis=0), 0.5)
    near = tf.constant(x + 0.1)
    found = model.data_density.log_prob(near, width=0.5)
    np.testing.assert_allclose(found, expected.log_prob(near, 0.5), rtol=1e-4)
    del met[2:]
    model.adapt(x)
    model.fit(other, verbose=0)
    assert len(met) == 3
    with pytest.raises(ValueError, match="makes x of shape"):
        model.adapt(np.zeros((5, 4), "float32"))
