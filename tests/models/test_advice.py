"""What errors advise helps: it is what was asked for, and works where it is taken."""

import keras
import numpy as np
import pytest

import kfdiv
from kfdiv import evaluation, models
from kfdiv.distributions import Deterministic, Normal
from kfdiv.networks import mlp

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def normal(size: int = 2) -> Normal:
    return Normal(mlp(size, [4], 6))


@pytest.mark.parametrize("cls", [models.AAE, models.MarginalVAE])
def test_a_critic_of_codes_sees_codes_alone(cls) -> None:
    message = r"inputs of shapes \[\(3,\)\], but z has \[\(2,\)\]\. It sees z: kfdiv.networks.mlp\("
    with pytest.raises(ValueError, match=message) as raised:
        cls(mlp(3, [4], 4), normal(), mlp(3, [4], 1))
    assert "ithout an encoder" not in str(raised.value)


def test_a_conditional_critic_s_advice_fits() -> None:
    condition = kfdiv.networks.condition(num_classes=10)
    parts = mlp(3, [4], 4, condition_size=10), Normal(mlp(2, [4], 6, condition_size=10))
    with pytest.raises(ValueError, match=r"condition\] has .*last: kfdiv") as raised:
        models.MarginalVAE(*parts, mlp(2, [4], 1), condition=condition)
    _, _, advice = str(raised.value).rpartition("last: ")
    assert "joint_critic" not in advice
    models.MarginalVAE(*parts, eval(advice.rstrip(".")), condition=condition)
    with pytest.raises(
        ValueError, match=r"Beside an encoder, it sees \[x, z, condition\]"
    ) as raised:
        models.AVB(*parts, mlp(2, [4], 1), condition=condition)
    _, _, advice = str(raised.value).rpartition("last: ")
    models.AVB(*parts, eval(advice.rstrip(".")), condition=condition)


def test_without_an_encoder_a_critic_sees_x_alone() -> None:
    with pytest.raises(ValueError, match=r"Without an encoder, it sees x: kfdiv\.networks\.mlp"):
        models.FGAN(mlp(2, [], 3), kfdiv.networks.joint_critic(3, 2))


def test_a_reconstructor_without_scales_is_deterministic() -> None:
    critic = kfdiv.networks.joint_critic(3, 2, [4])
    with pytest.raises(ValueError, match=r"Dense\(4\).*kfdiv\.distributions\.Deterministic\(net"):
        models.VEEGAN(mlp(3, [8], 2), mlp(2, [8], 3), critic)
    models.VEEGAN(Deterministic(mlp(3, [8], 2)), mlp(2, [8], 3), critic)
    with pytest.raises(ValueError, match="End it with") as raised:
        models.VEEGAN(mlp(3, [8], 7), mlp(2, [8], 3), critic)
    assert "Deterministic" not in str(raised.value)


def test_swapped_networks_are_asked_about() -> None:
    image = (8, 8, 1)
    swapped = [
        lambda: models.VAE(normal(), mlp(3, [4], 4)),
        lambda: models.AAE(mlp(2, [4], 3), mlp(3, [4], 4), mlp(2, [4], 1)),
        lambda: models.VAE(Normal(mlp(2, [], (8, 8, 1)), scale=1.0), mlp(image, [], 4)),
        lambda: models.FGAN(Normal(mlp(image, [], 4)), mlp(3, [], 1), encoder=mlp(2, [], image)),
    ]
    for build in swapped:
        with pytest.raises(ValueError, match=r"Did you swap encoder and decoder\?"):
            build()
    others = [
        lambda: models.VAE(mlp(3, [4], 5), normal()),
        lambda: models.VAE(mlp(4, [4], 4), normal()),
        lambda: models.VEEGAN(mlp(3, [4], 2), mlp(2, [4], 3), mlp(3, [], 1)),
    ]
    for build in others:
        with pytest.raises(ValueError, match="encoder") as raised:
            build()
        assert "swap" not in str(raised.value)


def test_draw_s_advice_is_of_its_own_arguments() -> None:
    with pytest.raises(ValueError, match=r"event_shape is \(9, 9, 1\).*stride=None") as raised:
        models.DRAW((9, 9, 1), latent_size=2, stride=4)
    assert "conv_encoder" not in str(raised.value)
    with pytest.raises(ValueError, match=r"event_shape must be \(height, width, channels\)"):
        models.DRAW(3, latent_size=2, read_size=2)


@pytest.mark.parametrize("name", ["read_size", "write_size"])
def test_a_window_of_draw_fits_into_the_image(name) -> None:
    with pytest.raises(
        ValueError, match=rf"{name} must be an integer from 1 to 7, .* 8 x 7 pixels"
    ):
        models.DRAW((8, 7, 1), latent_size=2, steps=1, units=4, **{name: 8})


def test_a_number_is_no_noise_of_a_sandwich() -> None:
    model = models.FGAN(mlp(2, [], 3), mlp(3, [], 1))
    with pytest.raises(ValueError, match=r"noise must be a positive .*None for the model's own"):
        evaluation.sandwich(model, X, "js", 0.0)


def test_an_optimizer_is_called_as_the_argument_is() -> None:
    model = models.VAE(mlp(3, [], 4), normal())
    for call in (
        lambda: evaluation.marginal_kl(model, X, "ratio", optimizer="addam"),
        lambda: evaluation.marginal_kl(model, X, "density", density="maf", optimizer="addam"),
        lambda: evaluation.independent_critic(model, X, X, optimizer="addam"),
    ):
        with pytest.raises(ValueError, match=r"^optimizer must be an optimizer, its name"):
            call()


def test_the_distance_is_among_an_independent_critic_s_choices() -> None:
    model = models.FGAN(mlp(2, [], 3), mlp(3, [], 1))
    with pytest.raises(ValueError, match=r"'wassersten'.*Did you mean 'wasserstein'\?"):
        evaluation.independent_critic(model, X, X, "wassersten")


@pytest.mark.parametrize("weights", [("encoder", "code"), ("decoder", "data")])
@pytest.mark.parametrize("cls", [models.AAEPlusPlus, models.AAEGAN])
def test_an_autoencoder_that_would_learn_nothing_is_refused(cls, weights) -> None:
    model = cls(mlp(3, [], 4), mlp(2, [], 3), mlp(2, [], 1), mlp(3, [], 1))
    zero = {f"{name}_weight": 0.0 for name in weights}
    with pytest.raises(ValueError, match=rf"both 0, so the {weights[0]} would learn nothing"):
        model.compile(**zero)
    model.compile(**dict([zero.popitem()]))


def bounded(activation) -> keras.Model:
    return keras.Sequential([mlp(3, [4], 4), keras.layers.Dense(1, activation=activation)])


def test_a_critic_s_output_is_unbounded() -> None:
    x = keras.Input((3,))
    flat = keras.layers.Dense(1, activation="tanh")(keras.layers.Reshape((3, 1))(x))
    ends = {
        "sigmoid": keras.ops.sigmoid(keras.layers.Dense(1)(x)),
        "relu": keras.layers.ReLU()(keras.layers.Dense(1)(x)),
        "softmax": keras.layers.Softmax()(keras.layers.Dense(1)(x)),
        "tanh": keras.layers.Dense(1)(keras.layers.Flatten()(flat)),
    }
    models.FGAN(mlp(2, [], 3), keras.Model(x, ends.pop("tanh")))
    critics = {name: keras.Model(x, end) for name, end in ends.items()}
    for activation in ("sigmoid", "softmax", "tanh", "softplus"):
        critics[activation] = bounded(activation)
    for activation, critic in critics.items():
        message = rf"critic ends in the activation '{activation}'.*Dense\(1\), without"
        for network in (critic, keras.Sequential([keras.Input((3,)), critic])):
            with pytest.raises(ValueError, match=message):
                models.FGAN(mlp(2, [], 3), network)
    model = models.FGAN(mlp(2, [], 3), bounded(None))
    model.compile(divergence="js")
    sigmoid = bounded("sigmoid")
    parts = mlp(3, [], 4), normal()
    for call in (
        lambda: evaluation.independent_critic(model, X, X, critic=sigmoid),
        lambda: evaluation.independent_objective(model, X, X, critic=sigmoid),
        lambda: models.AAE(*parts, keras.Sequential([mlp(2, [], 3), sigmoid])),
        lambda: models.AAEGAN(*parts, mlp(2, [], 1), sigmoid),
        lambda: evaluation.marginal_kl(
            models.VAE(mlp(3, [], 6), normal(3)), X, "ratio", classifier=sigmoid
        ),
    ):
        with pytest.raises(ValueError, match="ends in the activation 'sigmoid', which bounds"):
            call()
