import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import kstest

from kfdiv import data

WIDTH = 0.3


def load(**options):
    return data.load("digits", batch_size=300, **options)


@pytest.mark.parametrize("labels", [True, False])
def test_noise_is_normal_and_new_at_every_step(labels):
    clean = load(labels=labels).stream
    noised = data.with_noise(load(labels=labels), WIDTH).stream
    noise = []
    for before, after in zip(clean.batches(3).take(8), noised.batches(3), strict=False):
        if labels:
            np.testing.assert_array_equal(before[1], after[1])
            before, after = before[0], after[0]
        noise.append((after - before).numpy() / WIDTH)
    assert kstest(np.ravel(noise), "norm").pvalue > 1e-3
    flat = np.reshape(noise, [8, -1])
    assert np.abs(np.corrcoef(flat) - np.eye(8)).max() < 0.03


def test_it_is_a_function_of_the_step_however_the_steps_are_grouped():
    stream = data.with_noise(load(), WIDTH, seed=3).stream
    alone = np.concatenate([x for x, _ in stream.batches(2).take(7)])
    grouped = [x.numpy().reshape(-1, 8, 8, 1) for x, _ in stream.groups(2, 3).take(7)]
    assert max(map(len, grouped)) == 3 * 300
    np.testing.assert_allclose(np.concatenate(grouped)[: len(alone)], alone, atol=1e-6)
    other = data.with_noise(load(), WIDTH, seed=4).stream
    assert not np.allclose(next(iter(other.batches(2)))[0], alone[:300])


def test_a_pass_over_everything_keeps_the_stored_order_and_the_last_batch():
    clean, noised = load().stream, data.with_noise(load(), WIDTH).stream
    for before, after in zip(clean.examples(), noised.examples(), strict=True):
        np.testing.assert_array_equal(before[1], after[1])
        assert float(tf.reduce_max(tf.abs(after[0] - before[0]))) < 6 * WIDTH


def test_pixels_keep_the_range_that_they_had_before():
    noised = data.with_noise(data.load("digits", value_range=(-1, 1)), 1e-6)
    assert noised.stream.value_range is None
    assert float(tf.reduce_min(next(iter(noised))[0])) == pytest.approx(-1, abs=1e-4)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="width=0"):
        data.with_noise(load(), 0)
    with pytest.raises(ValueError, match=r"has no stream.*before any map"):
        data.with_noise(load().map(lambda x, y: x), 1.0)


def test_noise_leaves_weights_alone_and_can_be_taken_off():
    x = np.arange(60, dtype=np.float32).reshape(20, 3)
    clean = data.from_arrays(x, batch_size=5, sample_weight=np.arange(20) + 1.0)
    stream = data.with_noise(data.with_noise(clean, WIDTH), WIDTH).stream
    for before, after in zip(clean.stream.batches(3).take(5), stream.batches(3), strict=False):
        assert after[1] == ()
        np.testing.assert_array_equal(before[2], after[2])
        assert float(tf.reduce_min(tf.abs(after[0] - before[0]))) > 0
    for before, after in zip(clean.stream.batches().take(3), stream.clean.batches(), strict=False):
        np.testing.assert_array_equal(before[0], after[0])
    (_, _, w), *_ = stream.groups(0, 2).take(1)
    assert w.shape == (2, 5)


@pytest.mark.parametrize("drop_remainder", [True, False])
def test_mapped_batches_are_those_of_map_and_keep_the_stream(drop_remainder):
    clean = load(drop_remainder=drop_remainder)

    def flatten(x, y):
        return tf.reshape(1 - x, [-1, 64]), tf.one_hot(y, 10)

    mapped = data.map_batches(clean, flatten)
    stream = data.stream_of(mapped)
    assert stream.value_range is None
    assert mapped.element_spec == stream.element_spec == clean.map(flatten).element_spec
    expected = list(clean.stream.batches(3).map(flatten).take(7))
    for some, others in zip(expected, stream.batches(3), strict=False):
        for one, other in zip(some, others, strict=True):
            np.testing.assert_array_equal(one, other)
    flat = [x for group, _ in stream.groups(3, 3).take(6) for x in group]
    for (one, _), other in zip(expected, flat, strict=False):
        np.testing.assert_array_equal(one, other)
    assert sum(len(x) for x, _ in stream.examples()) == clean.stream.num_examples


def test_labels_can_be_mapped_away():
    mapped = data.map_batches(load(), lambda x, y: x)
    assert mapped.element_spec == load(labels=False).element_spec
    np.testing.assert_array_equal(next(iter(mapped)), next(iter(load(labels=False))))
