import numpy as np
import pytest

from kfdiv.data.shapes import describe_shape_mismatch


@pytest.mark.parametrize(
    ("received", "expected", "fix"),
    [
        ((100, 28, 28), (28, 28, 1), "x[..., None]"),
        ((None, 28, 28), (28, 28, 1), "x[..., None]"),
        ((100, 28, 28, 1), (28, 28), "x[..., 0]"),
        ((28, 28, 1), (28, 28, 1), "x[None]"),
        ((28, 28), (28, 28, 1), "x[None, ..., None]"),
        ((100, 3, 64, 64), (64, 64, 3), "np.moveaxis(x, 1, -1)"),
        ((100, 784), (28, 28, 1), "x.reshape(-1, 28, 28, 1)"),
        ((100, 28, 28), (784,), "x.reshape(-1, 784)"),
        ((4, 100, 3), (3,), "x.reshape(-1, 3)"),
        ((3,), (3,), "x[None]"),
    ],
)
def test_the_fix_that_is_named_works(received, expected, fix):
    message = describe_shape_mismatch(received, expected)
    assert f"x of shape {received}, expected (batch, {', '.join(map(str, expected))})" in message
    assert fix in message
    x = np.zeros([size or 7 for size in received])
    assert eval(fix, {"np": np, "x": x}).shape[1:] == expected


@pytest.mark.parametrize(
    ("received", "expected"), [((100, 5), (3,)), ((None, None), (3,)), ((100,), (3,))]
)
def test_where_nothing_is_likely_nothing_is_made_up(received, expected):
    assert "reshape the data, or change the networks" in describe_shape_mismatch(received, expected)


def test_it_may_have_another_name():
    assert "add the channel axis, images[..., None]" in describe_shape_mismatch(
        (9, 8, 8), (8, 8, 1), "images"
    )


def test_a_number_is_no_data_set():
    assert describe_shape_mismatch((), (3,)).endswith("pass an array of examples.")
