"""Feeds deal out every batch once, from any step, in groups that end with the epoch."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models.feed import Feed
from tests.models import contract


def plain(batches: int = 7) -> tf.data.Dataset:
    numbers = tf.data.Dataset.range(batches * 2, output_type=tf.float32)
    return numbers.batch(2, drop_remainder=True)


def stream(batches: int = 7) -> tf.data.Dataset:
    x = np.arange(batches * 2, dtype="float32")[:, np.newaxis]
    return kfdiv.data.from_arrays(x, batch_size=2, shuffle=False)


def deal(feed: Feed, first: int, done: int, group: int, epochs: int) -> list[list[int]]:
    """Run `epochs` Keras epochs of the feed; return the batches' first entries, call by call."""
    beat = iter(feed.dataset_from(first, done, group))
    calls = []

    def run(iterator, steps: int) -> dict:
        element = np.asarray(tf.nest.flatten(next(iterator))[0]).astype(int)
        batches = element if group > 1 else element[np.newaxis]
        assert len(batches) == steps
        calls.append([int(np.ravel(batch)[0]) // 2 for batch in batches])
        return {}

    for _ in range(done // feed.steps_per_epoch, epochs):
        for _ in range(0, feed.steps_per_epoch, group):
            feed.advance(run, beat, dict)
    return calls


class Counter:
    """Endless batches, counted as they are read."""

    def __init__(self, batches: int | None = None) -> None:
        self.read = 0
        self.batches = batches

    def __iter__(self):
        for number in itertools.count() if self.batches is None else range(self.batches):
            self.read += 1
            yield np.full((2, 1), 2 * number, "float32")

    def dataset(self) -> tf.data.Dataset:
        spec = tf.TensorSpec((2, 1), tf.float32)
        dataset = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=spec)
        options = tf.data.Options()
        options.autotune.enabled = False  # it reads ahead
        dataset = dataset.with_options(options)
        if self.batches is None:
            return dataset
        return dataset.apply(tf.data.experimental.assert_cardinality(self.batches))


# For every change: every group from within an epoch, and from every place one that divides none.
PLACES = [
    pytest.param(group, done, marks=() if group == 3 or done == 5 else pytest.mark.rehearsal)
    for group in (1, 3, 7, 10)
    for done in (0, 3, 5, 7, 12)
]


@pytest.mark.parametrize("make", [plain, stream])
@pytest.mark.parametrize(("group", "done"), PLACES)
def test_every_batch_once_from_any_step(make, group: int, done: int) -> None:
    calls = deal(Feed(make()), first=0, done=done, group=group, epochs=3)
    assert list(itertools.chain(*calls)) == [step % 7 for step in range(done, 21)]
    assert max(map(len, calls)) <= group


def test_next_fit_starts_on_a_whole_pass() -> None:
    calls = deal(Feed(stream()), first=5, done=0, group=1, epochs=1)
    assert list(itertools.chain(*calls)) == list(range(7))


def test_steps_per_epoch_may_differ_from_a_pass() -> None:
    calls = deal(Feed(stream(), steps_per_epoch=4), first=0, done=0, group=3, epochs=3)
    assert [len(call) for call in calls] == [3, 1] * 3
    assert list(itertools.chain(*calls)) == [step % 7 for step in range(12)]


def test_plain_groups_need_even_epochs_and_even_batches() -> None:
    with pytest.raises(ValueError, match="multiple of steps_per_execution=3"):
        Feed(plain(), steps_per_epoch=4).dataset_from(0, 0, 3)

    ragged_labels = plain().map(lambda x: (x, x[: tf.cast(x[0], tf.int32)]))
    for ragged in (tf.data.Dataset.range(5).batch(2), ragged_labels):
        with pytest.raises(ValueError, match=r"drop_remainder=True, or .*steps_per_execution=1"):
            Feed(ragged).dataset_from(0, 0, 3)


@pytest.mark.parametrize("group", [1, 3])
def test_nothing_is_read_only_to_be_counted(group: int) -> None:
    counter = Counter()
    for dataset in (plain().filter(lambda batch: True), counter.dataset()):
        with pytest.raises(ValueError, match=r"unknown length.*steps_per_epoch=N.*_cardinality\(N"):
            Feed(dataset)
        calls = deal(Feed(dataset, steps_per_epoch=6), first=0, done=0, group=group, epochs=1)
        assert list(itertools.chain(*calls)) == list(range(6))
    assert counter.read == 6
    with pytest.raises(ValueError, match=r"endless.*steps_per_epoch=N"):
        Feed(plain().repeat())
    with pytest.raises(ValueError, match="empty data set"):
        Feed(plain().take(0))


def test_fewer_examples_than_a_batch_are_one() -> None:
    model = contract.build("vae", run_eagerly=True)
    model.fit(contract.examples()[:64], epochs=2, verbose=0)
    assert int(model.step.numpy()) == 2


def test_validation_takes_every_batch_whatever_the_group() -> None:
    model = contract.build("vae", steps_per_execution=2)
    held_out = contract.examples()[:64]
    data = tf.data.Dataset.from_tensor_slices(held_out).batch(4)
    history = model.fit(contract.dataset(2), epochs=2, validation_data=data, verbose=0).history
    logs = model.evaluate(data, verbose=0, return_dict=True)
    assert history["val_negative_elbo"][-1] == pytest.approx(logs["negative_elbo"], rel=1e-6)


def next_feed(feed: Feed, source: object, steps: int | None = None) -> Feed:
    return Feed.of(source, steps_per_epoch=steps, previous=feed.for_next_fit())


@pytest.mark.parametrize("group", [1, 3])
@pytest.mark.parametrize("steps", [None, 3, 9])
def test_many_fits_read_what_one_reads(group: int, steps: int | None) -> None:
    counter = Counter(batches=6)
    dataset, first, feed, calls = counter.dataset(), 0, None, []
    for count in range(1, 5):
        feed = next_feed(feed, dataset, steps) if feed else Feed.of(dataset, steps_per_epoch=steps)
        assert feed.continued == (count > 1)
        calls += deal(feed, first, 0, group, epochs=1)
        first += feed.steps_per_epoch
        assert counter.read == count * feed.steps_per_epoch
    assert list(itertools.chain(*calls)) == [step % 6 for step in range(first)]


def test_a_fit_that_stopped_within_an_epoch_is_followed_by_a_whole_pass() -> None:
    counter = Counter(batches=6)
    dataset = counter.dataset()
    feed = Feed.of(dataset)
    feed.dataset_from(0, 0, 1)
    for _ in range(4):
        feed.advance(lambda iterator, steps: next(iterator), None, dict)
    calls = deal(next_feed(feed, dataset), first=4, done=0, group=1, epochs=1)
    assert list(itertools.chain(*calls)) == list(range(6))
    assert counter.read == 12


@pytest.mark.parametrize("group", [1, 3, 4])
def test_a_second_fit_is_resumed_where_it_was(group: int) -> None:
    """In a process that repeats the first fit, and with data that change their order."""

    def data() -> tf.data.Dataset:
        numbers = tf.data.Dataset.range(0, 14, 2, output_type=tf.float32)
        return numbers.shuffle(7, seed=0).batch(1, drop_remainder=True)

    def fits(done: int) -> list[int]:
        dataset = data()
        feed = Feed.of(dataset)
        deal(feed, first=0, done=0, group=group, epochs=2)
        calls = deal(next_feed(feed, dataset), first=14, done=done, group=group, epochs=3)
        return list(itertools.chain(*calls))

    whole = fits(0)
    assert whole[:7] != whole[7:14]
    for done in (5, 7, 9):
        assert fits(done) == whole[done:]


def test_the_same_fit_goes_on_in_the_same_process() -> None:
    dataset = plain()
    feed = Feed.of(dataset)
    deal(feed, first=0, done=0, group=1, epochs=2)
    feed = next_feed(feed, dataset)
    calls = deal(feed, first=0, done=14, group=1, epochs=3)
    assert list(itertools.chain(*calls)) == list(range(7))


def test_weights_that_were_loaded_take_the_data_along() -> None:
    dataset = plain()
    feed = Feed.of(dataset, steps_per_epoch=3)
    deal(feed, first=100, done=0, group=1, epochs=3)
    for first, expected in ((103, [3, 4, 5]), (0, [0, 1, 2]), (3, [3, 4, 5])):
        feed = next_feed(feed, dataset, 3)
        calls = deal(feed, first=first, done=0, group=1, epochs=1)
        assert list(itertools.chain(*calls)) == expected


def test_other_data_start_at_their_beginning_without_being_read_in_vain() -> None:
    counter = Counter()
    feed = Feed.of(plain())
    deal(feed, first=0, done=0, group=1, epochs=2)
    feed = next_feed(feed, counter.dataset(), 5)
    assert not feed.continued
    calls = deal(feed, first=14, done=0, group=1, epochs=1)
    assert list(itertools.chain(*calls)) == list(range(5))
    assert counter.read == 5


def test_arrays_and_streams_are_not_kept() -> None:
    x = np.arange(14, dtype="float32")[:, np.newaxis]
    for source in (x, stream()):
        assert Feed.of(source).for_next_fit() is None
    # An array is read anew: it may have changed.
    assert not Feed.of(x, previous=Feed.of(plain())).continued


@pytest.mark.parametrize("make", ["generator", "hidden"])
def test_what_can_be_read_once_is_read_once(make: str) -> None:
    counter = Counter(batches=7)
    iterator = (batch for batch in counter)
    if make == "hidden":
        spec = tf.TensorSpec((2, 1), tf.float32)
        source = tf.data.Dataset.from_generator(lambda: iterator, output_signature=spec)
    else:
        source = iterator
        with pytest.raises(ValueError, match=r"unknown length.*an iterator must have left"):
            Feed.of(batch for batch in Counter())
    feed = Feed.of(source, steps_per_epoch=3)
    feed.dataset_from(0, 0, 1)
    assert float(feed.peek()[0, 0]) == 0
    calls = deal(feed, first=0, done=0, group=1, epochs=1)
    feed = next_feed(feed, source, 3)
    calls += deal(feed, first=3, done=0, group=1, epochs=1)
    assert list(itertools.chain(*calls)) == list(range(6))
    feed = next_feed(feed, source, 3)
    with pytest.raises(ValueError, match=r"ended after 7 batches.*read only once.*function"):
        deal(feed, first=6, done=0, group=1, epochs=1)
    assert counter.read == 7


def test_a_generator_is_not_resumed() -> None:
    feed = Feed.of((batch for batch in Counter()), steps_per_epoch=3)
    with pytest.raises(ValueError, match=r"cannot be resumed.*Pass a function"):
        feed.dataset_from(0, 2, 1)


@pytest.mark.parametrize("make", [plain, stream])
@pytest.mark.parametrize(("done", "group"), [(0, 1), (0, 3), (9, 1), (8, 3)])
def test_the_next_batch_can_be_looked_at(make, done: int, group: int) -> None:
    feed = Feed(make())
    feed.dataset_from(0, done, group)
    x = feed.peek()
    assert x.shape[0] == 2
    assert int(np.ravel(x)[0]) // 2 == done % 7
    calls = deal(feed, 0, done, group, epochs=3)
    assert calls[0][0] == done % 7


def test_an_empty_data_set_of_unknown_length_is_refused() -> None:
    feed = Feed(plain().filter(lambda batch: False), steps_per_epoch=2)
    feed.dataset_from(0, 0, 1)
    with pytest.raises(ValueError, match="empty data set"):
        feed.peek()


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("ours", [True, False])
def test_weights_pass_through_groups(labels: bool, ours: bool) -> None:
    x = np.arange(14, dtype="float32")[:, np.newaxis]
    y, w = (np.arange(14) if labels else None), np.arange(14, dtype="float32")
    dataset = kfdiv.data.from_arrays(x, y, batch_size=2, shuffle=False, sample_weight=w)
    if not ours:
        dataset = dataset.map(lambda *batch: batch)
    feed = Feed(dataset)
    feed.dataset_from(0, 0, 3)
    sizes = []

    def run(iterator, steps: int) -> dict:
        x, y, w = next(iterator)
        np.testing.assert_array_equal(x[..., 0], w)
        assert np.array_equal(y, w) if labels else y == ()
        sizes.append(len(w))
        return {}

    for _ in range(3):
        feed.advance(run, None, dict)
    assert sizes == [3, 3, 1]


def test_replicas_share_the_batches(two_replicas: tf.distribute.MirroredStrategy) -> None:
    for make in (plain, stream):
        feed = Feed(make())
        beat = feed.dataset_from(0, 2, 3, two_replicas)
        # What Keras does with it must be possible.
        two_replicas.experimental_distribute_dataset(beat)
        assert feed.peek().shape[0] == 1
        taken = []

        def run(iterator, steps: int, taken: list = taken) -> dict:
            for _ in range(steps):
                taken.append([int(np.ravel(part)[0]) for part in next(iterator).values])
            return {}

        for _ in range(3):
            feed.advance(run, None, dict)
        assert taken == [[2 * k, 2 * k + 1] for k in range(2, 7)]


def test_an_array_that_is_not_shuffled_is_seen_whole() -> None:
    """Or its last examples would never be trained on."""
    model = contract.build("vae", run_eagerly=True)
    x = contract.examples()[:50]
    x[40:] = 1e3
    losses = model.fit(x, batch_size=20, shuffle=False, verbose=0).history["loss"]
    assert losses[0] > 1e4
    assert int(model.step.numpy()) == 3


def test_nothing_that_a_fit_gives_up_waits_for_a_tuning_thread() -> None:
    """The thread sleeps the longer the older it is, so a long fit would end with a long wait."""
    data = contract.dataset(2)
    feed = Feed(data)
    placeholder = feed.dataset_from(first_step=0, done=0, group=1)
    for dataset in (data, data.stream.batches(), data.stream.groups(0, 2), placeholder):
        assert dataset.options().autotune.enabled is False


def test_fits_in_a_loop_read_no_more_than_they_train_on() -> None:
    counter = Counter()
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    dataset = counter.dataset().map(lambda number: x + number[0])
    model = contract.build("vae")
    model.fit(dataset, steps_per_epoch=2, verbose=0)
    # One batch was looked at before.
    before = counter.read
    for _ in range(4):
        model.fit(dataset, steps_per_epoch=2, verbose=0)
    assert counter.read - before == 8
    assert int(model.step.numpy()) == 10


def test_a_py_dataset_and_a_generator_train() -> None:
    items = np.split(contract.examples(), 5)

    class Items(keras.utils.PyDataset):
        def __len__(self) -> int:
            return len(items)

        def __getitem__(self, index: int) -> np.ndarray:
            return items[index]

    model = contract.build("vae")
    model.fit(Items(), epochs=2, verbose=0)
    assert int(model.step.numpy()) == 10
    model.fit((items[k % 5] for k in itertools.count()), steps_per_epoch=3, verbose=0)
    assert int(model.step.numpy()) == 13


@pytest.mark.parametrize("done", range(8))
@pytest.mark.parametrize(("rows", "smaller"), [(7, True), (9, False), (3, False)])
def test_which_batches_are_smaller_does_not_depend_on_where_a_run_goes_on(
    rows: int, smaller: bool, done: int
) -> None:
    """Of a data set that leaves sizes open, the last of a pass may be; of 3 rows it is all."""
    feed = Feed(tf.data.Dataset.range(rows).batch(3))
    beat = iter(feed.dataset_from(0, done, 1))
    found = []

    def run(reader, steps: int) -> dict:
        element = next(reader)
        found.append((int(element[0]), reader.is_smaller(element)))
        return {}

    for _ in range(9):
        feed.advance(run, beat, dict)
    starts = list(range(0, rows, 3)) * 9
    expected = [(start, smaller and start == 6) for start in starts]
    assert found == expected[done % feed.steps_per_epoch : 9]
