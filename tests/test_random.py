"""Stateless draws: their laws, and their sameness in eager, graph and XLA."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv import random


@pytest.mark.parametrize(("draw", "law"), [(random.normal, "norm"), (random.uniform, "uniform")])
def test_draws_follow_their_law(draw, law: str) -> None:
    values = draw((200_001,), random.seed(0, "law")).numpy()
    assert stats.kstest(values, law).pvalue > 1e-3
    assert len(np.unique(values)) > 190_000
    assert np.corrcoef(values[:-1], values[1:])[0, 1] == pytest.approx(0, abs=0.01)
    halves = values[:100_000], values[100_001:]
    assert np.corrcoef(*halves)[0, 1] == pytest.approx(0, abs=0.015)


def test_uniform_excludes_its_ends() -> None:
    values = random.uniform((5_000_000,), random.seed(1, "ends")).numpy()
    assert values.min() > 0
    assert values.max() < 1


@pytest.mark.parametrize("draw", [random.normal, random.uniform])
def test_eager_graph_and_xla_agree(draw) -> None:
    def function(step: tf.Tensor) -> tf.Tensor:
        return draw((1_001, 3), random.seed(7, "agree", step))

    step = tf.constant(5, tf.int64)
    eager = function(step).numpy()
    for jit_compile in (False, True):
        compiled = tf.function(function, jit_compile=jit_compile)(step).numpy()
        np.testing.assert_allclose(compiled, eager, atol=2e-6)


def test_seed_depends_on_each_of_its_parts() -> None:
    parts = [(0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1), (2**40, "a", 0), (-1, "a", 0)]
    seeds = {tuple(random.seed(*part).numpy().tolist()) for part in parts}
    assert len(seeds) == len(parts)


def test_steps_give_uncorrelated_draws() -> None:
    draws = [random.normal((20_000,), random.seed(0, "steps", step)) for step in range(4)]
    correlations = np.corrcoef(np.stack(draws)) - np.eye(4)
    assert np.abs(correlations).max() < 0.04


def test_shape_may_be_a_tensor() -> None:
    @tf.function
    def draw(count: tf.Tensor) -> tf.Tensor:
        return random.normal(tf.stack([count, 2]), random.seed(0, "shape"))

    assert draw(tf.constant(7)).shape == (7, 2)
    assert draw(tf.constant(0)).shape == (0, 2)


def test_categorical_draws_by_softmax() -> None:
    rows = 20_000
    probabilities = [[0.1, 0.2, 0.7], [0.5, 0.5, 1e-30]]
    logits = tf.repeat(tf.math.log(probabilities), rows, axis=0)
    draws = random.categorical(logits, random.seed(0, "categorical")).numpy()
    for row, expected in zip(draws.reshape(2, rows), probabilities, strict=True):
        shares = np.bincount(row, minlength=3) / rows
        np.testing.assert_allclose(shares, expected, atol=0.015)


def test_seeds_beyond_32_bits_differ_and_others_are_refused():
    base = random.seed(0, "test")
    seeds = {tuple(random.fold(base, data).numpy()) for data in (0, 1, 2**32, 2**33, -1, 2**70)}
    assert len(seeds) == 6
    for bad in ("a", None, 1.7):
        with pytest.raises(TypeError, match="integer"):
            random.fold(base, bad)


@pytest.mark.parametrize("draw", [random.normal, random.uniform])
@pytest.mark.parametrize("shape", [(7, 3), (7,), (1, 7, 2, 2)])
def test_rows_of_a_draw_are_those_of_the_whole(draw, shape) -> None:
    axis = shape.index(7)
    for seed in (random.seed(1, "rows"), random.fold(random.seed(1, "rows"), 5)):
        whole = draw(shape, seed).numpy()
        for start, stop in ((0, 2), (2, 7), (6, 7)):
            part = (*shape[:axis], stop - start, *shape[axis + 1 :])
            found = draw(part, random.rows(seed, start, stop - start, total=7)).numpy()
            np.testing.assert_array_equal(found, whole.take(range(start, stop), axis=axis))


def test_a_fold_of_rows_is_rows_of_the_fold() -> None:
    seed = random.seed(0, "rows")
    folded = random.fold(random.rows(seed, 2, 3, total=9), 4)
    expected = random.rows(random.fold(seed, 4), 2, 3, total=9)
    np.testing.assert_array_equal(folded, expected)
