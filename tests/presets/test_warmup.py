import pytest

from kfdiv import presets
from kfdiv.presets import Warmup


def values(schedule, steps):
    return [schedule if isinstance(schedule, float) else float(schedule(step)) for step in steps]


@pytest.mark.parametrize(
    ("warmup", "expected"),
    [
        (Warmup(10), [1.0, 1.0, 2.0, 2.0]),
        (Warmup(1), [1.0, 2.0, 2.0, 2.0]),
        (Warmup(0), [2.0] * 4),
        (Warmup(0, forward_kl=True), [1.0] * 4),
    ],
)
def test_forward_kl_comes_first(warmup, expected):
    assert values(warmup.switch(1.0, 2.0), [0, 9, 10, 1000]) == expected
    noise = warmup.noise(1.0, 2.0)
    assert [float(noise.width(step)) for step in (0, 9, 10, 1000)] == expected


@pytest.mark.parametrize("name", presets.registry)
def test_every_divergence_of_a_preset_may_be_asked(name):
    preset = presets.get(name)
    assert preset.warmup("forward_kl") == Warmup(0, forward_kl=True)
    assert preset.warmup(preset.divergence).steps == (
        0 if preset.divergence == "kl" else preset.warmup_epochs * preset.steps_per_epoch
    )


def test_a_preset_has_none_unless_it_says_so():
    assert presets.get("zhang/gaussian").warmup("rkl").steps == 0
    assert presets.get("zhang/ring", epochs=4).warmup("js").steps == 2 * 100
    assert presets.get("zhang/ring", epochs=4).warmup("kl").steps == 0
    with pytest.raises(ValueError, match="warmup_epochs must be an integer of at least 0"):
        presets.get("zhang/ring", warmup_epochs=1.5)
    assert presets.get("zhang/ring", warmup_epochs=1.0).warmup_epochs == 1


@pytest.mark.parametrize("epochs", [1, 2, 5, 6])
def test_few_epochs_are_not_all_warm_up(epochs):
    """60 of 66 epochs, rounded, are five of five."""
    preset = presets.get("zhang/celeba", epochs=epochs)
    assert preset.warmup_epochs == min(epochs - 1, 5)
