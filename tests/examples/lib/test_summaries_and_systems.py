import statistics

import pytest

from examples.lib import summaries, systems
from kfdiv import presets


def test_a_summary_has_mean_and_spread_over_seeds():
    values = [1.0, 4.0, 2.5]
    fits = [{"system": "kl", "bound": value, "note": "x"} for value in values]
    fits += [{"system": "js", "bound": 7}]
    table = summaries.by_system(fits, ["bound"])
    assert list(table) == ["kl", "js"]
    assert table["kl"]["seeds"] == 3
    assert table["kl"]["bound"]["mean"] == pytest.approx(statistics.mean(values))
    assert table["kl"]["bound"]["sd"] == pytest.approx(statistics.stdev(values))
    assert table["js"] == {"seeds": 1, "bound": {"mean": 7.0, "sd": None}}
    without = summaries.by_system([{"system": "ugm", "kept": None, "bound": 1}], ["kept", "bound"])
    assert without == {"ugm": {"seeds": 1, "kept": None, "bound": {"mean": 1.0, "sd": None}}}


def test_a_system_s_name_holds_its_clipping_and_its_noise():
    system = systems.find("age-rkl@0.25")
    assert (system.objective, system.divergence) == ("age", "rkl")
    assert system.settings() == {"objective": "age", "clip": 0.25}
    assert systems.find("age-all(d)").settings() == {
        "objective": "age",
        "clip": 0.0,
        "stochastic": False,
    }
    with pytest.raises(ValueError, match=r"no system 'age-klr'. Choose from age-kl, fgan-kl"):
        systems.find("age-klr")


@pytest.mark.parametrize("name", systems.SYSTEMS)
def test_every_system_is_one_of_the_presets(name):
    system = systems.find(name)
    # Points of the plane have a model with an encoder alone.
    for name_of_preset in ("shen/stacked_mnist", "shen/grid25")[
        : 1 if system.unidirectional else 2
    ]:
        preset = presets.get(name_of_preset, **system.settings())
        assert preset.check_divergence(system.divergence or preset.divergence)


@pytest.mark.parametrize("name", ["age-ugm", "age-all(d)"])
def test_a_system_of_images_is_none_of_points(name, tmp_path):
    with pytest.raises(ValueError, match="is not for shen/grid25, which has no setting"):
        systems.train("shen/grid25", systems.find(name), 0, str(tmp_path / "run"))
    assert not list(tmp_path.iterdir())
