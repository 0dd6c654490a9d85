"""Processes of a second or less, in place of training."""

import os
import signal
import sys
import threading
import time

import pytest

from kfdiv import files
from kfdiv.runs.processes import Job, run_jobs

WAITS = """
import signal, sys, time
def stop(number, frame):
    print("stopped by", number); sys.exit(128 + number)
signal.signal(signal.SIGINT, stop); signal.signal(signal.SIGTERM, stop)
open(sys.argv[1] + "/began", "w").close()
time.sleep(20)
"""


def job(folder, name, code, *arguments):
    # Without site's packages it begins in no time.
    command = [sys.executable, "-I", "-S", "-c", code, *arguments]
    return Job(name, command, folder / "logs" / f"{name}.txt", folder / name)


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_that_fails_stops_no_others(tmp_path):
    codes = {"a": "print('done')", "b": "import sys; sys.exit('error: no')",
             "c": "import os; os.kill(os.getpid(), 9)", "d": "print('too')"}  # fmt: skip
    ended = {}
    jobs = [job(tmp_path, name, code) for name, code in codes.items()]
    assert run_jobs(jobs, 2, lambda job, code: ended.update({job.name: code})) is None
    assert ended == {"a": 0, "b": 1, "c": -9, "d": 0}
    assert (tmp_path / "logs" / "b.txt").read_text() == "error: no\n"


def test_no_more_at_a_time_than_asked_for(tmp_path):
    code = (
        "import os, sys, time; open(sys.argv[1] + '/' + str(os.getpid()), 'w').close(); "
        "time.sleep(.1); n = len(os.listdir(sys.argv[1])); os.unlink(sys.argv[1] + '/' + "
        "str(os.getpid())); sys.exit(n)"
    )
    (tmp_path / "there").mkdir()
    most = []
    jobs = [job(tmp_path, name, code, str(tmp_path / "there")) for name in "abcd"]
    run_jobs(jobs, 2, lambda job, code: most.append(code))
    assert len(most) == 4
    assert max(most) <= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_all_and_nothing_else_begins(tmp_path, number):
    jobs = [job(tmp_path, name, WAITS, str(tmp_path / name)) for name in "abc"]
    for name in "abc":
        (tmp_path / name).mkdir()
    ended = {}

    def send():
        wait_for(lambda: all((tmp_path / name / "began").exists() for name in "ab"))
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send)
    sender.start()
    handler = signal.getsignal(number)
    assert run_jobs(jobs, 2, lambda job, code: ended.update({job.name: code})) == number
    sender.join()
    assert ended == {"a": 128 + number, "b": 128 + number}
    assert not (tmp_path / "c" / "began").exists()
    assert signal.getsignal(number) is handler


def test_what_another_process_does_is_waited_for(tmp_path):
    held = threading.Event()

    def hold():
        with files.locked(tmp_path / "a"):
            held.set()
            wait_for(lambda: (tmp_path / "logs" / "b.txt").exists())

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    waits, ended = [], []
    jobs = [job(tmp_path, name, "pass") for name in "ab"]
    run_jobs(jobs, 2, lambda job, code: ended.append(job.name), lambda job, why: waits.append(why))
    holder.join()
    assert ended == ["b", "a"]
    assert len(waits) == 1
    assert "is in use by process" in waits[0]


def test_an_error_leaves_no_process_behind(tmp_path):
    (tmp_path / "a").mkdir()

    def fail(job, code):
        wait_for(lambda: (tmp_path / "a" / "began").exists())
        raise OSError("disk full")

    jobs = [job(tmp_path, "a", WAITS, str(tmp_path / "a")), job(tmp_path, "b", "pass")]
    with pytest.raises(OSError, match="disk full"):
        run_jobs(jobs, 2, fail)
    assert (tmp_path / "logs" / "a.txt").read_text() == f"stopped by {int(signal.SIGTERM)}\n"
