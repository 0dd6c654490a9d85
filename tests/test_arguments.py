"""Checks of numbers, flags and choices."""

import numpy as np
import pytest

from kfdiv import arguments

NAN, INF = float("nan"), float("inf")
NO_NUMBERS = [True, False, np.True_, "3", None, [3], 3j]


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.uint8(3), np.float32(3)])
def test_counts_are_python_integers(value):
    found = arguments.check_count("epochs", value)
    assert (type(found), found) == (int, 3)


@pytest.mark.parametrize("value", [0, -1, 2.5, NAN, INF, -INF])
def test_what_is_no_count_is_refused(value):
    with pytest.raises(
        ValueError, match=f"epochs must be an integer of at least 1, but got {value}"
    ):
        arguments.check_count("epochs", value)


def test_a_count_has_its_own_least():
    assert arguments.check_count("epochs", 0, least=0) == 0
    with pytest.raises(ValueError, match="chains must be an integer of at least 2, but got 1"):
        arguments.check_count("chains", 1, least=2)
    with pytest.raises(ValueError, match="every must be a positive number of epochs, but got 0"):
        arguments.check_count("every", 0, expected="a positive number of epochs")


@pytest.mark.parametrize(
    "check", [arguments.check_count, arguments.check_number, arguments.check_share]
)
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_refused_by_its_type(check, value):
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match=r"clip must be .*number|clip must be an integer"):
            check("clip", value)


@pytest.mark.parametrize("value", [2, 2.0, np.int32(2), np.float32(2)])
def test_numbers_are_python_floats(value):
    found = arguments.check_number("margin", value)
    assert (type(found), found) == (float, 2.0)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside", "message"),
    [
        ({}, [-1e300, 0, 1e300], [NAN, INF, -INF], "a finite number, but"),
        ({"above": 0}, [1e-300, 5], [0, -1, NAN, INF], "a finite number > 0, but"),
        ({"least": 0}, [0, 5], [-1e-9, NAN, INF], "a finite number >= 0, but"),
        ({"above": 0, "below": 1}, [0.5], [0, 1, NAN], "a finite number > 0 and < 1, but"),
        ({"least": 0, "most": 1}, [0, 1], [-0.1, 1.1, NAN], "a finite number >= 0 and <= 1, but"),
        ({"above": 0, "expected": "positive"}, [1], [0, NAN, INF], "margin must be positive, but"),
    ],
)
def test_bounds(bounds, inside, outside, message):
    for value in inside:
        assert arguments.check_number("margin", value, **bounds) == value
    for value in outside:
        with pytest.raises(ValueError, match=message):
            arguments.check_number("margin", value, **bounds)


@pytest.mark.parametrize("value", [-0.1, 1.5, NAN, INF])
def test_a_share_lies_between_its_ends(value):
    assert [arguments.check_share("clip", end) for end in (0, 1)] == [0.0, 1.0]
    with pytest.raises(ValueError, match=r"clip must be a number in \[0, 1\], but got"):
        arguments.check_share("clip", value)


@pytest.mark.parametrize("value", [0, 1, None, "yes", np.True_])
def test_a_flag_is_true_or_false(value):
    assert arguments.check_flag("shuffle", False) is False
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match="shuffle must be True or False, but got"):
            arguments.check_flag("shuffle", value)


@pytest.mark.parametrize("value", [1, 0, "Auto", None, NAN])
def test_a_choice_is_compared_with_its_type(value):
    choices = (True, False, "auto")
    assert [arguments.check_choice("jit_compile", choice, choices) for choice in choices] == [
        *choices
    ]
    with pytest.raises(ValueError, match="jit_compile must be one of True, False, auto, but got"):
        arguments.check_choice("jit_compile", value, choices)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ((1, 1), ValueError),
        ((1, 0), ValueError),
        ((0, NAN), ValueError),
        ((0, INF), ValueError),
        ((0, 1, 2), TypeError),
        (1, TypeError),
        ("01", TypeError),
        ((False, True), TypeError),
    ],
)
def test_a_range_has_two_ends_in_order(value, error):
    assert arguments.check_range("value_range", np.array([-1, 1])) == (-1.0, 1.0)
    with pytest.raises(error, match=r"value_range.* must be"):
        arguments.check_range("value_range", value)


def test_unknown_options_are_refused_with_the_nearest():
    arguments.check_options("f(...)", [], ["epochs"])
    arguments.check_options("f(...)", ["epochs"], ["epochs", "x"])
    message = r"f\(...\) has no setting 'epoch'. Did you mean 'epochs'\? Choose from: epochs, x\."
    with pytest.raises(TypeError, match=message):
        arguments.check_options("f(...)", ["x", "epoch"], ["epochs", "x"], kind="setting")
