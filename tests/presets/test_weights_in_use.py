"""Settings of all presets: an average of the weights, and gradients of a limited norm."""

from __future__ import annotations

import keras
import pytest

from kfdiv import optimizers, presets, runs
from kfdiv.presets.optimizers import clip

SMALL = {"units": 4, "epochs": 1, "warmup_epochs": 0, "num_examples": 700}


def test_a_preset_averages_and_clips_every_role() -> None:
    model = presets.get("zhang/ring", **SMALL, ema=0.9, clip_norm=0.5).model()
    assert model.use_ema
    assert model.averages.momentum == 0.9
    assert {one.global_clipnorm for one in model.optimizer.optimizers} == {0.5}
    plain = presets.get("zhang/ring", **SMALL).model()
    assert not plain.use_ema
    assert {one.global_clipnorm for one in plain.optimizer.optimizers} == {None}


def test_every_part_of_a_composite_optimizer_clips() -> None:
    parts = [keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0)]
    clip(optimizers.CompositeOptimizer(parts), 2.0)
    assert [part.global_clipnorm for part in parts] == [2.0, 2.0]


def test_what_they_cannot_be_is_said_before_any_model() -> None:
    with pytest.raises(ValueError, match="ema must be"):
        presets.get("zhang/ring", **SMALL, ema=1.0)
    with pytest.raises(ValueError, match="clip_norm must be"):
        presets.get("zhang/ring", **SMALL, clip_norm=0.0)


def test_a_run_of_before_is_one_without_them() -> None:
    run = runs.Config.make("zhang/ring", "js", **SMALL)
    before = {name: one for name, one in run.settings.items() if name not in ("ema", "clip_norm")}
    old = runs.Config("zhang/ring", "js", 0, before, run.epochs)
    assert old.difference(run) is None
    other = runs.Config.make("zhang/ring", "js", **SMALL, ema=0.9)
    assert old.difference(other) == "ema is None there, 0.9 here"
