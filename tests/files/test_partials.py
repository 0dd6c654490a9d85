import os
import re
import subprocess
import sys
import time

import pytest

from kfdiv import files
from kfdiv.files import partials


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_names_are_of_one_process_and_keep_their_ends():
    names = {partials.partial_name("model.weights.h5") for _ in range(100)}
    assert len(names) == 100
    assert all(f"-{os.getpid()}-" in name and name.endswith(".weights.h5") for name in names)


def test_what_dead_processes_left_goes_and_what_others_write_stays(tmp_path, dead):
    host = partials._host()
    stale = [f".partial-{dead}-{host}-00000000.a", ".partial-20", f".partial-{dead}-x-00000000.b"]
    kept = [f".partial-{os.getppid()}-{host}-00000000.a", f".partial-{dead}-x-00000000.c", "a.txt"]
    (tmp_path / stale[0]).mkdir()
    (tmp_path / stale[0] / "inner").touch()
    for name in (*stale[1:], *kept):
        (tmp_path / name).touch()
    before = time.time() - 1e5
    os.utime(tmp_path / stale[2], (before, before))
    assert {path.name for path in files.sweep(tmp_path)} == set(stale)
    assert {path.name for path in tmp_path.iterdir()} == set(kept)
    assert files.sweep(tmp_path / "nowhere") == []


def test_a_container_s_next_process_of_the_same_number(tmp_path):
    (tmp_path / partials.partial_name("log.csv")).touch()
    assert len(files.sweep(tmp_path)) == 1
    assert re.fullmatch(r"[A-Za-z0-9]*", partials._host())
