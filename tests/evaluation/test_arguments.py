"""Counts, numbers and ranges that measures are given."""

import keras
import numpy as np
import pytest
from scipy import stats

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation.digit_network import untrained_network
from kfdiv.evaluation.network_training import NetworkTraining

NAN = float("nan")
NORMAL = stats.norm(0, 1).logpdf


@pytest.fixture(scope="module")
def model():
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 2), scale=1.0)
    return kfdiv.models.VAE(kfdiv.networks.mlp(2, [], 2), decoder)


@pytest.mark.parametrize("value", [0, -1, 2.5, NAN, True, "3"])
@pytest.mark.parametrize("name", ["num_samples", "batch_size"])
def test_cycle_consistency(model, name, value):
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, but got"):
        evaluation.bidirectional(model, np.zeros((4, 2)), **{name: value})


mlp = kfdiv.networks.mlp
X = np.random.default_rng(0).normal(size=(9, 3))


def on_data_critic():
    """A network that ends in another layer, upon the model's own."""
    return keras.Sequential([ADVERSARIAL.data_critic, keras.layers.Dense(1)])


ADVERSARIAL = kfdiv.models.AAEGAN(mlp(3, [], 4), mlp(2, [], 3), mlp(2, [], 1), mlp(3, [], 1))
ADVERSARIAL.compile()


@pytest.mark.parametrize(
    "call",
    [
        lambda **own: evaluation.independent_critic(ADVERSARIAL, X, X, **own),
        lambda **own: evaluation.independent_critic(
            ADVERSARIAL, X, X, penalty="gradient", divergence="wasserstein", **own
        ),
        lambda **own: evaluation.independent_objective(ADVERSARIAL, X, X, **own),
        lambda **own: evaluation.sandwich(ADVERSARIAL, X, "js", **own),
    ],
)
def test_no_network_of_the_model_is_trained(call):
    before = ADVERSARIAL.get_weights()
    for critic in (ADVERSARIAL.data_critic, ADVERSARIAL.code_critic):
        with pytest.raises(ValueError, match="critic is the model's own, which would be trained"):
            call(critic=critic, steps=1)
    with pytest.raises(ValueError, match="critic shares weights with the model"):
        call(critic=on_data_critic(), steps=1)
    for one, other in zip(before, ADVERSARIAL.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_encoder_or_classifier_of_the_model_is_trained():
    with pytest.raises(ValueError, match="encoder is the model's own, which would be trained"):
        evaluation.sandwich(ADVERSARIAL, X, "js", encoder=ADVERSARIAL.encoder.network)
    for classifier in (ADVERSARIAL.code_critic, ADVERSARIAL.data_critic):
        with pytest.raises(ValueError, match="classifier is the model's own, which would be"):
            evaluation.marginal_kl(ADVERSARIAL, X, "ratio", classifier=classifier)


FEW = {
    "test_dataset": lambda: evaluation.independent_critic(ADVERSARIAL, X, X[:1], steps=10**9),
    "train_dataset": lambda: evaluation.independent_critic(ADVERSARIAL, X[:1], X, steps=10**9),
    "test_dataset of weights": lambda: evaluation.independent_objective(
        ADVERSARIAL, X, (X[:2], None, np.array([1.0, 0.0])), steps=10**9
    ),
    "images": lambda: evaluation.inception_score(np.eye(2)[:1], lambda x: x),
    "real": lambda: evaluation.inception_score(np.eye(2), lambda x: x, real=np.eye(2)[:1]),
    "x": lambda: evaluation.bidirectional(
        kfdiv.models.VAE(mlp(3, [], 2), kfdiv.distributions.Normal(mlp(1, [], 6))), X[:1]
    ),
}


@pytest.mark.parametrize("name", FEW)
def test_one_example_has_no_standard_error(name):
    message = f"{name.split()[0]} must hold two examples or more, .* but got 1"
    with pytest.raises(ValueError, match=message):
        FEW[name]()


def test_what_turns_out_to_be_one_example_has_no_standard_error():
    """As a stream may whose length was not known."""

    class Told:
        jit_compile = False

        def evaluate(self, dataset, **options):
            return {"bound": 1.0, "bound_se": dataset}

    assert NetworkTraining.measured(Told(), 0.5, "bound") == (1.0, 0.5)
    with pytest.raises(ValueError, match=r"data that are judged must hold two .* but got 1"):
        NetworkTraining.measured(Told(), NAN, "bound")


@pytest.mark.parametrize("name", ["num_temperatures", "leapfrog_steps", "batch_size"])
def test_annealed_importance_sampling(model, name):
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, but got nan"):
        evaluation.AnnealedImportanceSampling(model, **{name: NAN})
    with pytest.raises(ValueError, match="jit_compile must be one of True, False, auto"):
        evaluation.AnnealedImportanceSampling(model, jit_compile=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluation.InceptionFeatures((0, NAN)), r"value_range\[1\] must be a finite"),
        (lambda: evaluation.InceptionFeatures(batch_size=0), "batch_size must be an integer"),
        (
            lambda: evaluation.DigitClassifier(untrained_network(), value_range=(1, 1)),
            r"value_range must be \(low, high\) with low < high, but got \(1, 1\)",
        ),
        (
            lambda: evaluation.DigitClassifier.load_or_train("nowhere", least_accuracy=99),
            r"least_accuracy must be a number in \[0, 1\], but got 99",
        ),
        (
            lambda: evaluation.DigitClassifier.load_or_train("nowhere", epochs=0),
            "epochs must be an integer of at least 1",
        ),
        (
            lambda: evaluation.mode_coverage([0], [1.0], least=NAN),
            "least must be a positive number",
        ),
        (lambda: evaluation.mode_within([[0.0]], None, radius=0), "radius must be a finite number"),
        (
            lambda: evaluation.precision_recall(np.eye(9), np.eye(9), k=2.5),
            "k must be from 1 to 8, one less than the smaller set's rows, but got 2.5",
        ),
        (
            lambda: evaluation.divergence_1d("kl", NORMAL, NORMAL, (1, -1)),
            r"support must be \(low, high\)",
        ),
        (
            lambda: evaluation.divergence_1d("kl", NORMAL, NORMAL, (-1, 1), points=1),
            "points must be an integer of at least 2",
        ),
        (
            lambda: evaluation.divergence_2d("kl", NORMAL, NORMAL, ((-1, 1), (-1, 1)), points=NAN),
            "points must be an integer of at least 2",
        ),
    ],
)
def test_what_is_out_of_bounds_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


SCORES = {
    "x": lambda x, model: evaluation.bidirectional(model, x),
    "data": lambda x, model: evaluation.marginal_kl(model, x),
    "samples": lambda x, _: evaluation.likeliest_mode(x, kfdiv.data.load("grid9").stream.info),
    "images": lambda x, _: evaluation.inception_score(x, lambda images: images),
    "real": lambda x, _: evaluation.kernel_distance(x, np.zeros((8, 2)), subset_size=2),
}


@pytest.mark.parametrize("name", SCORES)
def test_what_is_no_data_is_named_and_mended(model, name):
    score = SCORES[name]
    for wrong in (None, "mnist", model):
        with pytest.raises(TypeError, match=r"Received data of type .*; expected an array"):
            score(wrong, model)
    for wrong, message in (
        (np.zeros((0, 2)), rf"Received empty {name} of shape \(0, 2\); expected at least one"),
        ([], rf"Received empty {name} of shape \(0,\)"),
        (3.0, r"no data set"),
        (np.zeros((4, 2), int), rf"Received {name} of dtype int64; .* {name}\.astype"),
        (np.zeros((4, 2), complex), rf"np\.stack\(\[{name}\.real, {name}\.imag\]"),
        ([["a", "b"]], rf"Received {name} of dtype <U1; .* make numbers of them first"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            score(wrong, model)


@pytest.mark.parametrize("judge", [evaluation.independent_critic, evaluation.independent_objective])
def test_data_sets_that_are_trained_on_are_told_by_the_model_s_shape(judge):
    network = kfdiv.networks.mlp
    gan = kfdiv.models.FGAN(network(1, [], 2), network(2, [], 1))
    gan.compile(jit_compile=False)
    x = np.zeros((8, 2))
    for wrong, message in ((x[0], r"x\[None\]"), (1.0, "no data set"), ([], "empty x")):
        for data in ((wrong, x), (x, wrong)):
            with pytest.raises(ValueError, match=message):
                judge(gan, *data)
    for seed in ("a", 1.5):
        with pytest.raises(ValueError, match=f"seed must be an integer, but got {seed!r}"):
            judge(gan, x, x, seed=seed)
    for critic in ("critic", network(3, [], 1), network(2, [], 2)):
        with pytest.raises(ValueError, match=r"one output|takes inputs of shapes"):
            judge(gan, x, x, critic=critic)


BOX = ((-1, 1), (-1, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluation.divergence_1d("kl", None, NORMAL, (-1, 1)), "log_p must be a function"),
        (lambda: evaluation.divergence_1d("kl", NORMAL, 3.0, (-1, 1)), "log_q must be a function"),
        (
            lambda: evaluation.divergence_1d("kl", lambda x: x * NAN, NORMAL, (-1, 1), 9),
            "log_p must return log-densities, numbers or -inf, but 9 of 9 are NaN",
        ),
        (
            lambda: evaluation.divergence_1d("kl", lambda x: x[:3], NORMAL, (-1, 1), 9),
            r"log_p must return log-densities of shape \(9,\) .* returned shape \(3,\)",
        ),
        (
            lambda: evaluation.divergence_2d("kl", np.zeros_like, np.zeros_like, BOX, 9),
            r"returned shape \(9, 9, 2\)",
        ),
        (lambda: evaluation.divergence_2d("kl", "p", NORMAL, BOX, 9), "log_p must be a function"),
        (lambda: evaluation.best_gaussian("kl", NORMAL, (-1, 1), [], 9), "starts must be one or"),
        (
            lambda: evaluation.best_gaussian("kl", NORMAL, (-1, 1), [(0, -1)], 9),
            "sigma of a start must be a finite number > 0, but got -1",
        ),
        (lambda: evaluation.best_gaussian("kl", NORMAL, (-1, 1), [3], 9), r"a pair \(mu, sigma\)"),
        (
            lambda: evaluation.best_gaussian_2d(
                "kl", lambda x: x[..., 0], BOX, [(np.zeros(2), -np.eye(2))], 9
            ),
            "the covariance positive definite, such as",
        ),
        (
            lambda: evaluation.frechet_distance([NAN], [[1.0]], [0.0], [[1.0]]),
            "mean_a must hold finite numbers, but got",
        ),
        (
            lambda: evaluation.frechet_distance([0.0], "a", [0.0], [[1.0]]),
            "covariance_a must hold finite numbers, but got 'a'",
        ),
        (
            lambda: evaluation.frechet_distance([0.0], [[1.0]], [0.0], [[-1.0]]),
            "covariance_b must be a covariance, symmetric with variances",
        ),
        (lambda: evaluation.frechet_between(np.eye(2), np.eye(2), "net"), "features must be a"),
        (lambda: evaluation.kernel_distance(np.eye(2), np.eye(2), "n"), "features must be a"),
        (lambda: evaluation.inception_score(np.eye(2), None), "classifier must be a function"),
        (lambda: evaluation.DigitClassifier("net"), "network must be a classifier of digits"),
        (
            lambda: evaluation.reconstruction_accuracy(None, None, np.eye(2), [0, 1]),
            "classifier must be a DigitClassifier",
        ),
        (lambda: evaluation.mode_coverage([0], "a"), "weights must be a vector of positive"),
        (lambda: evaluation.mode_coverage([0.5], [1.0]), r"likeliest_mode\(samples, info\)"),
        (lambda: evaluation.likeliest_mode(np.eye(2), "grid9"), "info must be that of a data set"),
        (lambda: evaluation.precision_recall(np.eye(9) > 0, np.eye(9)), "must be floats that a"),
        (lambda: evaluation.precision_recall(np.zeros((0, 2)), np.eye(2)), "empty real_features"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named_and_mended(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_an_encoder_that_there_is_not_is_asked_for():
    network = kfdiv.networks.mlp
    gan = kfdiv.models.FGAN(network(1, [], 2), network(2, [], 1))
    for judge in (evaluation.bidirectional, evaluation.marginal_kl):
        with pytest.raises(ValueError, match=r"this FGAN was built without one; pass encoder="):
            judge(gan, np.zeros((4, 2)))


def test_a_density_that_is_none_is_told_what_may_be_one(model):
    with pytest.raises(
        TypeError, match=r"mixture_10, .* or a kfdiv\.flows\.Density of the latents"
    ):
        evaluation.marginal_kl(model, np.zeros((4, 2)), "density", density=3)
