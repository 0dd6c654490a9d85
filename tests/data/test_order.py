import numpy as np
import pytest
import tensorflow as tf

from kfdiv.data import order


def epoch_order(num_examples, epoch, seed=(0, 0)):
    places = tf.range(num_examples, dtype=tf.int64)
    return order.shuffled(places, tf.constant(epoch), tf.constant(seed), num_examples).numpy()


@pytest.mark.parametrize("num_examples", [1, 2, 7, 100, 1437, 60_000])
def test_every_example_comes_once(num_examples):
    for epoch in range(3):
        assert np.array_equal(np.sort(epoch_order(num_examples, epoch)), np.arange(num_examples))


def test_places_can_be_asked_for_in_any_shape():
    whole = epoch_order(12, 5)
    places = tf.constant([[3, 4], [0, 11]], tf.int64)
    some = order.shuffled(places, tf.constant(5), tf.constant([0, 0]), 12)
    assert np.array_equal(some, whole[places.numpy()])


def test_each_place_may_have_its_own_epoch():
    places = tf.constant([[3, 4], [0, 11]], tf.int64)
    some = order.shuffled(places, tf.constant([[1], [2]]), tf.constant([0, 0]), 12).numpy()
    assert np.array_equal(some[0], epoch_order(12, 1)[[3, 4]])
    assert np.array_equal(some[1], epoch_order(12, 2)[[0, 11]])


@pytest.mark.parametrize("num_examples", [1437, 60_000])
def test_orders_are_independent(num_examples):
    # Correlations of independent permutations have standard deviation 1 / sqrt(n - 1).
    orders = [epoch_order(num_examples, epoch) for epoch in range(12)]
    orders += [epoch_order(num_examples, 0, (seed, 0)) for seed in range(1, 6)]
    correlation = np.corrcoef(np.stack([np.arange(num_examples), *orders]))
    off_diagonal = correlation[np.triu_indices(len(correlation), 1)]
    assert np.abs(off_diagonal).max() * np.sqrt(num_examples) < 5


def test_an_example_wanders_over_the_whole_epoch():
    first = np.array([epoch_order(60_000, epoch)[0] for epoch in range(60)]) / 60_000
    assert abs(first.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 60)
    assert abs(first.std() - np.sqrt(1 / 12)) < 0.08


def test_batches_are_as_mixed_as_chance_makes_them():
    # The number of even examples among 100 of many is binomial: standard deviation 5.
    batches = np.concatenate([epoch_order(60_000, e).reshape(-1, 100) for e in range(4)])
    even = (batches % 2 == 0).sum(axis=1)
    assert abs(even.std() - 5) < 0.35
