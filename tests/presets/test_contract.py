"""What every registered preset promises, whichever it is."""

import dataclasses
import json

import numpy as np
import pytest

import kfdiv
from kfdiv import presets

# Of the data's density, as Zhang et al. estimate it.
ESTIMATOR = {"batch_size": 10, "components": 2, "neighbors": 2}
SAGAN = {
    "base_filters": 1,
    "critic_units": 4,
    "encoder_filters": 1,
    "encoder_units": 4,
    "latent_size": 2,
    "num_examples": 4,
    "batch_size": 4,
}
PHOTOGRAPHS = {
    "base_filters": 1,
    "critic_filters": 1,
    "code_units": 4,
    "latent_size": 2,
    "num_examples": 4,
    "batch_size": 4,
}
DIGITS = {"units": 8, "image_size": 4, "batch_size": 1_442, "passes_per_epoch": 1}
# Sizes at which a preset trains in a second: an epoch is one step.
SMALL = {
    "digits": DIGITS,
    "digits_conditional": DIGITS,
    "fgm/mnist": {
        "units": 4,
        "layers": 1,
        "density_layers": 1,
        "density_units": 4,
        "num_examples": 10,
        "batch_size": 10,
    },
    "rosca/cifar10": PHOTOGRAPHS,
    "rosca/celeba": PHOTOGRAPHS,
    # Digits and the ring: of files of one's own tests/presets/test_own.py knows.
    "images": {
        "size": 4,
        "base_filters": 1,
        "critic_units": 4,
        "latent_size": 2,
        "batch_size": 1_442,
    },
    "tabular": {"units": 4, "layers": 1, "batch_size": 10_000},
    "rosca/color_mnist": {
        "source": "digits",
        "base_filters": 1,
        "critic_filters": 1,
        "code_units": 4,
        "latent_size": 2,
        "num_examples": 10,
        "batch_size": 10,
    },
    "rosca/draw_digits": {
        "steps": 2,
        "units": 4,
        "image_size": 4,
        "batch_size": 700,
        "passes_per_epoch": 1,
    },
    "rosca/draw_color_mnist": {
        "source": "digits",
        "steps": 2,
        "latent_size": 1,
        "units": 4,
        "num_examples": 10,
        "batch_size": 10,
    },
    "rosca/draw_cifar10": {
        "steps": 2,
        "latent_size": 1,
        "units": 2,
        "stride": 8,
        "num_examples": 4,
        "batch_size": 4,
    },
    "shen/grid9": {"units": 4, "critic_units": 4, "critic_steps": 2, "batch_size": 52_000},
    "shen/grid25": {"units": 4, "critic_units": 4, "critic_steps": 2, "batch_size": 136_000},
    "shen/stacked_mnist": {
        "source": "digits",
        "base_filters": 1,
        "critic_units": 4,
        "num_examples": 10,
        "batch_size": 10,
    },
    "shen/celeba": SAGAN,
    "shen/imagenet": SAGAN,
    "zhang/gaussian": {"units": 4, "num_examples": 100, "batch_size": 100},
    "zhang/ring": {
        "units": 4,
        "layers": 1,
        "num_examples": 100,
        "passes_per_epoch": 1,
        "model_samples": 10,
    },
    "zhang/mnist": {"units": 4, "layers": 1, "num_examples": 10, "encoder_steps": 2, **ESTIMATOR},
    "zhang/celeba": {
        "encoder_base_filters": 1,
        "decoder_base_filters": 1,
        "num_examples": 10,
        "encoder_steps": 1,
        "latent_size": 2,
        **ESTIMATOR,
    },
}
# What of them is read from files, which tests do without.
PREPARED = {
    **dict.fromkeys(("rosca/cifar10", "rosca/draw_cifar10"), (32, 32, 3)),
    **dict.fromkeys(("fgm/mnist", "zhang/mnist"), (28, 28, 1)),
    **dict.fromkeys(("rosca/celeba", "shen/celeba", "shen/imagenet", "zhang/celeba"), (64, 64, 3)),
}


@pytest.fixture(autouse=True)
def _shallow_resnets(monkeypatch):
    """One stack of two blocks: a ResNet-50 takes ten seconds to build."""
    deep = kfdiv.networks.resnet_encoder

    def shallow(filters, **options):
        return deep(filters=filters[:1], blocks=(2,), **options)

    monkeypatch.setattr(kfdiv.networks, "resnet_encoder", shallow)


def fields(name):
    return {field.name for field in dataclasses.fields(presets.registry[name])}


every_preset = pytest.mark.parametrize("name", presets.registry.names())
# Three pairs are alike but for their data and sizes, and DRAW's are but for their size: for every
# change, one of each is enough.
ALIKE = dict.fromkeys(
    ("rosca/celeba", "rosca/draw_cifar10", "shen/grid25", "shen/imagenet"), pytest.mark.rehearsal
)
# Whose model does not depend on the divergence, or which has one alone.
ADVERSARIAL = [
    name for name in presets.registry if "objective" in fields(name) or name.startswith("rosca/")
]
# Seeding is the base's concern: for every change one of each kind of networks is enough, a paper's.
SEEDED = {
    name.split("/")[0]: name
    for name in presets.registry.names()
    # Whose networks are those of shen/.
    if name not in ("images", "tabular")
}.values()


def small(name, **settings):
    """A preset of one step, or of two where the first one is a warm-up."""
    warmup = "warmup_epochs" in fields(name)
    epochs = {"epochs": 2, "warmup_epochs": 1} if warmup else {"epochs": 1}
    return presets.get(name, **{**epochs, "steps_per_execution": 1, **SMALL[name], **settings})


def dataset(name, preset):
    if name not in PREPARED:
        return preset.dataset()
    x = np.random.default_rng(0).random((preset.num_examples, *PREPARED[name]))
    return kfdiv.data.from_arrays(x.astype("float32"), batch_size=preset.batch_size)


@every_preset
def test_describes_itself(name):
    preset = presets.get(name)
    assert isinstance(preset, presets.Preset)
    assert preset.description
    assert "Example" in type(preset).__doc__
    settings = json.loads(json.dumps(dataclasses.asdict(preset)))
    assert presets.get(name, **settings) == preset


@pytest.mark.parametrize(
    ("name", "divergence"),
    # By reverse KL those with a warm-up go through forward KL, too. By that alone nothing switches.
    [pytest.param(name, "kl", marks=ALIKE.get(name, ())) for name in ADVERSARIAL]
    + [(name, "rkl") for name in SMALL if name not in ADVERSARIAL]
    + [("digits", "kl")]
    + [
        pytest.param(name, "kl", marks=pytest.mark.rehearsal)
        for name in SMALL
        if name not in ("digits", *ADVERSARIAL)
    ],
)
def test_trains_and_samples(name, divergence):
    preset = small(name)
    model = preset.model(divergence, seed=1)
    # The graph and its compilation are the objective's concern, and cost most of the time.
    model.run_eagerly = True
    data = dataset(name, preset)
    options = {"epochs": preset.epochs, "steps_per_epoch": preset.steps_per_epoch}
    history = model.fit(data, **options, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert int(model.step.numpy()) == preset.epochs * preset.steps_per_epoch
    condition = None if model.condition is None else 0
    assert model.sample(3, condition=condition).shape == (3, *model.event_shape)
    assert model.divergence.name == divergence


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in SEEDED else pytest.mark.rehearsal)
        for name in presets.registry.names()
    ],
)
def test_seeds_the_weights(name):
    first, again, other = (small(name).model("kl", seed=seed) for seed in (0, 0, 1))
    assert all(
        np.array_equal(a, b) for a, b in zip(first.get_weights(), again.get_weights(), strict=True)
    )
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(first.get_weights(), other.get_weights(), strict=True)
    )


@every_preset
def test_refuses_what_it_does_not_have(name):
    with pytest.raises(TypeError, match=r"has no setting 'batchsize'. Did you mean 'batch_size'"):
        presets.get(name, batchsize=3)
    with pytest.raises(TypeError, match="epochs must be of type int, but got '3'"):
        presets.get(name, epochs="3")
    with pytest.raises(ValueError, match=r"batch_size must be .*at least 1, but got 0"):
        presets.get(name, batch_size=0)
    for setting, value in dataclasses.asdict(presets.get(name)).items():
        if type(value) is float:
            with pytest.raises(
                ValueError, match=f"{setting} must be a finite number.*, but got nan"
            ):
                presets.get(name, **{setting: float("nan")})
        if type(value) in (int, float):
            with pytest.raises(TypeError, match=f"{setting} must be .*, but got True"):
                presets.get(name, **{setting: True})
    with pytest.raises(ValueError, match=r"more than the .* examples"):
        presets.get(name, batch_size=10_000_000)
    with pytest.raises(ValueError, match=r"Unknown divergence 'rk'. Did you mean"):
        presets.get(name).model("rk")


@every_preset
def test_stands_directly_below_the_base(name):
    """What presets share is called, not inherited."""
    kind = presets.registry[name]
    assert kind.__bases__ == (presets.Preset,)
    assert dataclasses.is_dataclass(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        presets.get(name).epochs = 3


def test_every_preset_is_tried():
    assert set(SMALL) == set(presets.registry.names())


def test_a_setting_may_lack_a_default():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Mine(presets.zhang.Gaussian):
        source: str
        scales: tuple[float, ...] = dataclasses.field(default_factory=tuple)

    assert (Mine(source="here").source, Mine(source="here").scales) == ("here", ())
    with pytest.raises(TypeError, match="source"):
        Mine()
