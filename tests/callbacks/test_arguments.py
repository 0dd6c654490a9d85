"""Counts, numbers and ranges that callbacks are given."""

import numpy as np
import pytest

from kfdiv import callbacks

LOG = callbacks.EpochLog("log.csv")
X = np.zeros((20, 2), "float32"), np.arange(20) % 2
NAN = float("nan")


def collapse(**options):
    return callbacks.CollapseMonitor("a.png", *X, **options)


EVERY = {
    "collapse": collapse,
    "curves": lambda every: callbacks.Curves("a.png", LOG, every),
    "evaluate": lambda every: callbacks.EvaluateEvery({}, every),
    "exact_resume": lambda every: callbacks.ExactResume("backup", every),
    "interval": lambda every: callbacks.Interval("a.png", print, every),
    "latents": lambda every: callbacks.LatentPlot("a.png", X[0], every=every),
    "manifold": lambda every: callbacks.Manifold("a.png", every=every),
    "samples": lambda every: callbacks.SampleGrid("a.png", every=every),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("every", "error"),
    [(0, ValueError), (2.5, ValueError), (NAN, ValueError), (True, TypeError), ("3", TypeError)],
)
def test_every_is_a_positive_count(name, every, error):
    with pytest.raises(error, match=f"every must be .*positive number of .*, but got {every!r}"):
        EVERY[name](every=every)
    assert EVERY[name](every=3.0).every == 3


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (collapse, {"observation_noise": 1}, "observation_noise must be True or False"),
        (collapse, {"num_samples": NAN}, "num_samples must be an integer"),
        (collapse, {"margin": NAN}, "margin must be a positive number of nats"),
        (callbacks.SampleGrid, {"path": "a.png", "num": 0}, "num must be an integer"),
        (callbacks.SampleGrid, {"path": "a.png", "value_range": (1, 0)}, "value_range must be"),
        (callbacks.Manifold, {"path": "a.png", "side": 2.5}, "side must be an integer"),
        (callbacks.Manifold, {"path": "a.png", "value_range": (0, NAN)}, r"value_range\[1\] must"),
        (callbacks.Curves, {"path": "a.png", "log": LOG, "warmup_epochs": -1}, "at least 0"),
    ],
)
def test_what_is_out_of_bounds_is_refused(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_exact_resume_may_be_at_the_ends_of_epochs():
    assert callbacks.ExactResume("backup").every == "epoch"
