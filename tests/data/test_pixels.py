import numpy as np
import pytest
import tensorflow as tf

from kfdiv.data import pixels


@pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0)])
def test_all_bytes_are_scaled_and_stay_in_range(value_range):
    low, high = value_range
    x = pixels.to_float(tf.cast(tf.range(256), tf.uint8), value_range).numpy()
    assert np.allclose(x, np.linspace(low, high, 256), atol=2e-7)
    assert (x[0], x[-1]) == value_range


def test_the_first_bad_value_is_found_across_blocks(monkeypatch):
    monkeypatch.setattr(pixels, "_BLOCK", 7)
    x = np.zeros([10, 3, 2], np.float32)
    x[4, 1, 1] = np.nan
    x[9, 2, 0] = -np.inf
    with pytest.raises(
        ValueError, match=r"2 of 60 values not finite in x.*nan at index \(4, 1, 1\)"
    ):
        pixels.check_finite(x, "x")


def test_floats_out_of_range_are_refused():
    x = np.array([[0.0, 0.5], [1.0, 1.5]], np.float32)
    pixels.check_range(x[:1], (0.0, 1.0))
    with pytest.raises(ValueError, match=r"1 of 4 values outside value_range=\(0, 1\).*\(1, 1\)"):
        pixels.check_range(x, (0.0, 1.0))
