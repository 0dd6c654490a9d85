import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kfdiv import data
from kfdiv.data import damaged, pictures


def save(path, value=0, shape=(6, 4), mode="RGB", **options):
    """A picture of one value, whose sides are `shape`, width first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, shape, value).save(path, **options)
    return str(path)


@pytest.fixture
def root(tmp_path):
    """Forty pictures of known colours, a third of them deeper down; the red tells them apart."""
    for k in range(40):
        below = ("cats", "dogs", "dogs/deep")[k % 3]
        save(tmp_path / "pics" / below / f"{k:02}.{('png', 'JPG')[k % 2]}", (6 * k, 9, 9))
    return tmp_path / "pics"


def reds(dataset):
    """Which of the pictures a data set has, without a pipeline, which takes time to make."""
    source = dataset.stream.source
    x = source.take(tf.range(len(source))).x.numpy()
    return np.rint(x[:, 0, 0, 0] / 6).astype(int).tolist()


def open_all(root, **options):
    options = {"batch_size": 8, "size": 4, "test_share": 0.0, **options}
    return data.load("folder", path=root, **options)


def test_each_picture_comes_once_with_the_label_of_its_subfolder(root):
    dataset = open_all(root, value_range=(-1, 1))
    stream = dataset.stream
    assert (stream.num_examples, stream.info.class_names) == (40, ("cats", "dogs"))
    assert dataset.element_spec[0] == tf.TensorSpec([8, 4, 4, 3], tf.float32)
    found = {}
    for x, y in dataset:
        reds = np.rint(255 * (x[:, 0, 0, 0].numpy() + 1) / 12).astype(int)
        found |= dict(zip(reds.tolist(), y.numpy().tolist(), strict=True))
    assert found == {k: min(k % 3, 1) for k in range(40)}


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_batch_is_a_function_of_the_step(root, in_memory):
    stream = open_all(root, in_memory=in_memory, seed=3).stream
    steps = list(stream.batches(0).take(7))
    first = [tuple(x[:, 0, 0, 0].numpy()) for x, _ in steps]
    assert len(set(first)) == 7
    # Another process, which begins at step 5, a group of two steps at a time.
    again = open_all(root, in_memory=not in_memory, seed=3).stream
    x, y = next(iter(again.groups(5, 2)))
    # Groups end at multiples of two, and at the epoch's end, which is step 5.
    np.testing.assert_array_equal(x, np.stack([steps[5][0], steps[6][0]]))
    np.testing.assert_array_equal(y, np.stack([steps[5][1], steps[6][1]]))
    np.testing.assert_array_equal(again.first_batch()[0], steps[0][0])


def test_the_split_is_by_the_name_and_stays(root):
    options = {"batch_size": 1, "test_share": 0.4, "shuffle": False}
    test, train = (set(reds(open_all(root, split=s, **options))) for s in ("test", "train"))
    assert test | train == set(range(40))
    assert not test & train
    assert 8 <= len(test) <= 24
    os.remove(root / "cats" / f"{min(k for k in train if k % 6 == 0):02}.png")
    assert set(reds(open_all(root, split="test", **options))) == test
    assert set(reds(open_all(root, split="test", **options, split_seed=1))) != test


def test_folders_may_be_the_splits(tmp_path):
    for split, count in (("train", 4), ("test", 2)):
        for k in range(count):
            save(tmp_path / split / "ab"[k % 2] / f"{k}.png", (6 * k, 0, 0))
    train, test = (
        data.load("folder", s, path=tmp_path, size=2, batch_size=2) for s in ("train", "test")
    )
    assert sorted(reds(train)) == [0, 1, 2, 3]
    assert (sorted(reds(test)), test.stream.info.class_names) == ([0, 1], ("a", "b"))
    with pytest.raises(ValueError, match=r"train and test, which are the splits\. Leave"):
        data.load("folder", path=tmp_path, size=2, test_share=0.5)
    save(tmp_path / "more" / "x.png")
    with pytest.raises(ValueError, match=r"beside them pictures in more\. Move those"):
        data.load("folder", path=tmp_path, size=2)


def test_the_digest_tells_changed_folders(root):
    before = open_all(root).stream.info.digest
    assert open_all(root, split="train", size=2).stream.info.digest == before
    save(root / "cats" / "new.png")
    assert open_all(root).stream.info.digest != before


GRADIENT = np.arange(0, 240, 40, dtype=np.uint8)[None, :].repeat(2, 0)  # 6 wide, 2 high


@pytest.mark.parametrize(
    ("resize", "expected"),
    [
        ("crop", [[80, 120]] * 2),
        # Half a square of white above and below; antialiased over three pixels each.
        ("stretch", None),
        ("pad", None),
    ],
)
def test_what_becomes_of_the_sides_is_said(tmp_path, resize, expected):
    path = str(tmp_path / "wide.png")
    Image.fromarray(GRADIENT).save(path)
    found = pictures.read(path, 2, 1, resize)[..., 0]
    if resize == "crop":
        assert found.tolist() == expected
    if resize == "stretch":
        assert (found[0] == found[1]).all()
        assert (found[:, 0] < 80).all()
        assert (found[:, 1] > 120).all()
    if resize == "pad":
        rows = pictures.read(path, 6, 1, resize)[..., 0]
        assert (rows[[0, 1, 4, 5]] == 255).all()
        np.testing.assert_array_equal(rows[2:4], GRADIENT)


@pytest.mark.parametrize(
    ("mode", "value", "channels", "expected"),
    [
        ("L", 100, 3, [100, 100, 100]),
        ("LA", (100, 255), 1, [100]),
        ("RGBA", (200, 0, 0, 0), 3, [255, 255, 255]),
        ("RGBA", (0, 0, 0, 51), 3, [204, 204, 204]),
        ("I;16", 257 * 100, 1, [100]),
        ("1", 1, 3, [255, 255, 255]),
        ("RGB", (50, 50, 50), 1, [50]),
    ],
)
def test_pictures_of_every_kind_become_grey_or_coloured(tmp_path, mode, value, channels, expected):
    path = save(tmp_path / "a.png", value, mode=mode)
    assert pictures.read(path, 2, channels)[1, 1].tolist() == expected


def test_palettes_cmyk_and_the_camera_s_orientation(tmp_path):
    path = str(tmp_path / "palette.png")
    Image.new("RGB", (4, 4), (10, 20, 30)).quantize(4).save(path)
    assert pictures.read(path, 2, 3)[0, 0].tolist() == [10, 20, 30]
    path = save(tmp_path / "cmyk.jpg", (0, 255, 255, 0), mode="CMYK")
    assert np.abs(pictures.read(path, 2, 3)[0, 0] - np.array([255.0, 0, 0])).max() < 4
    path = str(tmp_path / "turned.jpg")
    image = Image.fromarray(np.repeat([[0] * 16 + [255] * 16], 32, 0).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by 90 degrees clockwise: what was left is above.
    image.save(path, exif=exif)
    found = pictures.read(path, 4, 1)[..., 0]
    assert found[0].max() < 40
    assert found[3].min() > 215


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path):
    rng = np.random.default_rng(0)
    pixels = np.kron(rng.integers(0, 255, (8, 8)), np.ones((64, 64))).astype(np.uint8)
    path = str(tmp_path / "large.jpg")
    Image.fromarray(pixels).save(path, quality=95)
    # Every pixel decoded, then the same filter.
    whole = np.asarray(Image.open(path).resize((8, 8), Image.Resampling.BICUBIC), float)
    found = pictures.read(path, 8, 1)[..., 0]
    assert np.abs(found - whole).max() <= 4
    assert found.std() > 30


def test_mistakes_have_their_messages(root, tmp_path):
    with pytest.raises(TypeError, match="'folder' needs path: load"):
        data.load("folder", size=4)
    with pytest.raises(TypeError, match="'folder' needs size"):
        data.load("folder", path=root)
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere; check path"):
        open_all(tmp_path / "nowhere")
    with pytest.raises(NotADirectoryError, match="is a file; path must be the folder"):
        open_all(root / "cats" / "00.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no picture below .*, nor any other file; exp"):
        open_all(tmp_path / "empty")
    (tmp_path / "empty" / "a.webp").touch()
    with pytest.raises(FileNotFoundError, match=r"no picture .*, only a\.webp; .*\.png, \.jpg"):
        open_all(tmp_path / "empty")
    with pytest.raises(ValueError, match="resize must be one of crop, pad, stretch, but got 'cut'"):
        open_all(root, resize="cut")
    with pytest.raises(ValueError, match="channels must be one of 1, 3, but got 4"):
        open_all(root, channels=4)
    with pytest.raises(ValueError, match="size must be a positive number of pixels, but got 0"):
        open_all(root, size=0)
    with pytest.raises(ValueError, match="test_share must be a finite number >= 0 and < 1"):
        open_all(root, test_share=1.0)
    with pytest.raises(ValueError, match="split must be one of train, test, but got 'dev'"):
        open_all(root, split="dev")
    with pytest.raises(ValueError, match=r"None of the 40 examples .* in the split 'test'"):
        open_all(root, split="test")
    with pytest.raises(ValueError, match="batch_size=99, more than the 40 examples"):
        open_all(root, batch_size=99)


def test_other_files_are_named_and_left_out_on_demand(root):
    (root / "notes.txt").write_text("mine")
    (root / ".DS_Store").write_bytes(b"not looked at")
    (root / "cats" / "gif.png").write_bytes(b"GIF89a" + bytes(99))
    (root / "cats" / "none.jpg").touch()
    with pytest.raises(data.DamagedFileError) as caught:
        open_all(root)
    for part in ("3 files", "notes.txt is none by its name", "gif.png is neither PNG nor JPEG",
                 "b'GIF89a", "none.jpg is empty", "Convert them", "unreadable='skip'"):  # fmt: skip
        assert part in str(caught.value)
    with pytest.warns(UserWarning, match=r"Left out 3 files .*notes\.txt.* 40 are left"):
        assert open_all(root, unreadable="skip").stream.num_examples == 40


@pytest.fixture
def damaged_root(root):
    path = root / "cats" / "00.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (9, 9), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:60])
    return root


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_damaged_picture_is_named_where_it_is_met(damaged_root, in_memory):
    stream = open_all(damaged_root, shuffle=False, in_memory=in_memory).stream
    with pytest.raises(data.DamagedFileError, match=r"00\.png cannot be read .* Replace it or"):
        stream.first_batch()
    with (
        pytest.raises(data.DamagedFileError, match=r"00\.png cannot be read .*='skip', which read"),
        damaged.named(),
    ):
        list(stream.epoch())


@pytest.mark.parametrize("in_memory", [True, False])
def test_damaged_pictures_can_be_left_out(damaged_root, in_memory):
    with pytest.warns(UserWarning, match=r"Left out 1 file .*00\.png cannot be read.* 39 are left"):
        dataset = open_all(damaged_root, unreadable="skip", in_memory=in_memory, batch_size=39)
    assert sorted(reds(dataset)) == list(range(1, 40))


def test_other_errors_of_tensorflow_stay(root):
    with pytest.raises(tf.errors.InvalidArgumentError, match="other"), damaged.named():
        raise tf.errors.InvalidArgumentError(None, None, "other")
