"""What a data set carries of its stream, and what it loses under tf.data's transformations."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data
from kfdiv.data import origin


def load(**options):
    x = np.arange(23, dtype=np.float32)[:, None]
    return data.from_arrays(x, batch_size=5, seed=3, **options)


LOSING = {
    "map": lambda dataset: dataset.map(lambda x: 2 * x),
    "take": lambda dataset: dataset.take(2),
    "batch": lambda dataset: dataset.unbatch().batch(4),
    "shuffle": lambda dataset: dataset.shuffle(3),
    "repeat": lambda dataset: dataset.repeat(),
    "prefetch": lambda dataset: dataset.prefetch(1),
    "zip": lambda dataset: tf.data.Dataset.zip(dataset, dataset),
    "concatenate": lambda dataset: dataset.take(1).concatenate(dataset.skip(1)),
    "options": lambda dataset: dataset.with_options(tf.data.Options()),
    "filter": lambda dataset: dataset.filter(lambda x: True),
    "cardinality": lambda dataset: dataset.apply(tf.data.experimental.assert_cardinality(4)),
}


@pytest.mark.parametrize("change", LOSING.values(), ids=LOSING)
def test_a_stream_that_was_lost_on_the_way_is_known(change):
    dataset = load()
    assert data.stream_of(dataset) is not None
    assert not data.derived_from_stream(dataset)
    derived = change(dataset)
    assert data.stream_of(derived) is None
    assert data.derived_from_stream(derived)
    assert "kfdiv.data.map_batches" in origin.why_not_resumable(derived)


def test_of_other_data_sets_nothing_is_said():
    other = tf.data.Dataset.range(5).map(lambda x: x)
    options = tf.data.Options()
    options.framework_type = ["something else"]
    for dataset in (other, other.with_options(options)):
        assert data.stream_of(dataset) is None
        assert not data.derived_from_stream(dataset)
        assert origin.why_not_resumable(dataset) is None
    # By step and without an end: nothing is lost of these.
    assert not data.derived_from_stream(load().stream.batches(3).map(lambda x: x))


def test_transforms_of_ours_lose_nothing():
    for dataset in (data.with_noise(load(), 0.1), data.map_batches(load(), lambda x: 2 * x)):
        assert data.stream_of(dataset) is dataset.stream
        assert not data.derived_from_stream(dataset)
        assert origin.why_not_resumable(dataset) is None


def test_every_pass_counts_for_what_was_derived():
    """Why it is no function of the step: what is said of it is true."""

    def batches(dataset):
        return [x.numpy().ravel().tolist() for x in dataset]

    epochs = [batches(load().stream.batches(4 * k).take(4)) for k in range(3)]
    derived = load().map(lambda x: x)
    assert [batches(derived) for _ in range(2)] == epochs[:2]
    dataset = load()
    next(iter(dataset))
    assert batches(dataset.map(lambda x: x)) == epochs[1]
    # An epoch of it lacks the remainder, which the stream's examples have.
    assert len(list(itertools.chain(*batches(derived)))) == 20
    assert sum(map(len, batches(load().stream.examples()))) == 23
