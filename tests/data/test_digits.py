import numpy as np
import pytest
from sklearn.datasets import load_digits

from kfdiv import data


def images(split, **options):
    dataset = data.load("digits", split, 2000, shuffle=False, drop_remainder=False, **options)
    ((x, y),) = list(dataset)
    return x.numpy(), y.numpy()


def test_the_splits_are_all_of_scikit_learns_digits():
    train, test = images("train"), images("test")
    x, y = (np.concatenate(parts) for parts in zip(train, test, strict=True))
    known = load_digits()
    assert x.shape == (1797, 8, 8, 1)

    def rows(pixels, labels):
        table = np.concatenate([np.rint(pixels.reshape(1797, -1)), labels[:, None]], axis=1)
        return table[np.lexsort(table.T)]

    assert np.array_equal(rows(16 * x, y), rows(known.images, known.target))


def test_the_split_keeps_the_share_of_each_class():
    train, test = np.bincount(images("train")[1]), np.bincount(images("test")[1])
    assert np.all(np.abs(test / (train + test) - 0.2) < 0.01)


@pytest.mark.parametrize("size", [16, 28])
def test_images_can_be_enlarged(size):
    small, large = images("test")[0], images("test", size=size)[0]
    assert large.shape == (len(small), size, size, 1)
    assert np.abs(large.mean((1, 2)) - small.mean((1, 2))).max() < 0.03
    assert large.min() >= 0
    assert 0.9 < large.max() <= 1


def test_impossible_sizes_and_splits_are_refused():
    with pytest.raises(ValueError, match="size=0"):
        data.load("digits", size=0)
    with pytest.raises(ValueError, match="split='validation'"):
        data.load("digits", "validation")
