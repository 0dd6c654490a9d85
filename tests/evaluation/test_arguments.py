"""Counts, numbers and ranges that measures are given."""

import numpy as np
import pytest
from scipy import stats

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation.digit_network import untrained_network

NAN = float("nan")
NORMAL = stats.norm(0, 1).logpdf


@pytest.fixture(scope="module")
def model():
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 2), scale=1.0)
    return kfdiv.models.VAE(kfdiv.networks.mlp(2, [], 2), decoder)


@pytest.mark.parametrize("value", [0, -1, 2.5, NAN, True, "3"])
@pytest.mark.parametrize("name", ["num_samples", "batch_size"])
def test_cycle_consistency(model, name, value):
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, but got"):
        evaluation.bidirectional(model, np.zeros((4, 2)), **{name: value})


@pytest.mark.parametrize("name", ["num_temperatures", "leapfrog_steps", "batch_size"])
def test_annealed_importance_sampling(model, name):
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, but got nan"):
        evaluation.AnnealedImportanceSampling(model, **{name: NAN})
    with pytest.raises(ValueError, match="jit_compile must be one of True, False, auto"):
        evaluation.AnnealedImportanceSampling(model, jit_compile=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluation.InceptionFeatures((0, NAN)), r"value_range\[1\] must be a finite"),
        (lambda: evaluation.InceptionFeatures(batch_size=0), "batch_size must be an integer"),
        (
            lambda: evaluation.DigitClassifier(untrained_network(), value_range=(1, 1)),
            r"value_range must be \(low, high\) with low < high, but got \(1, 1\)",
        ),
        (
            lambda: evaluation.DigitClassifier.load_or_train("nowhere", least_accuracy=99),
            r"least_accuracy must be a number in \[0, 1\], but got 99",
        ),
        (
            lambda: evaluation.DigitClassifier.load_or_train("nowhere", epochs=0),
            "epochs must be an integer of at least 1",
        ),
        (
            lambda: evaluation.mode_coverage([0], [1.0], least=NAN),
            "least must be a positive number",
        ),
        (lambda: evaluation.mode_within([[0.0]], None, radius=0), "radius must be a finite number"),
        (
            lambda: evaluation.precision_recall(np.eye(9), np.eye(9), k=2.5),
            "k must be from 1 to 8, one less than the smaller set's rows, but got 2.5",
        ),
        (
            lambda: evaluation.divergence_1d("kl", NORMAL, NORMAL, (1, -1)),
            r"support must be \(low, high\)",
        ),
        (
            lambda: evaluation.divergence_1d("kl", NORMAL, NORMAL, (-1, 1), points=1),
            "points must be an integer of at least 2",
        ),
        (
            lambda: evaluation.divergence_2d("kl", NORMAL, NORMAL, ((-1, 1), (-1, 1)), points=NAN),
            "points must be an integer of at least 2",
        ),
    ],
)
def test_what_is_out_of_bounds_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
