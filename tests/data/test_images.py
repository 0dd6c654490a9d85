import itertools

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from kfdiv import data
from kfdiv.data import images, prepared

SHAPES = {
    "mnist": (28, 28, 1),
    "fashion_mnist": (28, 28, 1),
    "cifar10": (32, 32, 3),
    "celeba": (64, 64, 3),
    "imagenet": (64, 64, 3),
    "imagenet64": (64, 64, 3),
}
LABELS = {"mnist": 10, "fashion_mnist": 10, "cifar10": 10, "imagenet": 1000}


@pytest.fixture(autouse=True)
def _invented_images(tmp_path, monkeypatch):
    """Twelve random images for whatever data set is opened."""
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    with tfds.testing.mock_data(num_examples=12):
        yield


# From disk they are decoded as into memory: for every change with labels and without is enough.
FROM_DISK = ("mnist", "celeba")


@pytest.mark.parametrize(
    ("name", "in_memory"),
    [(name, True) for name in SHAPES]
    + [
        pytest.param(name, False, marks=() if name in FROM_DISK else pytest.mark.rehearsal)
        for name in SHAPES
    ],
)
def test_images_come_in_batches_and_groups(name, in_memory):
    dataset = data.load(name, batch_size=4, in_memory=in_memory, value_range=(-1, 1))
    stream = dataset.stream
    assert (stream.num_examples, stream.steps_per_epoch) == (12, 3)
    assert stream.info.num_classes == LABELS.get(name)
    group = next(iter(stream.groups(0, 2)))
    x = group[0] if name in LABELS else group
    assert x.shape == (2, 4, *SHAPES[name])
    assert x.dtype == tf.float32
    assert -1 <= float(tf.reduce_min(x)) < -0.5
    assert 0.5 < float(tf.reduce_max(x)) <= 1
    if name in LABELS:
        assert group[1].shape == (2, 4)
        assert group[1].dtype == tf.int32


@pytest.mark.parametrize("name", ["cifar10", pytest.param("celeba", marks=pytest.mark.rehearsal)])
def test_read_from_disk_or_memory_the_images_are_the_same(name):
    stored = [
        [np.sum(part) for batch in data.load(name, batch_size=4, shuffle=False, in_memory=where)
         for part in tf.nest.flatten(batch)]
        for where in (True, False)
    ]  # fmt: skip
    assert stored[0] == stored[1]


def test_a_pass_over_files_has_each_image_once_in_an_order_of_its_own():
    def sums(dataset):
        return [float(v) for x in dataset for v in tf.reduce_sum(x, axis=[1, 2, 3])]

    tf.random.set_seed(1)
    dataset = data.load("mnist", batch_size=4, labels=False, in_memory=False)
    first, second = sums(dataset), sums(dataset)
    assert first != second
    assert sorted(first) == sorted(second)
    tf.random.set_seed(2)
    stream = data.load("mnist", batch_size=4, labels=False, in_memory=False).stream
    assert sums(stream.batches(0).take(6)) == first + second
    assert sums(stream.batches(4).take(2)) == second[4:]
    assert sums(data.load("mnist", batch_size=4, labels=False, in_memory=False, seed=1)) != first


def test_size_decides_where_images_are_kept(monkeypatch):
    held = data.load("mnist", batch_size=4).stream
    monkeypatch.setattr(prepared, "MEMORY_LIMIT", 12 * 28 * 28 - 1)
    assert type(held.source) is not type(data.load("mnist", batch_size=4).stream.source)


@pytest.mark.parametrize(("crop", "side"), [("zhang", 140), ("age", 128)])
def test_celeba_crops_the_centre_and_shrinks_it(crop, side):
    top, left = (218 - side) // 2, (178 - side) // 2
    image = np.zeros([218, 178, 3], np.uint8)
    image[top : top + side, left : left + side] = 200
    decode = images.celeba(crop=crop, in_memory=False)._decode
    x = decode({"image": tf.io.encode_png(image)})
    assert x.shape == (64, 64, 3)
    assert np.all(x.numpy() == 200)
    # One more pixel on each side would bring in black.
    wider = prepared.center_crop_resize(tf.constant(image), side + 2, 64).numpy()
    assert wider[0].max() < 200
    assert wider[:, 0].max() < 200


@pytest.mark.parametrize("shape", [(50, 90), (90, 50), (7, 7)])
def test_imagenet_takes_the_largest_square_in_the_middle(shape):
    side = min(shape)
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    image = np.zeros([*shape, 3], np.uint8)
    image[top : top + side, left : left + side] = 200
    encoded = {"image": tf.io.encode_png(image), "label": tf.constant(3, tf.int64)}
    decode = images.imagenet(size=16, in_memory=False)._decode
    x, y = decode(encoded)
    assert x.shape == (16, 16, 3)
    assert np.all(x.numpy() == 200)
    assert (y.dtype, int(y)) == (tf.int32, 3)
    # None of it was left out.
    image[top, left : left + side] = image[top : top + side, left + side - 1] = 0
    smaller = decode({**encoded, "image": tf.io.encode_png(image)})[0]
    assert smaller[0, 8, 0] < 200
    assert smaller[8, -1, 0] < 200


def test_a_resize_to_the_same_size_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, [64, 64, 3]).astype(np.uint8)
    assert np.array_equal(prepared.center_crop_resize(tf.constant(image), None, 64), image)


def test_labels_can_be_left_out_or_missed():
    assert data.load("mnist", batch_size=4, labels=False).element_spec.shape == (4, 28, 28, 1)
    with pytest.raises(ValueError, match="no labels"):
        data.load("celeba", batch_size=4, labels=True)


@pytest.mark.parametrize("name", ["stacked_mnist", "color_mnist"])
@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_digits_of_any_source_are_put_together(name, source):
    x, y = next(iter(data.load(name, "test", 4, source=source)))
    assert x.shape == (4, 28, 28, 3)
    stored = data.load(source, "test", 12, shuffle=False)
    digits, labels = (part.numpy() for part in next(iter(stored)))
    for image, label in zip(x.numpy(), y.numpy(), strict=True):
        classes = (
            [label // 100, label // 10 % 10, label % 10] if label.ndim == 0 else 3 * [label[0]]
        )
        for channel, digit in zip(np.moveaxis(image, -1, 0), classes, strict=True):
            found = [np.array_equal(channel, known) for known in digits[labels == digit, ..., 0]]
            assert any(found) or (name == "color_mnist" and not channel.any())


def test_wrong_options_are_refused():
    with pytest.raises(ValueError, match=r"crop='zang'.*zhang, age.*Did you mean 'zhang'"):
        data.load("celeba", crop="zang")
    for name in ("celeba", "imagenet"):
        with pytest.raises(ValueError, match="size=0"):
            data.load(name, size=0)


def test_every_registered_data_set_is_tested():
    synthetic = {"gaussian_mixture", "two_gaussians", "ring", "grid9", "grid25", "digits"}
    composed = {"stacked_mnist", "color_mnist"}
    own = {"folder", "npz", "csv"}
    assert set(data.registry) == set(itertools.chain(SHAPES, synthetic, composed, own))
