import pathlib
import shutil

import pytest

from kfdiv import files


def test_nul():
    for check in (files.check_path, files.check_writable, files.check_folder_writable):
        with pytest.raises(ValueError, match=r"--output=.* holds a NUL"):
            check("a\0b", "--output")


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    for path, message in (
        (tmp_path, "is a folder; name a file"),
        (tmp_path / "file" / "a.png", "is a file"),
        # A file system that takes no files, also of root.
        (pathlib.Path("/proc/a.png"), "cannot be written"),
        (tmp_path / ("a" * 300) / "b", "too long"),
    ):
        with pytest.raises(OSError, match=message):
            files.check_writable(path, "--output")
    assert files.check_writable(str(tmp_path / "new" / "a.png")) == tmp_path / "new" / "a.png"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_folder_cannot_be_written_to(tmp_path):
    (tmp_path / "file").touch()
    for path, message in (
        (tmp_path / "file", "is a file; choose another --workdir"),
        (tmp_path / "file" / "run", "is a file"),
        # Named as it was given, and not by what would be in it.
        (pathlib.Path("/proc/run"), r"^--workdir=/proc/run cannot be .*; choose another --workdir"),
    ):
        with pytest.raises(OSError, match=message):
            files.check_folder_writable(path, "--workdir")
    with pytest.raises(OSError, match=r"The export /proc/run .*; choose another folder\."):
        files.check_folder_writable("/proc/run", "The export")
    assert files.check_folder_writable(str(tmp_path / "a" / "b")) == tmp_path / "a" / "b"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk(tmp_path, monkeypatch):
    files.check_space(tmp_path / "new", 1000, "two checkpoints")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(OSError, match=r"two checkpoints take 0\.0 GB"):
        files.check_space(tmp_path / "new", 1000, "two checkpoints")
