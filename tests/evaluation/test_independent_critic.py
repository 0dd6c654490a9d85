"""The independent critic, against divergences that are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kfdiv
from kfdiv import evaluation

MEAN, SCALE = 1.0, 1.4


# TensorFlow says so of every data set when steps run eagerly.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not apply to tf.data functions")


@pytest.fixture
def eager():
    """Run every step as it is: to trace one costs as much as ten of them."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def gaussian_model():
    """A sampler of N(MEAN, SCALE^2)."""
    network = kfdiv.networks.mlp(1, [], 1)
    network.layers[-1].set_weights([np.array([[SCALE]]), np.array([MEAN])])
    return kfdiv.models.FGAN(network, kfdiv.networks.mlp(1, [], 1))


def exact(divergence):
    p, q = stats.norm(), stats.norm(MEAN, SCALE)
    return evaluation.divergence_1d(divergence, p.logpdf, q.logpdf, (-20, 20), 20_001)


def draws(num, seed):
    return np.random.default_rng(seed).normal(size=(num, 1)).astype("float32")


@pytest.mark.parametrize(
    ("divergence", "jit_compile"),
    [("rkl", False), pytest.param("js", True, marks=pytest.mark.rehearsal)],
)
def test_it_is_below_the_divergence_and_near_it(divergence, jit_compile):
    true = exact(divergence)
    train, test = draws(20_000, 0), draws(20_000, 1)
    found = evaluation.independent_critic(
        gaussian_model(), train, test, divergence, steps=600, jit_compile=jit_compile
    )
    for value, error in (found.bound, found.training_bound):
        assert value < true + 4 * error
        assert value > 0.9 * true - 4 * error
        assert 0 < error < 0.1 * true


@pytest.mark.usefixtures("eager")
def test_value_and_standard_error_are_those_of_the_critic_s_losses():
    """Of one critic, which a learning rate of zero leaves as it is."""
    critic = kfdiv.networks.mlp(1, [], 1)
    critic.layers[-1].set_weights([np.array([[-0.5]]), np.array([0.3])])
    found = evaluation.independent_critic(
        gaussian_model(),
        draws(200, 0),
        draws(400, 1),
        critic=critic,
        steps=1,
        optimizer=keras.optimizers.SGD(0.0),
        jit_compile=False,
    )
    assert found.critic is critic
    on_data, on_model = 0.3 - 0.5 * draws(10**5, 2), 0.3 - 0.5 * (MEAN + SCALE * draws(10**5, 3))
    losses = np.logaddexp(0, -on_data), np.logaddexp(0, on_model)
    for estimate, num in ((found.bound, 400), (found.training_bound, 200)):
        value = np.log(2) - 0.5 * sum(loss.mean() for loss in losses)
        error = float(0.5 * np.sqrt(sum(loss.var() for loss in losses) / num))
        assert estimate.value == pytest.approx(value, abs=4 * error)
        assert estimate.standard_error == pytest.approx(error, rel=0.2)
    assert set(found.figures()) == {"bound", "bound_se", "training_bound", "training_bound_se"}


@pytest.mark.rehearsal
def test_a_model_that_learned_its_data_by_heart_is_told_apart():
    """It generates six training points: a critic that trains on them sees nothing wrong."""
    seen, held_out, fresh = draws(6, 0), draws(4_000, 1), draws(4_000, 2)
    z, steps = keras.Input((1,)), np.sort(stats.norm.ppf(np.arange(1, 6) / 6))
    # A staircase of the latent: a sixth of the prior's mass on each point, in their order.
    levels = np.sort(seen[:, 0])
    staircase = keras.layers.Dense(5, activation=lambda v: tf.sigmoid(1e4 * v))
    jumps = keras.layers.Dense(1)
    model = kfdiv.models.FGAN(keras.Model(z, jumps(staircase(z))), kfdiv.networks.mlp(1, [], 1))
    staircase.set_weights([np.ones((1, 5)), -steps])
    jumps.set_weights([np.diff(levels)[:, np.newaxis], levels[:1]])
    options = {"steps": 250, "divergence": "js", "jit_compile": False}
    by_heart = evaluation.independent_critic(model, np.repeat(seen, 600, axis=0), fresh, **options)
    independent = evaluation.independent_critic(model, held_out, fresh, **options)
    assert by_heart.training_bound.value < 0.02
    assert independent.bound.value > 0.1
    # Held-out data are alike, so they show no overfitting of the critic to them.
    gap = independent.training_bound.value - independent.bound.value
    assert abs(gap) < 0.05


@pytest.mark.rehearsal
def test_a_critic_that_learned_few_data_by_heart_shows_it():
    few, fresh = kfdiv.data.from_arrays(draws(8, 0), batch_size=8), draws(4_000, 1)
    found = evaluation.independent_critic(
        gaussian_model(), few, fresh, steps=200, jit_compile=False
    )
    assert found.training_bound.value > found.bound.value + 0.1
    assert found.bound.value < exact("js")


@pytest.mark.usefixtures("eager")
def test_the_model_is_left_as_it_is_and_seeds_decide():
    model = gaussian_model()
    model.compile("js")
    before = [variable.numpy() for variable in model.variables]
    data = tf.data.Dataset.from_tensor_slices(draws(90, 0)).batch(40)  # Ragged, and not ours.
    found = [
        evaluation.independent_critic(
            model, data, draws(50, 1), steps=3, seed=seed, jit_compile=False
        ).figures()
        for seed in (0, 0, 1)
    ]
    assert found[0] == found[1]
    assert found[0] != found[2]
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_what_does_not_fit_is_refused():
    model, data = gaussian_model(), draws(200, 0)
    with pytest.raises(ValueError, match=r"critic takes inputs of shapes \[\(2,\)\]"):
        evaluation.independent_critic(model, data, data, critic=kfdiv.networks.mlp(2, [], 1))
    with pytest.raises(ValueError, match="shape"):
        evaluation.independent_critic(model, np.zeros((200, 2)), data)
    # The billion steps are not taken first.
    with pytest.raises(ValueError, match="shape"):
        evaluation.independent_critic(model, data, np.zeros((200, 2)), steps=10**9)
    gan = kfdiv.models.FGAN(kfdiv.networks.mlp(2, [], 3), kfdiv.networks.mlp(3, [], 1))
    with pytest.raises(ValueError, match="the model's own"):
        evaluation.independent_critic(gan, np.zeros((9, 3)), np.zeros((9, 3)), critic=gan.critic)
    with pytest.raises(ValueError, match=r"jss.*js"):
        evaluation.independent_critic(model, data, data, divergence="jss")
    with pytest.raises(ValueError, match="steps must be an integer of at least 1"):
        evaluation.independent_critic(model, data, data, steps=0)


@pytest.mark.usefixtures("eager")
def test_weights_and_bytes_mean_what_they_mean_to_fit():
    """Of a critic that is not trained, and a model that makes zeros alone: no noise is left."""
    network = kfdiv.networks.mlp(1, [], 1)
    network.layers[-1].set_weights([np.zeros((1, 1)), np.zeros(1)])
    model = kfdiv.models.FGAN(network, kfdiv.networks.mlp(1, [], 1))
    critic = kfdiv.networks.mlp(1, [], 1)
    critic.layers[-1].set_weights([np.array([[2.0]]), np.array([-1.0])])
    x = np.array([[0], [51], [102], [204], [255], [255]], "uint8")
    weight = np.array([1, 0, 2, 5, 1, 0], "float32")
    data = tf.data.Dataset.from_tensor_slices((x, np.zeros(6), weight)).batch(4)
    options = {"optimizer": keras.optimizers.SGD(0.0), "jit_compile": False, "steps": 1}
    found = evaluation.independent_critic(model, data, (x, None, weight), critic=critic, **options)
    scores = 2.0 * x[:, 0] / 255 - 1.0
    mean = np.average(np.logaddexp(0, -scores), weights=weight) + np.logaddexp(0, -1.0)
    for estimate in (found.bound, found.training_bound):
        assert estimate.value == pytest.approx(np.log(2) - 0.5 * mean, rel=1e-5)
