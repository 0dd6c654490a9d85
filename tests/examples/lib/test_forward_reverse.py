"""Forward and reverse KL from one start."""

from __future__ import annotations

import pathlib
from typing import Any

import keras
import pytest

import kfdiv
from examples.lib import forward_reverse
from tests.models import contract

NAME = "variational_f_divergence"


def make(divergence: str) -> kfdiv.models.VariationalFDivergence:
    """Return a model whose rates fall with every train step."""
    model = contract.construct(NAME, {**contract.networks(), "noise": 0.5})
    decay = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    optimizers = {key: keras.optimizers.SGD(decay) for key in contract.roles(NAME)}
    model.compile(divergence, **optimizers, **contract.MODES["eager"])
    return model


def test_rates_of_the_second_stage_begin_with_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its step goes on from the first one's, by which the rates would be at their end."""
    seen = []

    def fit(model: Any, dataset: Any, log: Any, **arguments: Any) -> None:
        rates = (float(one.learning_rate) for one in model.optimizer.optimizers)
        seen.append((model.divergence.name, int(model.step.numpy()), *rates))
        model.step.assign_add(3)

    monkeypatch.setattr("examples.lib.resumable.fit", fit)
    forward_reverse.fit(make, None, 1, 1, str(tmp_path), {"seed": 0})
    assert seen == [("kl", 0, 1.0, 1.0), ("kl", 3, 1.0, 1.0), ("rkl", 3, 1.0, 1.0)]
