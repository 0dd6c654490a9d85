import numpy as np
import pytest
import tensorflow as tf

from kfdiv.models.reader import Reader


def numbers(count: int = 5):
    return iter(tf.data.Dataset.range(count))


def test_it_knows_its_place() -> None:
    reader = Reader(numbers(), position=10)
    assert int(reader.peek()) == int(reader.peek()) == 0
    assert reader.position == 10
    assert (int(next(reader)), reader.position) == (0, 11)
    assert reader.skip_to(13)
    assert int(next(reader)) == 3
    assert not reader.skip_to(12)


def test_elements_count_the_batches_that_they_stack() -> None:
    groups = [(np.zeros((3, 2)),), (np.zeros((3, 2)),), (np.zeros((1, 2)),)]
    reader = Reader(iter(groups), position=0, grouped=True)
    assert reader.skip_to(3)
    assert reader.skip_to(5)
    ((rest,), (last,)) = next(reader), next(reader)
    assert (rest.shape, last.shape, reader.position) == ((1, 2), (1, 2), 7)
    assert not reader.skip_to(6)


@pytest.mark.parametrize(
    ("count", "one_shot", "message"),
    [
        (0, False, "empty data set"),
        (2, True, r"ended after 2 batches; they come from an iterator.*function"),
        (2, False, r"ended after 2 batches and gave nothing on another pass.*function"),
    ],
)
def test_it_says_how_the_data_ended(count: int, one_shot: bool, message: str) -> None:
    reader = Reader(numbers(count), position=0, one_shot=one_shot)
    assert reader.skip_to(count)
    with pytest.raises(ValueError, match=message):
        next(reader)
