import json
import os

import pytest

from kfdiv import files
from kfdiv.files import atomic


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


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "export"
    for text in ("first", "second"):
        with files.replacing_folder(target) as partial:
            (partial / "inner").mkdir()
            (partial / "inner" / "a.txt").write_text(text)
        assert (target / "inner" / "a.txt").read_text() == text

    def fail():
        with files.replacing_folder(target) as partial:
            (partial / "b.txt").write_text("half of")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert [path.name for path in target.iterdir()] == ["inner"]
    assert list(target.parent.iterdir()) == [target]


def test_contents_and_names_are_flushed_in_this_order(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(atomic, "flush", lambda path: done.append(path.exists() and path.name))
    move = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("move") or move(*paths))
    files.write_json(tmp_path / "a.json", {})
    partial, moved, folder = done
    assert partial.endswith(".a.json")
    assert (moved, folder) == ("move", tmp_path.name)
