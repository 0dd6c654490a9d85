"""Both bounds, against divergences that are known."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kfdiv
from kfdiv import divergences, evaluation, random
from kfdiv.data.examples import Examples
from kfdiv.evaluation.critic_training import fresh_critic
from kfdiv.evaluation.encoder_training import EncoderTraining, fresh_encoder
from kfdiv.evaluation.ratio_critic import RatioCritic
from kfdiv.evaluation.sandwich_data import draws, read, stream
from kfdiv.evaluation.spread import spread_of
from kfdiv.models.batch import Batch

# Q is N(SHIFT, SLOPE^2 + WIDTH^2), P is N(POINT, WIDTH^2): one data point.
SLOPE, SHIFT, WIDTH, POINT = 0.5, 0.4, 1.0, 0.9
P = stats.norm(POINT, WIDTH)
Q = stats.norm(SHIFT, np.hypot(SLOPE, WIDTH))


def linear_model(size=1, **options):
    decoder = kfdiv.networks.mlp(1, [], size)
    decoder.layers[-1].set_weights([np.full((1, size), SLOPE), np.full(size, SHIFT)])
    return kfdiv.models.FGAN(decoder, kfdiv.networks.mlp(size, [], 1), **options)


def exact_critic():
    """log p/q, a parabola."""
    y = keras.Input((1,))
    v = keras.layers.Dense(1)(keras.layers.Concatenate()([y, keras.layers.Multiply()([y, y])]))
    network = keras.Model(y, v)
    at = np.array([-1.0, 0.0, 1.0])
    square, slope, constant = np.polyfit(at, P.logpdf(at) - Q.logpdf(at), 2)
    network.layers[-1].set_weights([np.array([[slope], [square]]), np.array([constant])])
    return network


def exact_encoder():
    """The posterior N(gain (y - SHIFT), WIDTH^2 / Q.var)."""
    gain = SLOPE / Q.var()
    network = kfdiv.networks.mlp(1, [], 1)
    network.layers[-1].set_weights([np.array([[gain]]), np.array([-gain * SHIFT])])
    return kfdiv.distributions.Normal(network, scale=WIDTH / Q.std())


def measured(bound):
    """Value and standard error of sampled sides."""
    sides = [np.asarray(side, np.float64) for side in bound.value if side is not None]
    variance = sum(side.var() / len(side) for side in sides)
    return sum(side.mean() for side in sides), np.sqrt(variance)


def test_both_bounds_are_the_divergence_where_both_networks_are_exact():
    model, data = linear_model(), Examples(np.array([[POINT]], "float32"))
    spread = spread_of(model, WIDTH, data, "test")
    density = kfdiv.distributions.Empirical(data.x, spread.noise)
    below = RatioCritic(model, exact_critic(), spread, seed=0)
    above = EncoderTraining(model, exact_encoder(), spread, density, seed=0)
    batch, seed = Batch(tf.fill((40_000, 1), POINT)), random.seed(0, "test")
    for name in divergences.registry.names():
        divergence = divergences.get(name)
        true = evaluation.divergence_1d(divergence, P.logpdf, Q.logpdf, (-16, 16), 20_001)
        for training in (below, above):
            training.compile(divergence, jit_compile=False)
            value, error = measured(training.bound(batch, seed))
            assert value == pytest.approx(true, abs=4 * error + 1e-5), (name, training)
            assert error < 0.03, (name, training)


def test_critic_and_encoder_descend_what_their_bounds_are_made_of():
    model, data = linear_model(), Examples(np.array([[POINT]], "float32"))
    spread = spread_of(model, WIDTH, data, "test")
    density = kfdiv.distributions.Empirical(data.x, spread.noise)
    below = RatioCritic(model, exact_critic(), spread, seed=0)
    above = EncoderTraining(model, exact_encoder(), spread, density, seed=0)
    batch, seed = Batch(tf.fill((50, 1), POINT)), random.seed(0, "test")
    for training, role, sign in ((below, "critic", -1), (above, "encoder", 1)):
        training.compile("js", jit_compile=False)
        loss = training.role_losses(batch, seed, [role]).of[role]
        bound = training.bound(batch, seed).value
        for mine, its in zip(loss, bound, strict=True):
            np.testing.assert_allclose(mine, sign * its, atol=1e-6)
        # Where f' has no limit the critic's loss is the same, and so is its optimum.
        training.compile("rkl", jit_compile=False)
        same = training.role_losses(batch, seed, [role]).of[role]
        assert np.allclose(same.model, loss.model) == (role == "critic")


@pytest.mark.rehearsal
@pytest.mark.parametrize("divergence", ["js", "kl", "rkl"])
def test_the_truth_lies_between(divergence):
    """Two points, whose mixture is known; two repetitions, the second with another model."""
    x = np.array([[POINT], [-0.5]], "float32")
    model = linear_model()
    options = {"noise": WIDTH, "steps": 100, "num_samples": 4_000, "jit_compile": False}
    measure = evaluation.SandwichMeasure(x, divergence, **options)
    found = []
    for shift in (SHIFT, 1.4):
        model.decoder.network.layers[-1].bias.assign([shift])
        q = stats.norm(shift, Q.std())

        def log_p(y):
            parts = [stats.norm(point, WIDTH).logpdf(y) for point in x[:, 0]]
            return np.logaddexp(*parts) - np.log(2)

        true = evaluation.divergence_1d(divergence, log_p, q.logpdf, (-16, 16), 20_001)
        lower, upper, width, *_ = found_now = measure(model)
        assert width == WIDTH
        assert lower.value - 3 * lower.standard_error <= true
        assert true <= upper.value + 3 * upper.standard_error
        assert upper.value - lower.value < 0.1 * true + 4 * sum(e for _, e in (lower, upper))
        found.append(found_now.figures())
    assert set(found[0]) == {"lower", "lower_se", "upper", "upper_se", "width"}
    assert found[1]["lower"] > found[0]["upper"]


def test_the_model_is_in_use_as_it_is_and_stays_so():
    """With dropout and batch normalisation, which would draw and move if they were trained."""
    z = keras.Input((2,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(4)(z))
    network = keras.Model(z, keras.layers.Dense(6)(keras.layers.Dropout(0.5)(hidden)))
    decoder = kfdiv.distributions.Normal(network)
    model = kfdiv.models.VAE(kfdiv.networks.mlp(3, [], 4), decoder)
    before = [variable.numpy() for variable in model.variables]
    trainable = [variable.trainable for variable in model.variables]
    data = Examples(np.random.default_rng(0).normal(size=(7, 3)).astype("float32"))
    spread = spread_of(model, 0.5, data, "test")
    density = kfdiv.distributions.Empirical(data.x, spread.noise)
    above = EncoderTraining(model, fresh_encoder((3,), 2, 0), spread, density, seed=0)
    below = RatioCritic(model, fresh_critic((3,), 0), spread, seed=0)
    batch, seed = Batch(tf.constant(data.x)), random.seed(0, "test")
    for training, role in ((below, "critic"), (above, "encoder")):
        training.compile("js", jit_compile=False)
        assert len(training.trainable_variables) == len(training.optimizer.variables_of(role))
        losses = [training.role_losses(batch, seed, [role]).of[role] for _ in range(2)]
        np.testing.assert_array_equal(losses[0].model, losses[1].model)
        training.take_gradients(training.roles, batch, seed)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert [variable.trainable for variable in model.variables] == trainable


def test_the_noise_is_the_model_s_own_or_half_a_standard_deviation():
    x, weight = np.array([[0.0, 0.0], [2.0, 6.0]], "float32"), np.array([3.0, 1.0])
    data = Examples(x, None, weight)
    deviation = np.sqrt(np.mean([3 / 16 * 4, 3 / 16 * 36]))
    plain = linear_model(2)
    assert spread_of(plain, None, data, "test").size == pytest.approx(deviation / 2)
    assert spread_of(plain, 0.3, data, "test").size == pytest.approx(0.3)
    networks = kfdiv.networks.mlp(2, [], 2), kfdiv.networks.mlp(1, [], 2)
    annealed = kfdiv.noise.Gaussian(kfdiv.noise.Annealed(1.0, 0.01, steps=10))
    own = kfdiv.models.VariationalFDivergence(*networks, noise=annealed)
    own.step.assign(5)
    spread = spread_of(own, None, data, "test")
    assert spread.size == pytest.approx(0.1)
    own.step.assign(10)
    assert spread.size == pytest.approx(0.1)
    learned = kfdiv.noise.Gaussian(0.5, learned=True, event_shape=(2,))
    learned.set_weights([np.array([0.4, -0.7])])
    spread = spread_of(plain, learned, data, "test")
    assert spread.width.shape == (2,)
    assert spread.size == pytest.approx(0.5)


def test_draws_have_the_weights_of_the_data_and_few_data_fill_a_batch():
    data = Examples(np.arange(4.0)[:, np.newaxis], None, np.array([1.0, 5.0, 0.5, 3.5]))
    drawn = np.concatenate(list(draws(data, 10_000, seed=0)))
    counts = np.bincount(drawn[:, 0].astype(int))
    np.testing.assert_allclose(counts, [1_000, 5_000, 500, 3_500], atol=1)
    x, _, weight = next(iter(stream(data, 6, seed=0)))
    np.testing.assert_allclose(data.weight[x[:, 0].numpy().astype(int)], weight)


def test_the_critic_keeps_within_what_it_said_of_other_draws():
    model, data = linear_model(), Examples(np.array([[POINT]], "float32"))
    critic = kfdiv.networks.mlp(1, [], 1)
    critic.layers[-1].set_weights([np.array([[10.0]]), np.array([0.0])])
    below = RatioCritic(model, critic, spread_of(model, WIDTH, data, "test"), seed=0)
    below.compile("kl", jit_compile=False)
    below.limit(draws(data, 2_000, 0), rank=20)
    # A hundredth of either side lies beyond.
    low, high = below.limits.numpy()
    assert low == pytest.approx(10 * P.ppf(0.01), abs=3)
    assert high == pytest.approx(10 * Q.ppf(0.99), abs=3)
    on_data, on_model = below.bound(Batch(tf.fill((500, 1), POINT)), random.seed(0, "test")).value
    assert np.min(on_data) == pytest.approx(1 + low)
    assert np.max(on_data) <= 1 + high
    assert np.min(on_model) >= -np.exp(high) * (1 + 1e-5)


def test_weights_and_bytes_mean_what_they_mean_to_fit():
    decoder = kfdiv.networks.mlp(1, [], (2, 2, 1))
    model = kfdiv.models.FGAN(decoder, kfdiv.networks.mlp((2, 2, 1), [], 1))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 2, 2, 1)).astype("uint8")
    weight = np.array([2.0, 0.0, 1.0], "float32")
    floats = pixels / np.float32(255)
    floats[1] = np.nan
    dataset = tf.data.Dataset.from_tensor_slices((pixels, np.zeros(3), weight)).batch(2)
    for data in ((floats, None, weight), (pixels, None, weight), dataset):
        found = read(data, model)
        np.testing.assert_allclose(found.x, floats[[0, 2]], rtol=1e-6)
        np.testing.assert_array_equal(found.weight, [2.0, 1.0])
        assert found.x.dtype == np.float32


@pytest.mark.parametrize("observation", ["bernoulli", "normal"])
def test_what_to_do_for_a_density_can_be_done(observation):
    draw = kfdiv.models.DRAW((2,), latent_size=1, steps=1, units=1, observation=observation)
    x = np.float32([[0.0, 0.0], [1.0, 1.0]])
    advised = contextlib.nullcontext()
    if observation != "normal":
        advised = pytest.raises(ValueError, match=r"model with observation='normal', and give sand")
    with advised:
        spread_of(draw, kfdiv.noise.Gaussian(0.5), read((x, None, None), draw), "sandwich")


def test_what_does_not_fit_is_refused():
    x = np.array([[0.0], [1.0]])
    sandwich, networks = evaluation.sandwich, kfdiv.networks
    z, noise = keras.Input((1,)), keras.Input((1,))
    implicit = kfdiv.distributions.Implicit(
        keras.Model([z, noise], keras.layers.Dense(1)(keras.layers.Add()([z, noise])))
    )
    bernoulli = kfdiv.distributions.Bernoulli(networks.mlp(1, [], 1))
    for model, name in (
        (kfdiv.models.FGAN(implicit, networks.mlp(1, [], 1)), "Implicit"),
        (kfdiv.models.VAE(networks.mlp(1, [], 2), bernoulli), "Bernoulli"),
    ):
        with pytest.raises(ValueError, match=rf"needs the density p\(y\|z\).*'s is {name}"):
            sandwich(model, x, "js")
    model = linear_model()
    normal = kfdiv.distributions.Normal(networks.mlp(1, [], 2))
    with pytest.raises(ValueError, match=r"Laplace noise gives .* Deterministic .*'s is Normal"):
        sandwich(kfdiv.models.FGAN(normal, networks.mlp(1, [], 1)), x, "js", "laplace")
    with pytest.raises(ValueError, match="these data do not vary"):
        sandwich(model, x[:1], "js")
    with pytest.raises(ValueError, match="critic is the model's own"):
        sandwich(model, x, "js", critic=model.critic)
    own = kfdiv.models.VAE(networks.mlp(1, [], 2), normal)
    for given in (own.encoder, own.encoder.network):
        with pytest.raises(ValueError, match="encoder is the model's own"):
            sandwich(own, x, "js", encoder=given)
    with pytest.raises(ValueError, match=r"critic takes inputs of shapes \[\(2,\)\]"):
        sandwich(model, x, "js", critic=networks.mlp(2, [], 1))
    with pytest.raises(ValueError, match="expected \\(2,\\): 1 means and 1 raw scales"):
        sandwich(model, x, "js", encoder=networks.mlp(1, [], 5))
    with pytest.raises(ValueError, match=r"The encoder takes data of shape \(3,\)"):
        sandwich(model, x, "js", encoder=networks.mlp(3, [], 2))
    with pytest.raises(ValueError, match="shape"):
        sandwich(model, np.zeros((4, 2)), "js")
    with pytest.raises(ValueError, match="without an end"):
        sandwich(model, tf.data.Dataset.from_tensors(x).repeat(), "js")
    with pytest.raises(ValueError, match=r"jss.*js"):
        sandwich(model, x, "jss")
    for option, least in (("steps", 1), ("batch_size", 1), ("num_samples", 10)):
        with pytest.raises(ValueError, match=f"{option} must be an integer of at least {least}"):
            sandwich(model, x, "js", **{option: 0})
    condition = networks.condition(2)
    conditional = kfdiv.models.FGAN(
        networks.mlp(1, [], 1, condition_size=2),
        networks.mlp(1, [], 1, condition_size=2),
        condition=condition,
    )
    with pytest.raises(ValueError, match="sandwich takes no condition"):
        sandwich(conditional, x, "js")
