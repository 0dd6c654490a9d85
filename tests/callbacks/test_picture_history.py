import numpy as np
import pytest
from PIL import Image

from kfdiv import callbacks, plotting
from tests.damages import DAMAGES


@pytest.fixture
def picture(tmp_path):
    plotting.save_grid(np.random.default_rng(0).random((9, 4, 4, 1)), tmp_path / "samples.png")
    return tmp_path / "samples.png"


@pytest.mark.parametrize("every", [1, 3])
def test_never_more_than_most_and_the_same_ones_however_they_came(every):
    history = callbacks.PictureHistory("nowhere", every, most=8)
    there = set()
    for newest in range(1, 200):
        if history.is_kept(newest, newest):
            there = {epoch for epoch in there if history.is_kept(epoch, newest)} | {newest}
        # None was needed that had been removed before.
        assert there == {e for e in range(1, newest + 1) if history.is_kept(e, newest)}
        assert len(there) <= 8
        if newest >= 8 * every:
            assert len(there) >= 4
            assert every in there
            assert newest - max(there) <= newest / 3


def test_copies_are_small_and_say_whose_they_are(picture, tmp_path):
    history = callbacks.PictureHistory(tmp_path / "history", most=4, run={"seed": 0, "epochs": 3})
    for epoch in (1, 2, 3, 4):
        history.add(picture, epoch)
    names = [path.name for path in sorted((tmp_path / "history").iterdir())]
    assert names == ["epoch-000001.png", "epoch-000002.png", "epoch-000004.png"]
    with Image.open(tmp_path / "history" / names[0]) as copy:
        assert max(copy.size) <= 300
    # A run that went on from before has not come to the last.
    assert [epoch for epoch, _ in history.found(newest=3)[0]] == [1, 2]
    # It may go on to later epochs, and is the same run.
    longer = callbacks.PictureHistory(tmp_path / "history", run={"seed": 0, "epochs": 9})
    assert len(longer.found(newest=4)[0]) == 3
    other = callbacks.PictureHistory(tmp_path / "history", run={"seed": 1, "epochs": 3})
    good, notes = other.found(newest=4)
    assert good == []
    assert notes[0] == "history/epoch-000001.png is of another run: left out."


@pytest.mark.parametrize("damage", ["empty", "truncate", "flip"])
def test_a_damaged_copy_is_left_out(picture, tmp_path, damage):
    history = callbacks.PictureHistory(tmp_path / "history")
    history.add(picture, 1)
    history.add(picture, 2)
    DAMAGES[damage](tmp_path / "history" / "epoch-000002.png")
    good, notes = history.found(newest=2)
    assert [epoch for epoch, _ in good] == [1]
    assert notes == ["history/epoch-000002.png is no whole picture: left out."]


def test_what_is_kept_is_drawn_also_while_another_is_being_drawn(model, dataset, tmp_path):
    samples = callbacks.SampleGrid(tmp_path / "samples.png", num=4)
    samples.thumbnails = callbacks.PictureHistory(tmp_path / "history")
    model.fit(dataset, epochs=4, verbose=0, callbacks=[samples])
    good, notes = samples.thumbnails.found(newest=4)
    assert ([epoch for epoch, _ in good], notes) == ([1, 2, 3, 4], [])
    with Image.open(good[-1][1]) as last, Image.open(tmp_path / "samples.png") as whole:
        np.testing.assert_array_equal(last, plotting.reduced(whole, 300))
