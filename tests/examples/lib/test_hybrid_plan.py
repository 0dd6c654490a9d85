"""The sweep of Table 5 of Rosca et al. 2018, and what is made of it."""

import numpy as np
import pytest

from examples.lib import hybrid_figures, hybrid_plan, hybrid_summary
from examples.lib.hybrid_study import Run
from kfdiv.presets.rosca.color_mnist import KINDS

WIDTHS = {
    "base_filters": 1,
    "critic_filters": 1,
    "code_units": 4,
    "head_units": 4,
    "draw_units": 4,
    "source": "digits",
}


def whole_plan():
    return hybrid_plan.plan(
        "color_mnist", list(hybrid_plan.SWEEPS), [50, 10, 75], [0, 1], WIDTHS, steps=8, looks=2
    )


def test_the_plan_has_every_combination_of_table_5_once():
    runs = whole_plan()
    assert len({(run.model, run.name) for run in runs}) == len(runs)
    counts = {model: sum(run.model == model for run in runs) for model in hybrid_plan.SWEEPS}
    # Of the table, and two further numbers of latents, and a seed.
    of_table = {"vae": 3, "dcgan": 9, "wasserstein_gan": 9, "aae": 9, "veegan": 4, "draw": 3}
    of_table |= dict.fromkeys(("aae_plus_plus", "aae_gan"), 2 * 4)
    assert counts == {model: count + 3 for model, count in of_table.items()}
    firsts = {run.model: run for run in reversed(runs)}
    assert [run.model for run in runs[:8]] == list(hybrid_plan.SWEEPS)
    for model, kind in KINDS.items():
        if model in firsts:
            first = dict(firsts[model].swept)
            assert first.pop("learning_rate") == kind.rate
            assert first.pop("critic_learning_rate", kind.critic_rate) == kind.critic_rate
            assert first.pop("code_critic_learning_rate", 5e-4) == 5e-4
            assert first.pop("reconstruction_weight", 1.0) == 1.0
            assert not first


def test_the_first_settings_of_a_sweep_have_every_rate():
    for model, sweep in hybrid_plan.SWEEPS.items():
        most = max(map(len, sweep.values()))
        met = [set(values) for values in zip(*hybrid_plan.settings_of(model)[:most], strict=True)]
        rates = next(k for k, values in enumerate(sweep.values()) if len(values) == most)
        assert {value for _, value in met[rates]} == set(list(sweep.values())[rates])


def test_every_run_is_one_that_the_presets_know():
    for run in whole_plan():
        preset = run.preset()
        assert preset.steps_per_execution == 4
        for name, value in (*run.swept, *run.widths):
            assert getattr(preset, name) == value
        if run.model == "draw":
            assert preset.steps * preset.latent_size == run.latents
        else:
            assert (preset.model_name, preset.latent_size) == (run.model, run.latents)


@pytest.mark.parametrize("dataset", ["cifar10", "celeba"])
def test_photographs_have_the_same_sweep_with_latents_of_their_own(dataset):
    widths = {name: value for name, value in WIDTHS.items() if name != "source"}
    models = list(hybrid_plan.SWEEPS)
    runs = hybrid_plan.plan(dataset, models, hybrid_plan.LATENTS[dataset], [0], widths, looks=1)
    presets = {run: run.preset() for run in runs}
    draws = [preset for run, preset in presets.items() if run.model == "draw"]
    # The paper's DRAW has 49,152 latents, on CIFAR-10 alone.
    assert [preset.steps * preset.latent_size * 16 * 16 for preset in draws] == [
        49_152 for _ in range(3 if dataset == "cifar10" else 0)
    ]
    others = [run for run in runs if run.model != "draw"]
    assert {run.latents for run in others} == {100, 200}
    assert len(others) == 3 + 9 + 9 + 9 + 8 + 8 + 4 + 7


def test_what_is_not_possible_is_refused():
    with pytest.raises(ValueError, match=r"no model 'gan'\. Choose from vae, dcgan"):
        hybrid_plan.plan("color_mnist", ["gan"], [50], [0], {})
    with pytest.raises(ValueError, match="5 steps of a DRAW cannot share 12 latents"):
        Run("color_mnist", "draw", 12, widths=(("units", 2),)).preset()


def fit(model, wasserstein, diversity, failure=None):
    scores = {
        "negative_wasserstein": [wasserstein, 0.1],
        "negative_wasserstein_of_data": [-0.1, 0.1],
        "diversity": [diversity, 0.01],
    }
    return {
        "model": model,
        "failure": failure,
        "scores": None if failure else scores,
        "swept": [["learning_rate", 0.001]],
        "latents": 50,
        "seed": 0,
        "at_step": [1, 2],
        "bound_by_look": [5.0, 4.0] if model == "vae" else [],
    }


FITS = [
    fit("vae", -3.0, 0.5),
    fit("vae", -1.0, 0.9),
    fit("vae", -2.0, 0.7),
    fit("dcgan", 0.0, 0.0, failure="A loss was not finite."),
]
REAL = {"diversity": [0.6, 0.01]}


def test_the_best_run_is_told_by_each_score_s_own_direction():
    table = hybrid_summary.by_model(FITS, REAL)
    assert table["vae"]["runs"] == 3
    assert table["vae"]["negative_wasserstein"] == {
        "best": -1.0,
        "se": 0.1,
        "median": -2.0,
        "lowest": -3.0,
        "highest": -1.0,
    }
    # Nearest to real data's, either way.
    assert table["vae"]["diversity"]["best"] in (0.5, 0.7)
    assert hybrid_summary.best(FITS, "diversity", {"diversity": [0.95, 0.0]}) is FITS[1]
    assert table["dcgan"] == {"runs": 1, "failed": 1, **dict.fromkeys(hybrid_summary.BETTER)}
    assert hybrid_summary.real_wasserstein(FITS) == [pytest.approx(-0.1), pytest.approx(0)]


@pytest.mark.rehearsal
def test_a_picture_is_drawn_of_what_there_is(tmp_path):
    record = {
        "fits": FITS,
        "summary": hybrid_summary.by_model(FITS, REAL),
        "real_data": {"data": REAL, "noised": {}},
    }
    images = np.zeros((8, 4, 4, 3))
    pictures = {"vae": {"samples": images, "images": images, "reconstructions": images}}
    hybrid_figures.draw(tmp_path / "hybrids.png", record, pictures, (0.0, 1.0))
    assert (tmp_path / "hybrids.png").read_bytes().startswith(b"\x89PNG")
