import numpy as np
import pytest
from scipy.stats import chi2

from kfdiv import data

EXAMPLES = 20_000


def load(split="train", **options):
    options = {"source": "digits", "num_examples": EXAMPLES, "shuffle": False, **options}
    return data.load("stacked_mnist", split, **options)


def all_labels(**options):
    return np.concatenate([y for _, y in load(batch_size=2000, **options)])


def digits(split="train"):
    dataset = data.load("digits", split, 10_000, shuffle=False, drop_remainder=False, size=28)
    ((x, y),) = list(dataset)
    return x.numpy()[..., 0], y.numpy()


def test_each_channel_is_a_digit_of_its_own_class():
    images, labels = digits()
    known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    x, y = next(iter(load(batch_size=500)))
    for place, power in enumerate((100, 10, 1)):
        found = [known[np.ascontiguousarray(image).tobytes()] for image in x.numpy()[..., place]]
        assert np.array_equal(found, y.numpy() // power % 10)


def test_every_mode_is_there_as_often_as_independent_channels_make_it():
    labels = digits()[1]
    share = np.bincount(labels) / len(labels)
    expected = EXAMPLES * np.einsum("a,b,c->abc", share, share, share).ravel()
    counts = np.bincount(all_labels(), minlength=1000)
    assert counts.min() > 0
    assert len(counts) == 1000
    # Pearson's statistic has 999 degrees of freedom where the three are independent.
    statistic = np.sum((counts - expected) ** 2 / expected)
    assert 1e-4 < chi2.sf(statistic, 999) < 1 - 1e-4


def test_channels_are_not_the_same_image():
    x, _ = next(iter(load(batch_size=1000)))
    same = np.mean(np.all(x[..., 0] == x[..., 1], axis=(1, 2)))
    assert same < 0.01


def test_it_has_the_paper_s_size_by_default():
    stream = data.load("stacked_mnist", source="digits", batch_size=64).stream
    assert (stream.num_examples, stream.steps_per_epoch) == (128_000, 2000)
    assert stream.info.num_classes == 1000
    assert stream.info.name == "stacked_mnist"


def test_the_sample_is_drawn_once_and_the_seed_only_orders():
    y = all_labels()
    assert np.array_equal(y, all_labels(seed=3))
    shuffled = all_labels(seed=3, shuffle=True)
    assert not np.array_equal(y, shuffled)
    assert np.array_equal(np.sort(y), np.sort(shuffled))
    assert not np.array_equal(y, all_labels(sample_seed=1))


def test_splits_are_made_of_different_digits():
    train = {image.tobytes() for image in digits()[0]}
    x, _ = next(iter(load("test", batch_size=200)))
    assert not any(np.ascontiguousarray(x[n, ..., 0]).tobytes() in train for n in range(200))


def test_any_step_can_be_had_directly():
    stream = load(batch_size=64, shuffle=True, seed=5).stream
    steps = stream.steps_per_epoch
    ahead = list(stream.batches(steps - 1).take(3))
    for step, (x, y) in zip((steps - 1, steps, steps + 1), ahead, strict=True):
        again_x, again_y = next(
            iter(load(batch_size=64, shuffle=True, seed=5).stream.batches(step))
        )
        assert np.array_equal(x, again_x)
        assert np.array_equal(y, again_y)


def test_pixels_have_the_range_asked_for():
    for value_range in ((0, 1), (-1, 1)):
        dataset = load(batch_size=100, value_range=value_range)
        x, _ = next(iter(dataset))
        assert (float(np.min(x)), float(np.max(x))) == value_range
        assert dataset.stream.value_range == value_range


def test_labels_can_be_left_out():
    assert load(labels=False).element_spec.shape == (100, 28, 28, 3)


def test_wrong_options_are_refused(tmp_path):
    with pytest.raises(ValueError, match="num_examples=0"):
        load(num_examples=0)
    with pytest.raises(ValueError, match=r"source of digits 'mnits'.*'mnist'.*digits"):
        load(source="mnits")
    with pytest.raises(ValueError, match="split='dev'"):
        load("dev")
    with pytest.raises(FileNotFoundError, match="download=True"):
        load(source="mnist", data_dir=str(tmp_path))
