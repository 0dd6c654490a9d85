"""The settings that Rosca et al. 2018 print, and what is ours."""

import keras
import numpy as np
import pytest

import kfdiv
from kfdiv import presets
from kfdiv.presets.rosca import color_mnist


def test_draw_on_cifar10_has_the_paper_s_latents():
    preset = presets.get("rosca/draw_cifar10", units=2)
    model = preset.model()
    assert (model.prior.size, model.event_shape, preset.batch_size) == (49_152, (32, 32, 3), 64)
    recurrent = model.encoder.network.layers[-1]
    assert recurrent.decoder.latent_shape == (16, 16, 12)
    assert isinstance(model.optimizer_of("vae"), keras.optimizers.Adam)
    assert model.optimizer_of("vae").beta_1 == 0.5
    with pytest.raises(ValueError, match="bounds forward KL alone"):
        preset.model("rkl")


@pytest.mark.rehearsal
def test_draw_on_cifar10_takes_a_step_at_full_size():
    preset = presets.get("rosca/draw_cifar10", batch_size=2, num_examples=2)
    model = preset.model()
    model.run_eagerly = True
    x = np.random.default_rng(0).random((2, 32, 32, 3)).astype("float32")
    before = model.get_weights()
    history = model.fit(x, batch_size=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(moved) > len(model.trainable_variables) - 1
    assert model.sample(2).shape == (2, 32, 32, 3)


def test_draw_on_digits_may_look_through_windows():
    model = presets.get("rosca/draw_digits", units=4, steps=2, read_size=3, write_size=5).model()
    recurrent = model.encoder.network.layers[-1]
    assert (recurrent.read.size, recurrent.decoder.write.size) == (3, 5)
    assert model.prior.size == 8


def test_draw_on_color_mnist_has_the_data_and_latents_of_the_other_models():
    preset = presets.get("rosca/draw_color_mnist", source="digits", num_examples=64)
    other = presets.get("rosca/color_mnist", source="digits", num_examples=64)
    assert preset.steps * preset.latent_size == other.latent_size == 50
    assert (preset.batch_size, preset.learning_rate) == (other.batch_size, other.kind.rate)
    pairs = zip(next(iter(preset.dataset())), next(iter(other.dataset())), strict=True)
    for mine, theirs in pairs:
        np.testing.assert_array_equal(mine, theirs)
    optimizer = preset.compile_arguments("kl")["optimizer"]
    assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.9)


TINY = {
    "source": "digits",
    "base_filters": 1,
    "critic_filters": 1,
    "code_units": 4,
    "latent_size": 2,
    "num_examples": 4,
    "batch_size": 4,
    "epochs": 1,
    "steps_per_execution": 1,
}
# What differs in kind: two critics, one of pairs, an implicit encoder; the others are rehearsed.
OFTEN = ("aae_gan", "avb", "veegan")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in OFTEN else pytest.mark.rehearsal)
        for name in color_mnist.KINDS
    ],
)
def test_every_model_of_the_paper_trains_on_color_mnist(name):
    preset = presets.get("rosca/color_mnist", model_name=name, **TINY)
    model = preset.model()
    model.run_eagerly = True
    data = preset.dataset()
    assert np.isfinite(model.fit(data, verbose=0).history["loss"]).all()
    assert model.sample(2).shape == (2, 28, 28, 3)
    for role in model.roles:
        optimizer = model.optimizer_of(role.name)
        if optimizer is not None:
            assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.9)
    if name != "vae":
        with pytest.raises(ValueError, match="an objective of its own, not KL"):
            preset.model("kl")
    if name == "avb":
        assert not model.encoder.has_density
        options = (model.adaptive_contrast, model.moment_draws, len(model.critic.inputs))
        assert options == (False, None, 2)
    if name == "wasserstein_gan":
        assert (model.critic_steps, model.penalty.weight) == (5, 10.0)


def test_color_mnist_has_the_paper_s_sizes_and_rates():
    preset = presets.get("rosca/color_mnist", model_name="aae_gan", reconstruction_weight=5.0)
    assert preset.epochs * preset.steps_per_epoch == 100_000
    arguments = preset.compile_arguments(preset.divergence)
    rates = {role: float(one.learning_rate) for role, one in arguments.items() if "optim" in role}
    assert rates == pytest.approx(
        {
            "code_critic_optimizer": 5e-4,
            "data_critic_optimizer": 5e-4,
            "encoder_optimizer": 1e-4,
            "decoder_optimizer": 1e-4,
        }
    )
    assert (arguments["encoder_weight"], arguments["decoder_weight"]) == (5.0, 5.0)
    chosen = presets.get("rosca/color_mnist", learning_rate=5e-3)
    assert float(chosen.compile_arguments("kl")["optimizer"].learning_rate) == pytest.approx(5e-3)
    with pytest.raises(ValueError, match=r"one of vae, .*Did you mean 'aae_gan'"):
        presets.get("rosca/color_mnist", model_name="aaegan")
    with pytest.raises(ValueError, match="learning_rate must be a finite number > 0"):
        presets.get("rosca/color_mnist", learning_rate=0.0)
    for setting, value in {
        "reconstruction_weight": 5.0,
        "marginal_weight": 2.0,
        "split_batch": True,
        "adaptive_contrast": True,
        "critic_learning_rate": 1e-3,
    }.items():
        with pytest.raises(ValueError, match=f"{setting} is of model_name .* alone: 'vae' makes"):
            presets.get("rosca/color_mnist", **{setting: value})
    z = np.zeros((1, 2), "float32")
    for observation, name, scale in (
        ("quantized_normal", "QuantizedNormal", 0.1),
        ("unit_normal", "Normal", 1.0),
    ):
        model = presets.get("rosca/color_mnist", observation=observation, **TINY).model()
        assert type(model.decoder).__name__ == name
        np.testing.assert_allclose(model.decoder(z)[1], scale, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "iterations", "shape"),
    [("rosca/cifar10", 199_936, (32, 32, 3)), ("rosca/celeba", 200_897, (64, 64, 3))],
)
def test_photographs_have_the_paper_s_budget_and_the_models_of_color_mnist(name, iterations, shape):
    """200,000 iterations, to the nearest epoch, of the authors' widths."""
    preset = presets.get(name, model_name="veegan")
    assert preset.epochs * preset.steps_per_epoch == iterations
    assert (preset.base_filters, preset.critic_filters, preset.code_units) == (64, 64, 1_000)
    assert preset.image_shape == shape
    arguments = preset.compile_arguments("veegan")
    rates = {role: float(one.learning_rate) for role, one in arguments.items() if "optim" in role}
    assert rates["critic_optimizer"] == pytest.approx(5e-5)
    with pytest.raises(ValueError, match=r"split_batch is of model_name .* alone"):
        presets.get(name, split_batch=True)


TINY_PHOTOGRAPHS = {key: value for key, value in TINY.items() if key != "source"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "veegan" else pytest.mark.rehearsal)
        for name in color_mnist.KINDS
    ],
)
def test_every_model_of_the_paper_trains_on_photographs(name):
    preset = presets.get("rosca/cifar10", model_name=name, **TINY_PHOTOGRAPHS)
    model = preset.model()
    model.run_eagerly = True
    x = np.random.default_rng(0).random((4, 32, 32, 3)).astype("float32")
    data = kfdiv.data.from_arrays(x, batch_size=4)
    history = model.fit(data, epochs=1, steps_per_epoch=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert model.sample(2).shape == (2, 32, 32, 3)
