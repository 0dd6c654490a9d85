"""Two workers on this machine: what they compute, and what is left when one is killed."""

import json
import signal
import time

import numpy as np
import pytest

from tests.models import contract
from tests.programs import epochs, metrics, weights
from tests.strategies.cluster import workers

pytestmark = pytest.mark.rehearsal

FIGURES = """
import json
from kfdiv import strategies
strategy = strategies.by_name("multi_worker")
from tests.strategies.test_multi_worker import figures
print(json.dumps(figures("NAME", strategy)))
"""
# The first argument is the step after which the worker dies, as by SIGKILL from outside; or 0.
TRAIN = """
import os, signal, sys
from kfdiv import callbacks, train
from kfdiv.models import execution
from kfdiv.runs import program
execution.pays_to_compile = lambda model: False
last = int(sys.argv.pop(1))
hear = callbacks.GracefulStop.on_train_batch_end
def die(self, batch, logs=None):
    if int(self.model.step.numpy()) == last:
        os.kill(os.getpid(), signal.SIGKILL)
    hear(self, batch, logs)
callbacks.GracefulStop.on_train_batch_end = die
program.start(train.define_flags, train.main)
"""
EPOCHS = 3
SETTINGS = (
    "--preset=zhang/gaussian",
    "--divergence=kl",
    "--batch_size=50",
    "--pictures_every=20",
    f"--epochs={EPOCHS}",
    "--strategy=multi_worker",
    *(f"--set={text}" for text in ("units=8", "num_examples=500", "steps_per_execution=2")),
)


def figures(name, strategy):
    """History, evaluation and weights of a model that is fitted under a strategy."""
    with strategy.scope():
        model = contract.build(name, **contract.descent(name))
    validation = {"validation_data": contract.examples()[:33], "validation_batch_size": 20}
    history = model.fit(contract.dataset(steps=2), epochs=2, verbose=0, **validation).history
    # The last batch is of one example: for one of the workers nothing is left.
    given = {"batch_size": 20, "verbose": 0, "return_dict": True}
    evaluation = model.evaluate(contract.examples()[:21], **given)
    return history, evaluation, [value.tolist() for value in contract.weights(model)]


@pytest.mark.parametrize("name", ["age", "variational_f_divergence"])
def test_workers_compute_what_replicas_of_one_process_do(name, two_replicas, tmp_path):
    """Fit, validation and evaluation."""
    with workers(FIGURES.replace("NAME", name), [(), ()], tmp_path) as processes:
        codes = [process.wait(600) for process in processes]
    assert codes == [0, 0], (tmp_path / "worker-0.err").read_text()
    texts = [(tmp_path / f"worker-{index}.txt").read_text() for index in (0, 1)]
    assert texts[0] == texts[1]
    first = json.loads(texts[0])
    *ours, own_weights = json.loads(json.dumps(figures(name, two_replicas)))
    for found, expected in zip(first, ours, strict=False):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            np.testing.assert_allclose(found[key], value, rtol=1e-5, atol=1e-6, err_msg=key)
    for found, expected in zip(first[-1], own_weights, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def train_by_two(run, folder, last=(0, 0)):
    """Start both workers; the second does not see the disk of the first."""
    folders = (run, run.with_name("elsewhere"))
    own = [(str(step), *SETTINGS, f"--workdir={f}") for step, f in zip(last, folders, strict=True)]
    return workers(TRAIN, own, folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of two workers that nothing disturbed."""
    run = tmp_path_factory.mktemp("whole") / "run"
    with train_by_two(run, run.parent) as processes:
        codes = [process.wait(900) for process in processes]
    assert codes == [0, 0], [p.read_text()[-2000:] for p in run.parent.glob("worker-*.err")]
    return run


def test_the_chief_alone_writes(whole):
    assert not whole.with_name("elsewhere").exists()
    assert epochs(whole) == list(range(1, EPOCHS + 1))
    assert metrics(whole)["steps"] == EPOCHS * 10
    for name in ("model.keras", "manifest.json", "export/saved_model.pb", "samples.png"):
        assert (whole / name).exists(), name
    assert not [path for path in whole.rglob(".*") if path.name != ".lock"]


@pytest.mark.parametrize("lost", [1, 0])
def test_a_worker_killed_in_an_epoch_ends_the_others_and_the_job_goes_on(whole, lost, tmp_path):
    run = tmp_path / "run"
    # Amid the second epoch.
    last = (0, 16) if lost else (16, 0)
    with train_by_two(run, tmp_path, last) as processes:
        assert processes[lost].wait(900) == -signal.SIGKILL
        killed = time.monotonic()
        code = processes[1 - lost].wait(120)
        seconds = time.monotonic() - killed
    told = (tmp_path / f"worker-{1 - lost}.err").read_text()
    lines = [line for line in told.splitlines() if line.startswith("error: ")]
    print(f"ended {seconds:.1f} s after worker {lost} was killed, exit code {code}: {lines}")
    assert code == 1, told
    assert len(lines) == 1, told
    assert "workers has ended" in lines[0]
    assert "Traceback" not in told
    assert seconds < 60
    assert epochs(run) == [1]
    with train_by_two(run, tmp_path / "again") as processes:
        assert [process.wait(900) for process in processes] == [0, 0]
    for ours, theirs in zip(weights(whole), weights(run), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert {**metrics(whole), "seconds": 0} == {**metrics(run), "seconds": 0}
    assert epochs(run) == epochs(whole)
