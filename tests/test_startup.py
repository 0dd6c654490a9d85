"""Programs begin without log lines of TensorFlow; other people's begin as they like."""

import contextlib
import os
import subprocess
import sys
import tempfile

import pytest

from kfdiv import startup

LINES = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"I0000 00:00:1795765540.143419   22932 port.cc:153] oneDNN custom operations are on.\n"
    b"E0000 00:00:1795765767.108718   22932 cuda_platform.cc:52] failed call to cuInit\n"
)


@pytest.mark.parametrize(
    ("argv", "original", "ours"),
    [
        (["-m", "--list"], ["python", "-m", "kfdiv.train", "--list"], True),
        (["-m"], ["python", "-W", "error", "-mkfdiv.sample"], True),
        (["/usr/bin/kfdiv-train"], ["python", "/usr/bin/kfdiv-train"], True),
        (["-m"], ["python", "-m", "pytest", "kfdiv"], False),
        (["/usr/bin/pytest"], ["python", "/usr/bin/pytest"], False),
        ([""], ["python"], False),
        (["-c"], ["python", "-c", "import kfdiv"], False),
        ([], [], False),
    ],
)
def test_which_programs_are_ours(argv, original, ours):
    assert startup.is_program(argv, original) == ours


def written_within(context):
    """What is seen of standard error, of which log lines and another are written within."""
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            with contextlib.suppress(ImportError), context:
                os.write(2, LINES + b"a warning that is none of TensorFlow's\n")
                raise ImportError
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        return file.read()


def test_log_lines_are_held_back_and_nothing_else():
    assert written_within(startup.held_back()) == b"a warning that is none of TensorFlow's\n"


@pytest.mark.parametrize(
    ("level", "ours", "seen"), [(None, True, False), ("1", True, False), ("0", True, True),
                                (None, False, True)]
)  # fmt: skip
def test_the_user_s_level_wins(monkeypatch, level, ours, seen):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    if level is not None:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    monkeypatch.setattr(startup, "is_program", lambda argv, original: ours)
    assert (b"oneDNN" in written_within(startup.without_log_lines())) == seen
    expected = level if level is not None else "3" if ours else None
    assert os.environ.get("TF_CPP_MIN_LOG_LEVEL") == expected


@pytest.mark.rehearsal
def test_a_program_s_first_line_is_its_own():
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-m", "kfdiv.train", "--list"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert ended.stderr == ""
    assert ended.stdout.startswith("Presets")
