import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from examples.lib import batches

X = np.arange(10, dtype="float32")[:, None]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (4, [4]), (6, [4, 2]), (99, [4, 4, 2])])
def test_the_first_examples_come_in_their_stored_order(count, sizes):
    stream = kfdiv.data.from_arrays(X, np.arange(10), batch_size=4, seed=3).stream
    parts = list(batches.take(stream, count))
    assert [len(x) for x, _ in parts] == sizes
    x, y = batches.first(stream, count)
    np.testing.assert_array_equal(x, X[:count])
    np.testing.assert_array_equal(y, np.arange(10)[:count])


def test_data_without_labels_are_one_array():
    stream = kfdiv.data.from_arrays(X, batch_size=4).stream
    (x,) = batches.first(stream, 3)
    np.testing.assert_array_equal(x, X[:3])


class Model:
    """Samples that say by what they were drawn."""

    def sample(self, num, seed, observation_noise):
        return tf.constant([[seed, observation_noise]] * num)


def test_no_two_batches_of_draws_share_a_seed():
    drawn = list(batches.draws(Model(), 5, batch_size=2, seed=3))
    assert [len(batch) for batch in drawn] == [2, 2, 1]
    assert [int(batch[0, 0]) for batch in drawn] == [3_000, 3_001, 3_002]
    (mean,) = batches.draws(Model(), 1, batch_size=2, observation_noise=False)
    assert mean.tolist() == [[0, 0]]
