"""What is made to be trained."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import penalties
from kfdiv.evaluation.marginal import CodeClassifier, Posteriors, classifier_of, density_of
from kfdiv.models.batch import Batch
from tests.evaluation.marginal.support import linear, normals


@pytest.mark.parametrize("name", ["classifier", "lstm", "maf", "mixture_10"])
def test_weights_are_a_function_of_the_seed(name) -> None:
    made = [
        classifier_of(None, 3, seed) if name == "classifier" else density_of(name, 3, seed)
        for seed in (0, 0, 1)
    ]
    first, again, other = (network.get_weights() for network in made)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(np.any(a != b) for a, b in zip(first, other, strict=True))


def test_the_penalty_of_a_linear_classifier_is_added_to_its_loss() -> None:
    posteriors = Posteriors(linear(2, 2, scale=0.5).model, normals(9, 2))
    network = kfdiv.networks.mlp(2, [], 1)
    network.set_weights([np.array([[3.0], [-4.0]]), np.ones(1)])
    batch, seed = Batch(tf.constant(posteriors.rows)), tf.constant([0, 1])
    plain, held = (
        CodeClassifier(posteriors, network, 0, penalty)
        .role_losses(batch, seed, ["classifier"])
        .of["classifier"]
        for penalty in (None, penalties.TwoSided(weight=0.5))
    )
    # 0.5 (|(3, -4)| - 1)^2, for every pair of draws.
    np.testing.assert_allclose(held.data - plain.data, 8.0, rtol=1e-5)
    np.testing.assert_array_equal(held.model, plain.model)
