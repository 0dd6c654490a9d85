import numpy as np
import pytest

from kfdiv import distributions, models, presets
from kfdiv.presets.shen import objectives
from tests.presets.test_contract import SMALL

BIDIRECTIONAL = [name for name in presets.registry if name.startswith("shen/")]


def grid(**settings):
    few = {"epochs": 1, "batch_size": 500}
    return presets.get("shen/grid25", **{**SMALL["shen/grid25"], **few, **settings})


@pytest.fixture(scope="module")
def points():
    """The data: to draw them takes longer than a step."""
    return grid().dataset()


def train(model, points):
    """The compiled step is the objectives' own concern."""
    model.run_eagerly = True
    logs = model.fit(points, steps_per_epoch=1, verbose=0).history
    assert np.isfinite([logs["loss"], logs["critic_loss"]]).all()


@pytest.mark.parametrize(
    ("objective", "kind", "divergence"),
    [
        ("age", models.AGE, "kl"),
        ("fgan", models.FGAN, "kl"),
        ("ratio_gan", models.RatioGAN, "js"),
        ("minimax", models.BiGAN, "js"),
        ("logd", models.BiGAN, "js"),
        ("hinge", models.BiGAN, "total_variation"),
    ],
)
def test_an_objective_brings_its_model_and_divergence(objective, kind, divergence):
    preset = grid(objective=objective)
    model = preset.model()
    assert type(model) is kind
    assert preset.divergence == model.divergence.name == divergence
    assert model.critic_steps == 2
    for role, rate in (("critic", 1e-4), ("encoder", 5e-5), ("decoder", 5e-5)):
        optimizer = getattr(model, f"{role}_optimizer")
        assert float(optimizer.learning_rate) == pytest.approx(rate)
        assert (optimizer.beta_1, optimizer.beta_2) == (0, 0.999)


# For every change a game, which `compile` is told otherwise than a divergence.
@pytest.mark.parametrize(
    "objective",
    [
        pytest.param(name, marks=() if name == "hinge" else pytest.mark.rehearsal)
        for name in objectives.names()
    ],
)
def test_an_objective_trains(objective, points):
    train(grid(objective=objective).model(), points)


@pytest.mark.parametrize("name", BIDIRECTIONAL)
def test_only_age_can_take_all(name):
    assert presets.get(name, objective="age").check_divergence("all") == "all"
    for objective in ("fgan", "ratio_gan", "logd"):
        preset = presets.get(name, objective=objective)
        assert preset.check_divergence(preset.divergence)
        with pytest.raises(ValueError, match=f"'all' is for objective='age'.*not.*{objective}"):
            preset.check_divergence("all")


def test_all_is_trained(points):
    model = grid().model("all")
    assert model.get_compile_config()["divergence"] == "all"
    train(model, points)


def test_clip_reaches_the_objective():
    assert grid(clip=0.5).model("js").clip == 0.5
    with pytest.raises(ValueError, match=r"clip=0\.5 clips the scales of a divergence, and .all."):
        grid(clip=0.5).model("all")


def test_decaying_rates_end_with_the_training():
    preset = grid(decay=True, critic_steps=3)
    model = preset.model("kl")
    for role in ("critic", "encoder", "decoder"):
        optimizer, found = model.optimizer_of(role), []
        for step in (0, preset.steps_per_epoch // 2, preset.steps_per_epoch):
            model.step.assign(step)
            found.append(float(optimizer.learning_rate))
        assert found[2] == pytest.approx(0, abs=1e-9)
        assert found[1] == pytest.approx(found[0] / 2)


@pytest.mark.parametrize("name", BIDIRECTIONAL)
def test_settings_that_contradict_one_another_are_refused(name):
    with pytest.raises(ValueError, match=r"one of age, fgan, .*hinge.*got 'wgan'"):
        presets.get(name, objective="wgan")
    with pytest.raises(ValueError, match=r"clip=0.5 is for objective='age' alone; 'hinge'"):
        presets.get(name, objective="hinge", clip=0.5)
    with pytest.raises(ValueError, match=r"clip must be a number in \[0, 1\], but got 2.0"):
        presets.get(name, clip=2.0)
    with pytest.raises(ValueError, match=r"'hinge' minimises 'total_variation'.*cannot.*'js'"):
        presets.get(name, objective="hinge").check_divergence("js")
    assert presets.get(name, objective="logd").check_divergence("js") == "JS()"


@pytest.mark.parametrize(
    ("stochastic", "decoder", "encoder"),
    [
        (True, distributions.Implicit, distributions.Normal),
        (False, distributions.Deterministic, distributions.Deterministic),
    ],
)
def test_stacked_mnist_draws_from_its_networks_or_not(stochastic, decoder, encoder):
    model = presets.get(
        "shen/stacked_mnist", **SMALL["shen/stacked_mnist"], stochastic=stochastic
    ).model()
    assert (type(model.decoder), type(model.encoder)) == (decoder, encoder)
    assert model.get_compile_config()["divergence"] == "all"
    assert len(model.decoder.network.inputs) == (4 if stochastic else 1)
    assert model.encoder.event_shape == (8,)


@pytest.mark.parametrize("objective", ["age", "hinge"])
def test_a_unidirectional_model_has_no_encoder(objective):
    own = {**SMALL["shen/stacked_mnist"], "objective": objective, "bidirectional": False}
    preset = presets.get("shen/stacked_mnist", **own)
    model = preset.model()
    assert model.encoder is None
    assert [tuple(tensor.shape) for tensor in model.critic.inputs] == [(None, 28, 28, 3)]
    assert model.get_compile_config()["divergence"] == ("all" if objective == "age" else None)
    train(model, preset.dataset())
    own = {name: v for name, v in SMALL["shen/celeba"].items() if not name.startswith("encoder_")}
    networks = presets.get("shen/celeba", **own, bidirectional=False).networks()
    assert set(networks) == {"decoder", "critic"}


@pytest.mark.parametrize("name", ["shen/celeba", "shen/imagenet"])
@pytest.mark.parametrize("setting", ["encoder_filters", "encoder_units"])
def test_without_an_encoder_its_sizes_are_refused(name, setting):
    with pytest.raises(ValueError, match=f"no encoder and makes no use of the setting {setting}"):
        presets.get(name, bidirectional=False, **{setting: 8})


def test_stacked_mnist_is_the_paper_s():
    preset = presets.get("shen/stacked_mnist")
    assert preset.steps_per_epoch == 2_000
    rates = {preset.learning_rate, preset.critic_learning_rate}
    assert (preset.epochs, preset.critic_steps, rates) == (50, 1, {1e-4})
    x, y = next(iter(presets.get("shen/stacked_mnist", source="digits").dataset()))
    assert x.shape == (64, 28, 28, 3)
    assert (float(x.numpy().min()), float(x.numpy().max())) == (-1, 1)
    assert y.numpy().max() < 1_000
