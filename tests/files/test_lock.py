import errno
import os
import signal
import subprocess
import sys

import pytest

from kfdiv import files
from kfdiv.files import lock

HOLD = """
import sys, time
sys.path[:0] = sys.argv[2:]
from kfdiv.files.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_death_releases_it(tmp_path):
    # Without the package's own import, which takes TensorFlow's time.
    program = HOLD.replace(
        "from kfdiv.files.lock import locked",
        "import importlib.util as u\n"
        "spec = u.spec_from_file_location('lock', sys.argv[2]); lock = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(lock); locked = lock.locked",
    )
    command = [sys.executable, "-c", program, str(tmp_path), lock.__file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        message = rf"is in use by process {process.pid} on .*\. Wait until"
        with pytest.raises(files.InUseError, match=message), files.locked(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
    with files.locked(tmp_path):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_without_locks_it_says_so(tmp_path, monkeypatch):
    def refuse(handle, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with (
        pytest.warns(files.NoLockWarning, match="no locks.*No locks available"),
        files.locked(tmp_path),
    ):
        pass
    monkeypatch.setattr(lock, "fcntl", None)
    with pytest.warns(files.NoLockWarning, match="has no fcntl"), files.locked(tmp_path):
        pass
