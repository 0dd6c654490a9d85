"""What is trained for a row of a table, and what is measured of it once."""

import dataclasses

import numpy as np
import pytest

import kfdiv
from examples.lib import classifier_study, encoder_fits, marginal_study
from examples.lib.code_classifiers import Architecture
from examples.lib.marginal_study import Budget
from examples.lib.rosca_systems import SYSTEMS, fit_of
from kfdiv import files


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_has_a_preset_of_its_latents_and_examples(name):
    system = SYSTEMS[name]
    preset = fit_of(name, steps=10).load_preset()
    if system.latents is not None:
        assert preset.latent_size == system.latents
    if system.data is None:
        assert preset.num_examples == system.examples
    fit = fit_of(name, steps=35, base_filters=0 if system.model == "DRAW" else 2, mock=True)
    assert 35 % fit.epochs == 0
    assert fit.load_preset().steps_per_execution == 1


def test_draw_has_the_paper_s_number_of_latents():
    preset = fit_of("draw_cifar10", steps=10).load_preset()
    assert preset.steps * preset.latent_size * (32 // preset.stride) ** 2 == 49_152


def test_the_table_agrees_with_the_nats_that_the_paper_gives_in_total():
    system = SYSTEMS["color_mnist-50"]
    # Table 2's VAE: an average KL of 23.34, and 12.3 by Monte Carlo.
    assert system.average_kl * system.latents == pytest.approx(23.34, abs=0.1)
    assert system.monte_carlo * system.latents == pytest.approx(12.3, abs=0.15)
    celeba = SYSTEMS["celeba-100"]
    assert celeba.average_kl * 100 == pytest.approx(112.37, abs=0.01)
    assert celeba.monte_carlo * 100 == pytest.approx(100.3, abs=0.1)


def test_a_data_set_of_its_own_number_has_no_other():
    with pytest.raises(ValueError, match="tinted_mnist-50 has 60,000 examples, and cannot have 9"):
        fit_of("tinted_mnist-50", steps=1, examples=9)


TINY = fit_of("color_mnist-50", steps=2, mock=True)


@pytest.fixture
def no_training(monkeypatch):
    """A small model, as it was built, in the place of a trained one."""

    def train(fit, workdir):
        decoder = kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(3, [], (28, 28, 3)))
        return kfdiv.models.VAE(kfdiv.networks.mlp((28, 28, 3), [], 6), decoder), 1.5

    monkeypatch.setattr(encoder_fits, "train", train)


def test_a_model_is_measured_once_over_every_example(tmp_path, no_training):
    budget = Budget(("monte_carlo",), draws=20)
    fit = dataclasses.replace(TINY, settings=(*TINY.settings, ("num_examples", 60)))
    found = marginal_study.measure((fit, str(tmp_path), budget))
    exact = found["measures"]["monte_carlo"]
    # More than whole batches of eight.
    assert exact["examples"] == 60
    assert exact["data_entropy"] == pytest.approx(np.log(60))
    assert exact["average_kl"] >= exact["marginal_kl"] - 3 * exact["marginal_kl_se"]
    assert (found["system"], found["seconds"], found["latents"]) == (fit.name, 1.5, 3)
    path = tmp_path / fit.name / "measured.json"
    assert marginal_study.measure((fit, str(tmp_path), budget)) == found
    path.unlink()
    path = path.with_name("monte_carlo.json")
    kept = files.unseal(files.read_json(path), path.name)
    kept["found"]["marginal_kl"] = -1.0
    files.write_json(path, files.seal(kept))
    again = marginal_study.measure((fit, str(tmp_path), budget))
    assert again["measures"]["monte_carlo"]["marginal_kl"] == -1.0


def test_rows_of_a_table_are_kept_by_their_names(tmp_path, no_training):
    rows = (Architecture(1, 5e-4, penalty="gradient", noise=0.5, paper=3.05),)
    table = classifier_study.Table(
        "2", TINY, str(tmp_path), rows, units=4, steps=1, draws=20, seed=0
    )
    found = classifier_study.measure(table)
    (row,) = found["rows"]
    assert row["paper"] == 3.05
    assert np.isfinite(row["marginal_kl"])
    assert row["average_kl"] == found["measures"]["monte_carlo"]["average_kl"]
    assert {path.stem for path in (tmp_path / TINY.name).glob("*.json")} == {
        "monte_carlo",
        "classifier-1x0.0005-penalty-noise",
        "table-2",
    }
    assert classifier_study.measure(table) == found


@pytest.mark.rehearsal
def test_a_fit_that_has_been_trained_is_loaded(tmp_path):
    first, seconds = encoder_fits.train(TINY, str(tmp_path))
    again, same = encoder_fits.train(TINY, str(tmp_path))
    assert same == pytest.approx(seconds, rel=1e-9)
    for mine, others in zip(again.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, others)
    with pytest.raises(ValueError, match="holds another run: steps is 2 there, 4 here"):
        encoder_fits.train(dataclasses.replace(TINY, steps=4), str(tmp_path))
