"""What a file holds when writing it fails."""

from __future__ import annotations

import pathlib
import resource

import pytest

from tests.models import contract


def test_a_file_that_cannot_be_written_to_its_end_leaves_the_one_before(
    tmp_path: pathlib.Path,
) -> None:
    model, path = contract.build("vae"), tmp_path / "m.keras"
    model.save(path)
    whole, limit = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) // 2, limit[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            model.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert path.read_bytes() == whole
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
