"""Feeds deal out every batch once, from any step, in groups that end with the epoch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models.feed import Feed
from tests.models import contract


def plain(batches: int = 7) -> tf.data.Dataset:
    return tf.data.Dataset.range(batches * 2).batch(2, drop_remainder=True)


def stream(batches: int = 7) -> tf.data.Dataset:
    x = np.arange(batches * 2, dtype="float32")[:, np.newaxis]
    return kfdiv.data.from_arrays(x, batch_size=2, shuffle=False)


def deal(feed: Feed, first: int, done: int, group: int, epochs: int) -> list[list[int]]:
    """Run `epochs` Keras epochs of the feed; return the batches' first entries, call by call."""
    dataset = feed.dataset_from(first, done, group, replicas=1)
    iterator, calls = iter(dataset), []

    def run(iterator, steps: int) -> dict:
        element = np.asarray(next(iterator)).astype(int)
        batches = element if group > 1 else element[np.newaxis]
        assert len(batches) == steps
        calls.append([int(np.ravel(batch)[0]) // 2 for batch in batches])
        return {}

    for _ in range(done // feed.steps_per_epoch, epochs):
        for _ in range(0, feed.steps_per_epoch, group):
            feed.advance(run, iterator, dict)
    return calls


@pytest.mark.parametrize("make", [plain, stream])
@pytest.mark.parametrize("group", [1, 3, 7, 10])
@pytest.mark.parametrize("done", [0, 3, 5, 7, 12])
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
        Feed(plain(), steps_per_epoch=4).dataset_from(0, 0, 3, replicas=1)
    ragged = tf.data.Dataset.range(5).batch(2)
    with pytest.raises(ValueError, match="drop_remainder=True"):
        Feed(ragged).dataset_from(0, 0, 3, replicas=1)


def test_data_of_unknown_length_are_counted() -> None:
    counted = plain().filter(lambda batch: True)
    assert Feed(counted).steps_per_epoch == 7


def test_fewer_examples_than_a_batch_are_one() -> None:
    model = contract.build("vae")
    model.fit(contract.examples()[:64], epochs=2, verbose=0)
    assert int(model.step.numpy()) == 2


def test_validation_takes_every_batch_whatever_the_group() -> None:
    model = contract.build("vae", steps_per_execution=5)
    held_out = contract.examples()[:64]
    data = tf.data.Dataset.from_tensor_slices(held_out).batch(4)
    history = model.fit(contract.dataset(), epochs=2, validation_data=data, verbose=0).history
    logs = model.evaluate(data, verbose=0, return_dict=True)
    assert history["val_negative_elbo"][-1] == pytest.approx(logs["negative_elbo"], rel=1e-6)


def test_data_of_unknown_length_are_grouped() -> None:
    calls = deal(Feed(plain().filter(lambda batch: True)), first=0, done=0, group=3, epochs=2)
    assert [len(call) for call in calls] == [3, 3, 1] * 2
    assert list(itertools.chain(*calls)) == [step % 7 for step in range(14)]
