"""What RESULTS.md says of the hybrids follows from the figures."""

import pytest

from examples.lib import hybrid_summary
from examples.reports.rosca_hybrids import vae_gan_hybrids


def fit(model, wasserstein, score=2.0, swept=(), bounds=()):
    scores = {"negative_wasserstein": [wasserstein, 0.1], "inception_score": [score, 0.1]}
    return {
        "model": model,
        "swept": list(swept),
        "latents": 50,
        "seed": 0,
        "failure": None,
        "cpu_seconds": [60.0, 30.0],
        "bound_by_look": list(bounds),
        "scores": {**scores, "objective": {"value": [-0.5, 0.1], "lower_bound": [0.2, 0.1]}},
    }


def record(fits):
    data = {"negative_wasserstein": [-0.1, 0.02], "inception_score": [9.8, 0.03]}
    return {
        "fits": fits,
        "planned": 77,
        "mock": False,
        "report_only": False,
        "settings": {"dataset": "color_mnist", "steps": 800, "rounds": None},
        "paper": {"steps": 100_000},
        "workers": 1,
        "cores": 2,
        "real_data": {"data": data, "noised": {}, "judge": "a classifier"},
        "summary": hybrid_summary.by_model(fits, data),
    }


OTHERS = [fit("vae", -1.0, 3.0), fit("dcgan", -2.0), fit("wasserstein_gan", -4.0)]


def test_verdicts_that_the_figures_carry():
    fits = [*OTHERS, fit("aae_plus_plus", -6.0, 1.5), fit("aae_gan", -5.0, 1.9)]
    text = vae_gan_hybrids(record(fits))
    assert "5 of the 77 settings of the plan were run, 800 steps each" in text
    assert '"VAEs perform well on ColorMNIST" (figure 4; well: among' in text
    assert "better half) is confirmed here: by negative" in text
    assert "the VAE's best run is number 1 of 5 models (-1 ± 0.1; first: VAE, -1 ± 0.1)" in text
    assert '"AAE-GAN consistently outperforms AAE++" is confirmed here: by negative' in text
    assert "in 1, and worse in 0, of 1 pairs of like settings (difference from 1 to 1" in text
    assert '"Hybrids are not better than GANs" is confirmed here' in text
    assert "best hybrid (AAE-GAN, -5 ± 0.1) is 3 below the best GAN (DCGAN, -2 ± 0.1)" in text
    assert "5 CPU minutes of training and 2 of measuring, on a machine of 2 cores" in text
    row = "| VAE | 1 | -1 ± 0.1<br>-1 (-1 to -1) | 3 ± 0.1<br>3 (3 to 3) | value -0.5 ± 0.1<br>"
    assert f"{row}lower_bound 0.2 ± 0.1 |" in text
    assert "| real test data | - | -0.1 ± 0.02 | 9.8 ± 0.03 | - |" in text
    assert "figure 11" in text
    assert "A VAE's bound" not in text


@pytest.mark.parametrize(
    ("score", "verdict"),
    [
        (1.0, "confirmed here by inception score, contradicted by negative Wasserstein critic"),
        (9.0, "contradicted here: "),
    ],
)
def test_verdicts_that_they_do_not(score, verdict):
    # A difference within its error is none, and like settings alone are compared.
    settings = [["reconstruction_weight", 1.0]]
    pairs = [fit("aae_plus_plus", -1.5, 2.0), fit("aae_gan", -1.4, score)]
    fits = [*OTHERS[1:], *pairs, fit("aae_gan", 0.0, score, settings), fit("vae", -9.0, 0.5)]
    text = vae_gan_hybrids(record(fits))
    assert '"VAEs perform well on ColorMNIST" (figure 4; well: among' in text
    assert "better half) is contradicted here: " in text
    # By the other score no model of the pair is better by more than the noise.
    word = "contradicted" if score == 1.0 else "confirmed"
    consistently = f"{word} here by inception score, undecided by negative Wasserstein critic"
    assert f'"AAE-GAN consistently outperforms AAE++" is {consistently}' in text
    assert "first: AAE-GAN, 0 ± 0.1" in text
    assert "in 0, and worse in 0, of 1 pairs of like settings (difference from 0.1 to 0.1" in text
    assert f'"Hybrids are not better than GANs" is {verdict}' in text


def test_a_rank_within_the_noise_decides_nothing():
    gans = [fit("dcgan", -2.0), fit("wasserstein_gan", -2.2, 8.0), fit("aae", -2.1, 7.0)]
    for wasserstein in (-1.9, -2.3):
        text = vae_gan_hybrids(record([*gans, fit("vae", wasserstein, 3.0)]))
        verdict = "contradicted here by inception score, undecided by negative Wasserstein critic"
        assert f"better half) is {verdict}: " in text


@pytest.mark.parametrize(
    ("veegan", "verdict"),
    [
        ([60.0, 90.0], "confirmed here"),
        ([90.0, 60.0], "confirmed here by VAE, contradicted by VEEGAN"),
    ],
)
def test_a_bound_rises_where_what_evaluate_tells_falls(veegan, verdict):
    fits = [fit("vae", -1.0, bounds=[700.0, 560.0]), fit("veegan", -2.0, bounds=veegan)]
    text = vae_gan_hybrids(record(fits))
    assert f"VEEGAN's does not\" (figure 11) is {verdict}: from the first look to" in text
    assert "VAE's rose in 1 of 1 runs (-700 to -560); VEEGAN's rose in" in text
