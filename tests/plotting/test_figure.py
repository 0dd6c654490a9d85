import pytest

from kfdiv import plotting


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": 0}, "columns must be an integer of at least 1"),
        ({"rows": 1.5}, "rows must be an integer of at least 1"),
        ({"size": (4, float("nan"))}, "size must be a finite number > 0"),
    ],
)
def test_a_figure_has_panels_of_a_size(options, message, tmp_path):
    with (
        pytest.raises(ValueError, match=message),
        plotting.figure(tmp_path / "a.png", **options),
    ):
        pass
    assert not list(tmp_path.iterdir())
