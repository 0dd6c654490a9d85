import numpy as np
import pytest

from kfdiv import data

NAMED = {
    "blue": (0, 0, 1),
    "green": (0, 1, 0),
    "cyan": (0, 1, 1),
    "red": (1, 0, 0),
    "magenta": (1, 0, 1),
    "yellow": (1, 1, 0),
    "white": (1, 1, 1),
}


TRAIN, TEST = 1442, 355  # digits of scikit-learn


def load(split="train", batch_size=TRAIN, **options):
    options = {"source": "digits", "shuffle": False, **options}
    return data.load("color_mnist", split, batch_size, **options)


def everything(split="train", **options):
    ((x, y),) = list(load(split, **options))
    return x.numpy(), y.numpy()


def test_each_digit_is_tinted_with_the_colour_of_its_label():
    x, y = everything()
    ((grey, digit),) = list(data.load("digits", batch_size=TRAIN, shuffle=False, size=28))
    tints = np.array(list(NAMED.values()), "float32")[y[:, 1]]
    assert np.array_equal(x, grey.numpy() * tints[:, None, None, :])
    assert np.array_equal(y[:, 0], digit)


def test_colours_are_uniform_and_independent_of_the_digit():
    _, y = everything()
    counts = np.zeros((10, 7))
    np.add.at(counts, tuple(y.T), 1)
    assert np.all(counts > 0)
    expected = counts.sum(1, keepdims=True) / 7
    # 60 degrees of freedom given the digits; five standard deviations are 55.
    assert abs(np.sum((counts - expected) ** 2 / expected) - 60) < 55


def test_the_colours_are_drawn_once():
    _, y = everything()
    assert np.array_equal(y, everything(seed=1)[1])
    assert not np.array_equal(y[:, 1], everything(sample_seed=1)[1][:, 1])


def test_black_is_the_lowest_value():
    x, _ = everything("test", batch_size=TEST, value_range=(-1, 1))
    assert (x.min(), x.max()) == (-1, 1)
    assert np.all(x[:, 0, 0] == -1)


def test_facts_and_labels():
    stream = load().stream
    assert stream.info.num_classes == 70
    assert stream.num_examples == TRAIN
    assert load(labels=False).element_spec.shape == (TRAIN, 28, 28, 3)


def test_wrong_options_are_refused():
    with pytest.raises(ValueError, match="source of digits 'svhn'"):
        load(source="svhn")
    with pytest.raises(TypeError, match="num_examples"):
        load(num_examples=3)
