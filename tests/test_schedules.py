"""Schedules that no train step could compute are refused where they are given."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models.coefficient import Coefficient
from kfdiv.schedules import check_schedule, check_start
from tests.models import contract

Schedule = keras.optimizers.schedules.LearningRateSchedule


def by_number(step: object) -> float:
    return 0.1 if step < 2 else 0.01


class ByNumber(Schedule):
    def __call__(self, step: object) -> float:
        return by_number(step)


def test_numbers_variables_and_schedules_of_keras_pass() -> None:
    variable = tf.Variable(0.25)
    warm = keras.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=2)
    found = [check_schedule("a", one) for one in (warm, lambda _: 1, lambda _: variable)]
    assert found == [0.0, 1.0, 0.25]
    assert check_schedule("a", lambda _: np.float64(0.5)) == 0.5
    assert check_schedule("a", lambda: 0.5, of_step=False) == 0.5


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (by_number, "fails on a step that is a tensor"),
        (lambda step: 1 / (1 + float(step)), "fails on a step that is a tensor"),
        (lambda: 0.1, "fails on a step that is a tensor: .* positional argument"),
        (lambda _: None, "fails on a step that is a tensor: None values not supported"),
        (lambda _: "fast", "must give one real number, but gave string of shape"),
        (lambda _: [0.1, 0.2], r"must give one real number, but gave float32 of shape \(2,\)"),
        (lambda _: 1j, "must give one real number, but gave complex"),
        (lambda _: -1.0, "must be finite and at least 0, but its schedule starts at -1"),
        (lambda _: float("nan"), "must be finite and at least 0, but its schedule starts at nan"),
    ],
)
def test_others_are_refused(schedule: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_start("beta", schedule)


def test_who_takes_schedules_refuses_those() -> None:
    with pytest.raises(ValueError, match=r"schedule of beta, .*fails on a step that is a tensor"):
        Coefficient.make("beta", ByNumber())
    with pytest.raises(ValueError, match=r"schedule of Gaussian, .*fails on a step that is a tens"):
        kfdiv.noise.Gaussian(ByNumber())
    adam = keras.optimizers.Adam
    model = contract.build("age")
    part = kfdiv.optimizers.CompositeOptimizer([adam(1e-3), adam(ByNumber())])
    for one in (adam(ByNumber()), part):
        with pytest.raises(ValueError, match=r"the learning rate of critic_optimizer, .*fails on"):
            model.compile(divergence="js", critic_optimizer=one)
    with pytest.raises(ValueError, match=r"critic_optimizer, .*fails on a call"):
        model.compile(divergence="js", critic_optimizer=adam(lambda step: 0.1))
    model.compile(divergence="js", critic_optimizer=adam(lambda: 0.1))
