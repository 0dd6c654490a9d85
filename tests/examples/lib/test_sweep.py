"""Many runs, in this process or in others."""

import os

import pytest

from examples.lib import sweep


def test_results_are_in_the_order_of_the_jobs_and_each_is_told(capsys):
    assert sweep.run(str.upper, ["a", "b"], 1, describe=lambda job, result: f"{job}{result}") == [
        "A",
        "B",
    ]
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("1 of 2, ")
    assert second.endswith("min: bB")


def test_an_error_of_a_job_is_the_sweep_s():
    with pytest.raises(ValueError, match="invalid literal"):
        sweep.run(int, ["x", "1"], 1)


def process(_):
    return os.getpid()


@pytest.mark.rehearsal
def test_workers_are_processes_of_their_own():
    found = sweep.run(process, [0, 1, 2], workers=2)
    assert os.getpid() not in found
    assert 1 <= len(set(found)) <= 2
