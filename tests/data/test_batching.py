import numpy as np
import pytest

from kfdiv.data.batching import Batching


@pytest.mark.parametrize("batch_size", [0, -3])
def test_batch_size_must_be_positive(batch_size):
    with pytest.raises(ValueError, match=f"batch_size must be .* got {batch_size}"):
        Batching(batch_size=batch_size)


@pytest.mark.parametrize(
    "setting",
    [{"batch_size": "10"}, {"batch_size": True}, {"seed": "1"}, {"shuffle": 1}, {"labels": "y"}],
)
def test_types_are_checked(setting):
    (name,) = setting
    with pytest.raises(TypeError, match=f"{name} must be"):
        Batching(**setting)


@pytest.mark.parametrize("value_range", [(0, 255), (1, 0), "unit", 1.0, (0, 0.5, 1)])
def test_value_range_is_one_of_two(value_range):
    with pytest.raises(ValueError, match=r"expected \(0, 1\), \(-1, 1\)"):
        Batching(value_range=value_range)


def test_numpy_integers_and_lists_will_do():
    batching = Batching(batch_size=np.int64(3), value_range=[-1, 1])
    assert (batching.batch_size, batching.value_range) == (3, (-1.0, 1.0))
