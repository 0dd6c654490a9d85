"""What presets say that their papers print, and the table of it."""

import dataclasses
import runpy
from pathlib import Path

import keras
import pytest

from kfdiv import presets
from kfdiv.presets import printed
from kfdiv.presets.printed import Printed

TOOL = Path(__file__).parents[2] / "docs" / "tools" / "deviations.py"
TOLD = [name for name in presets.registry.names() if presets.get(name).printed]


def test_the_page_has_what_the_presets_say():
    tool = runpy.run_path(str(TOOL))
    page = tool["PAGE"].read_text(encoding="utf-8")
    assert tool["written"](page) == page, "run python docs/tools/deviations.py"


def test_papers_with_settings_have_told_them():
    papers = {name for name in presets.registry.names() if "/" in name}
    # Two sizes of DRAW are no paper's.
    assert papers - set(TOLD) == {"rosca/draw_color_mnist", "rosca/draw_digits"}


@pytest.mark.parametrize("name", TOLD)
def test_iterations_and_optimizers_are_what_the_table_says(name):
    """Of words, which no field holds."""
    preset = presets.get(name)
    words = {one.what: one.here for one in preset.printed if one.here}
    if "iterations" in words:
        assert words["iterations"] == f"{preset.epochs * preset.steps_per_epoch:,}"
    found = preset.compile_arguments(preset.divergence).values()
    adams = [one for one in found if isinstance(one, keras.optimizers.Adam)]
    for adam in adams:
        both = f"{adam.beta_1:g} and {adam.beta_2:g}"
        assert words.get("beta_1 and beta_2 of Adam", both) == both
        assert words.get("beta_1 of Adam", f"{adam.beta_1:g}") == f"{adam.beta_1:g}"


@pytest.mark.parametrize("name", TOLD)
def test_what_is_printed_can_be_had(name):
    """Each value that a paper prints is one that the preset takes."""
    preset = presets.get(name)
    fields = {field.name: field for field in dataclasses.fields(preset)}
    assert len({one.what for one in preset.printed}) == len(preset.printed)
    for one in preset.printed:
        if one.what not in fields or one.value is None:
            continue
        if isinstance(one.value, str) and not isinstance(fields[one.what].default, str):
            continue  # Words.
        changed = presets.get(name, **{one.what: one.value})
        assert getattr(changed, one.what) == one.value


@dataclasses.dataclass(frozen=True)
class Small:
    units: int = 4
    printed: tuple = ()


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (Printed("units", 5), "but nothing says why"),
        (Printed("units", 4, "because"), "'because' is said"),
        (Printed("rate", 4), "`here` is for what no field says"),
        (Printed("units", 5, "because", here="four"), "`here` is for what no field says"),
    ],
)
def test_differences_have_reasons_and_no_others(one, message):
    with pytest.raises(ValueError, match=message):
        printed.deviations("small", Small(printed=(one,)))


def test_rows_are_of_the_presets_own_values():
    told = (Printed("units", 5_000, "too slow"), Printed("rate", None, "not given", here=".1"))
    table = printed.table([("small", Small(units=4_000, printed=told)), ("other", Small())])
    assert "| `units` | 5,000 | 4,000 | too slow |" in table
    assert "| rate | silent | .1 | not given |" in table
    same = (Printed("units", 4), Printed("rate", ".1", here=".1"))
    assert "As printed: `units`, rate (.1)." in printed.table([("small", Small(printed=same))])
    assert "other" not in table


def test_clipping_is_the_papers_where_one_divergence_is_minimised():
    small = {"base_filters": 1, "critic_units": 4}
    preset = presets.get("shen/stacked_mnist", **small)
    found = {name: preset.compile_arguments(name)["clip"] for name in ("all", "kl", "js")}
    assert found == {"all": 0.0, "kl": 0.5, "js": 0.5}
    bare = presets.get("shen/stacked_mnist", clip=0.0, **small)
    assert bare.compile_arguments("kl")["clip"] == 0.0
    assert "clip" not in presets.get("shen/celeba", objective="fgan").compile_arguments("kl")


def test_algorithm_1_is_a_setting_of_the_grids():
    for name, steps in (("shen/grid9", 30), ("shen/grid25", 5)):
        preset = presets.get(name, split_batch=True, batch_size=500 * (steps + 1), units=4)
        model = preset.model()
        assert model.splits_batch
        assert model.critic_steps == steps


def test_the_papers_ring():
    settings = {"data_density": "minibatch", "warmup_epochs": 0, "decay": False}
    settings |= {"initializer": "glorot_uniform", "units": 4, "layers": 1}
    model = presets.get("zhang/ring", **settings).model("rkl")
    assert model.data_density.uses_batch
    assert model.warmup_steps == 0
    assert float(model.encoder_optimizer.learning_rate) == pytest.approx(1e-3)
    model.step.assign(10_000)
    assert float(model.encoder_optimizer.learning_rate) == pytest.approx(1e-3)


def test_the_lower_bound_that_the_gaussian_is_compared_by():
    preset = presets.get("zhang/gaussian", bound="lower")
    model = preset.model("js")
    assert type(model).__name__ == "FGAN"
    assert [layer.units for layer in model.critic.layers if hasattr(layer, "units")] == [64, 64, 1]
    assert model.critic_steps == 5
    with pytest.raises(ValueError, match="bound must be one of upper, lower"):
        presets.get("zhang/gaussian", bound="both")


def test_images_without_noise_for_f_gm(monkeypatch):
    seen = []
    monkeypatch.setattr("kfdiv.data.load", lambda *args, **options: "images")
    monkeypatch.setattr("kfdiv.data.with_noise", lambda data, width, seed: seen.append(width))
    assert presets.get("fgm/mnist", data_noise=0.0).dataset() == "images"
    presets.get("fgm/mnist", data_noise=0.25).dataset()
    presets.get("fgm/mnist").dataset()
    assert seen == [0.25, 0.5]
