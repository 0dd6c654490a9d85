"""What is made to be trained."""

from __future__ import annotations

import numpy as np
import pytest

from kfdiv.evaluation.marginal import classifier_of, density_of


@pytest.mark.parametrize("name", ["classifier", "lstm", "maf", "mixture_10"])
def test_weights_are_a_function_of_the_seed(name) -> None:
    made = [
        classifier_of(None, 3, seed) if name == "classifier" else density_of(name, 3, seed)
        for seed in (0, 0, 1)
    ]
    first, again, other = (network.get_weights() for network in made)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(np.any(a != b) for a, b in zip(first, other, strict=True))
