"""When a mode counts as dead."""

import numpy as np
import pytest

from kfdiv.callbacks import Collapse

EVEN = [0.25] * 4


def run(collapse, log_probs, shares=None):
    """Feed epochs; return the modes that died, by epoch."""
    shares = [EVEN] * len(log_probs) if shares is None else shares
    epochs = enumerate(zip(log_probs, shares, strict=True), start=1)
    return {epoch: fresh for epoch, parts in epochs if (fresh := collapse.update(epoch, *parts))}


def test_a_density_that_lets_go_of_a_mode():
    falling = np.linspace(-2, -20, 10)
    log_probs = np.stack([np.full(10, -2.0), falling, np.full(10, -3.0), np.full(10, -1.0)], axis=1)
    collapse = Collapse(EVEN, margin=10, patience=3)
    # 2 nats an epoch: 10 are passed with the seventh, and three in a row with the ninth.
    assert run(collapse, log_probs) == {9: [1]}
    assert collapse.dead == {1: 9}
    assert [entry.likelihood_dropped[1] for entry in collapse.history] == [False] * 6 + [True] * 4
    assert not any(entry.undersampled.any() for entry in collapse.history)


@pytest.mark.parametrize(
    "log_probs",
    [
        # All drift as one, as an unnormalised density may.
        np.linspace(0, -50, 20)[:, None] + np.array([0.0, -1.0, -2.0, -5.0]),
        # All improve, some far more: modes differ in entropy.
        np.linspace(0, 1, 20)[:, None] * [900.0, 300.0, 10.0, 1.0],
        # Noise of some nats, and from the start a level that is far lower for a rare mode.
        np.random.default_rng(0).normal(0, 2, size=(20, 4)) - [0, 0, 40, 3],
    ],
)
def test_a_density_that_keeps_every_mode(log_probs):
    collapse = Collapse(EVEN)
    assert run(collapse, log_probs) == {}
    assert collapse.dead == {}


def test_a_generator_that_leaves_out_a_mode_is_seen_without_a_density():
    weights = [10_000, 10_000, 500, 500]
    good = np.array(weights) / sum(weights)
    few = [0.5, 0.498, 0.0019, 0.0001]
    collapse = Collapse(weights, least_share=0.1, patience=2)
    found = run(collapse, [None] * 4, [good, few, few, few])
    # 500 of 21,000 are 2.4%: 0.19% are below a tenth of it, too.
    assert found == {3: [2, 3]}
    assert np.isnan(collapse.history[-1].log_prob).all()
    less = Collapse(weights, least_share=0.05, patience=2)
    assert run(less, [None] * 4, [good, few, few, few]) == {3: [3]}


def test_patience_counts_epochs_in_a_row_and_a_mode_may_come_back():
    empty = [0.5, 0.5, 0.0, 0.0]
    back = [0.4, 0.4, 0.2, 0.0]
    collapse = Collapse(EVEN, patience=3)
    shares = [empty, empty, EVEN, empty, empty, empty, back, empty, empty, empty]
    found = run(collapse, [None] * len(shares), shares)
    assert found == {6: [2, 3], 10: [2]}
    assert collapse.dead == {3: 6, 2: 10}


def test_what_is_no_number_counts_as_let_go():
    log_probs = [[-1.0] * 4, [-1.0, np.nan, -1.0, -np.inf], [-1.0, np.nan, -1.0, -np.inf]]
    assert run(Collapse(EVEN, patience=2), log_probs) == {3: [1, 3]}
    # Where there is nothing to compare with, nothing is said.
    assert run(Collapse(EVEN, patience=1), [[np.nan] * 4] * 3) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0],), "two positive numbers"),
        (([1.0, 0.0],), "two positive numbers"),
        (([1.0, float("inf")],), "two positive numbers"),
        ((EVEN, 0.0), "margin must be"),
        ((EVEN, 1.0, 1.0), "least_share must be"),
        ((EVEN, float("nan")), "margin must be"),
        ((EVEN, 1.0, 0.1, 0), "patience must be"),
        ((EVEN, 1.0, 0.1, 2.5), "patience must be"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Collapse(*arguments)
