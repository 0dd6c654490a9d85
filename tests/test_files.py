import json

import pytest

from kfdiv import files


def test_a_failed_write_leaves_the_previous_file_and_nothing_else(tmp_path):
    target = tmp_path / "deep" / "record.json"
    files.write_json(target, {"a": 1})

    def fail():
        with files.replacing(target) as partial:
            partial.write_text("half of")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert json.loads(target.read_text()) == {"a": 1}
    assert list(target.parent.iterdir()) == [target]


def test_the_file_changes_at_the_end_only(tmp_path):
    target = tmp_path / "a.txt"
    with files.replacing(target) as partial:
        partial.write_text("new")
        assert not target.exists()
        assert partial.suffix == ".txt"
    assert target.read_text() == "new"


def test_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "a.json", {"bound": float("nan")})
    assert list(tmp_path.iterdir()) == []
