import functools

import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data
from kfdiv.data.batching import Batching
from kfdiv.data.channels import ChannelSource
from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.records import RecordSource
from kfdiv.data.stream import Stream

EXAMPLES = 23
INFO = Info("counted")


# A stream is a value, and to make one takes longer than to read it.
@functools.cache
def memory(**batching):
    x = np.arange(EXAMPLES, dtype=np.uint8).repeat(4).reshape(EXAMPLES, 2, 2, 1)
    source = MemorySource(x, np.arange(EXAMPLES, dtype=np.int32), INFO)
    return Stream(source, Batching(**batching))


@functools.cache
def records(**batching):
    def read(seed):
        dataset = tf.data.Dataset.range(EXAMPLES)
        if seed is None:
            return dataset
        if not tf.executing_eagerly():
            tf.random.set_seed(1)
        return dataset.shuffle(EXAMPLES, seed=seed, reshuffle_each_iteration=False)

    def decode(number):
        return tf.fill([2, 2, 1], tf.cast(number, tf.uint8)), tf.cast(number, tf.int32)

    return Stream(RecordSource(read, decode, EXAMPLES, INFO), Batching(**batching))


@functools.cache
def channels(**batching):
    images = np.arange(EXAMPLES, dtype=np.uint8).repeat(4).reshape(EXAMPLES, 2, 2, 1)
    number = np.arange(EXAMPLES, dtype=np.int32)
    return Stream(ChannelSource(images, number[:, None], number, INFO), Batching(**batching))


every = pytest.mark.parametrize("make", [memory, records, channels])
indexed = pytest.mark.parametrize("make", [memory, channels])


def of_every_source(names, cases, often):
    """Parametrize by all sources and cases: where a step lies is one piece of code for all sources.

    For every change, all cases of one source are enough, and one case of the others.
    """
    return pytest.mark.parametrize(
        ("make", *names),
        [
            pytest.param(make, *case, marks=() if make is memory or case == often else REHEARSAL)
            for make in (memory, records, channels)
            for case in cases
        ],
    )


REHEARSAL = pytest.mark.rehearsal
ends = pytest.mark.parametrize("drop_remainder", [True, False])


def labels(dataset, count):
    """Labels of the first batches, after a check that each image is its label's."""
    found = []
    for x, y in dataset.take(count):
        assert np.allclose(x, np.broadcast_to(y.numpy()[..., None, None, None] / 255, x.shape))
        found.append(y.numpy())
    return found


@functools.cache
def known(make, drop_remainder=True):
    """Labels of the batches from the first step on."""
    return labels(make(batch_size=5, drop_remainder=drop_remainder).batches(), 60)


def equal(some, others):
    return len(some) == len(others) and all(map(np.array_equal, some, others))


@every
def test_an_epoch_is_a_permutation_and_no_two_are_alike(make):
    epochs = np.split(np.concatenate(known(make, drop_remainder=False)[: 4 * 5]), 4)
    assert all(np.array_equal(np.sort(epoch), np.arange(EXAMPLES)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4


@every
def test_dropping_the_remainder_repeats_no_example_within_an_epoch(make):
    stream = make(batch_size=5)
    assert stream.steps_per_epoch == 4
    epoch = np.concatenate(labels(stream.batches(4), 4))
    assert len(np.unique(epoch)) == 20


@every
def test_examples_are_all_of_them_in_the_stored_order(make):
    stream = make(batch_size=5)
    found = labels(stream.examples(), 10)
    assert [len(batch) for batch in found] == [5, 5, 5, 5, 3]
    assert np.array_equal(np.concatenate(found), np.arange(EXAMPLES))
    assert stream.steps_per_epoch == len(labels(stream.epoch(), 10)) == 4


@every
def test_the_seed_alone_decides(make):
    new = make.__wrapped__
    tf.random.set_seed(3)
    first = labels(new(batch_size=5, seed=7).batches(), 9)
    tf.random.set_seed(4)
    assert equal(first, labels(new(batch_size=5, seed=7).batches(), 9))
    assert not equal(first, labels(new(batch_size=5, seed=8).batches(), 9))


@ends
@of_every_source(["start"], [(1,), (4,), (11,)], often=(11,))
def test_batches_from_a_step_are_the_later_ones(make, drop_remainder, start):
    stream = make(batch_size=5, drop_remainder=drop_remainder)
    found = labels(stream.batches(start), 12)
    assert equal(found, known(make, drop_remainder)[start : start + 12])


@ends
@of_every_source(
    ["start", "size", "steps_per_epoch"],
    [(0, 3, None), (9, 2, None), (0, 3, 7), (5, 4, 6), (3, 50, None)],
    often=(5, 4, 6),
)
def test_groups_are_the_batches(make, drop_remainder, start, size, steps_per_epoch):
    stream = make(batch_size=5, drop_remainder=drop_remainder)
    epoch = steps_per_epoch or stream.steps_per_epoch
    groups = labels(stream.groups(start, size, steps_per_epoch), 9)
    flat = [batch for group in groups for batch in group]
    assert equal(flat, known(make, drop_remainder)[start : start + len(flat)])
    step = start
    for group in groups:
        inside = step % epoch
        assert 1 <= len(group) <= min(size, epoch - inside)
        assert inside // size == (inside + len(group) - 1) // size
        if drop_remainder:
            assert len(group) == min(size - inside % size, epoch - inside)
        elif group.shape[1] != 5:
            assert group.shape == (1, EXAMPLES % 5)
        step += len(group)


@every
def test_the_kth_pass_is_epoch_k(make):
    stream = make(batch_size=5)
    dataset = stream.epoch()
    assert len(dataset) == 4
    assert dataset.stream is data.stream_of(dataset) is stream
    passes = [*labels(dataset, 9), *labels(dataset, 9), *labels(dataset, 9)]
    assert equal(passes, known(make)[:12])
    assert equal(labels(stream.epoch(), 9), passes[:4])


@every
@ends
def test_without_shuffling_the_order_is_the_stored_one(make, drop_remainder):
    stream = make(batch_size=5, shuffle=False, drop_remainder=drop_remainder)
    for _ in range(2):
        epoch = np.concatenate(labels(stream.epoch(), 9))
        assert np.array_equal(epoch, np.arange(20 if drop_remainder else EXAMPLES))


@every
@pytest.mark.parametrize(
    ("drop_remainder", "wanted"), [(True, None), (True, False), (False, True), (False, False)]
)
def test_element_spec_is_what_comes(make, drop_remainder, wanted):
    stream = make(batch_size=5, drop_remainder=drop_remainder, labels=wanted)
    for dataset in (stream.epoch(), stream.batches(2)):
        assert dataset.element_spec == stream.element_spec
    assert isinstance(stream.element_spec, tuple) == (wanted is not False)
    grouped = tf.nest.flatten(stream.groups(0, 2).element_spec)
    for spec, group in zip(tf.nest.flatten(stream.element_spec), grouped, strict=True):
        assert group == tf.TensorSpec([None, *spec.shape], spec.dtype)


@every
@pytest.mark.parametrize("value_range", [(0, 1), (-1, 1), None])
def test_bytes_become_floats_of_the_range(make, value_range):
    stream = make(batch_size=23, value_range=value_range, shuffle=False)
    low, high = stream.value_range
    assert (low, high) == (value_range or (0, 1))
    x, _ = next(iter(stream.batches()))
    assert x.dtype == tf.float32
    expected = low + (high - low) * np.arange(EXAMPLES) / 255
    assert np.allclose(x.numpy()[:, 0, 0, 0], expected, atol=1e-7)


def test_one_short_batch_is_an_epoch_where_asked_for():
    stream = memory(batch_size=100, drop_remainder=False)
    assert stream.steps_per_epoch == 1
    assert [len(batch) for batch in labels(stream.batches(), 3)] == [23, 23, 23]
    assert [group.shape for group in labels(stream.groups(0, 4), 2)] == [(1, 23), (1, 23)]


@every
def test_a_whole_epoch_can_be_the_last_batch(make):
    stream = make(batch_size=23, drop_remainder=False)
    assert stream.steps_per_epoch == 1
    # The batches have one size, so groups of a longer training epoch hold several.
    assert [len(group) for group in labels(stream.groups(0, 4, 6), 3)] == [4, 2, 4]


@every
def test_streams_work_under_a_strategy(make, two_replicas):
    with two_replicas.scope():
        stream = make(batch_size=6)
        dataset = stream.epoch()
    expected = labels(stream.epoch(), 3)
    shared = []
    for _, y in two_replicas.experimental_distribute_dataset(dataset):
        shared.append(np.concatenate([part.numpy() for part in y.values]))
    assert equal(shared, expected)


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match=r"batch_size=24, more than the 23 .*batch_size=23"):
        memory(batch_size=24)


def test_labels_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="no labels"):
        Stream(MemorySource(np.zeros([4, 1], np.float32), None, INFO), Batching(2, labels=True))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda stream: stream.batches(-1), "start_step=-1"),
        (lambda stream: stream.groups(-1, 2), "start_step=-1"),
        (lambda stream: stream.groups(0, 0), "size=0"),
        (lambda stream: stream.groups(0, 2, 0), "steps_per_epoch=0"),
    ],
)
def test_steps_that_do_not_exist_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(memory(batch_size=5))


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_order_of_a_seed_stays_what_it_was(epoch):
    # Runs are resumed, and results repeated, by later versions of this package.
    known = {0: [16, 6, 11, 2, 14, 1], 3: [17, 9, 19, 11, 14, 3]}
    stream = memory(batch_size=6, seed=7)
    assert labels(stream.batches(epoch * stream.steps_per_epoch), 1)[0].tolist() == known[epoch]


@indexed
def test_stored_examples_can_be_had_by_number(make):
    source = make(batch_size=5).source
    numbers = np.array([[3, 0], [22, 3]])
    x, y, w = source.take(tf.constant(numbers))
    assert x.shape == (2, 2, 2, 2, 1)
    assert np.array_equal(x[..., 0, 0, 0], numbers)
    assert np.array_equal(y, numbers)
    assert w is None
    assert len(source) == EXAMPLES


@every
def test_a_source_tells_what_it_stores(make):
    spec = make(batch_size=5).source.spec
    assert spec.x == tf.TensorSpec([2, 2, 1], tf.uint8)
    assert spec.y == tf.TensorSpec([], tf.int32)
    assert spec.w is None


def test_an_empty_source_is_refused():
    with pytest.raises(ValueError, match="empty data set 'counted'"):
        MemorySource(np.zeros([0, 3], np.float32), None, INFO)
