"""Two workers on this machine: what they compute, and what is left when one is killed."""

import csv
import json
import signal
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

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
# The first argument says after which step the worker gets which signal, as from outside; or 0:0.
# The program's name is that of the console script, which shows no log lines of TensorFlow.
TRAIN = """
import os, sys
last, number = (int(word) for word in sys.argv.pop(1).split(":"))
sys.argv[0] = "kfdiv-train"
from kfdiv import callbacks, train
from kfdiv.models import execution
from kfdiv.runs import program
execution.pays_to_compile = lambda *_: False
hear = callbacks.GracefulStop.on_train_batch_end
def signalled(self, batch, logs=None):
    if number and int(self.model.step.numpy()) == last:
        os.kill(os.getpid(), number)
    hear(self, batch, logs)
callbacks.GracefulStop.on_train_batch_end = signalled
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
    *(
        f"--set={text}"
        for text in ("units=8", "num_examples=500", "steps_per_execution=2", "ema=0.9")
    ),
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


def train_by_two(run, folder, signals=("0:0", "0:0")):
    """Start both workers; the second does not see the disk of the first."""
    folders = (run, run.with_name("elsewhere"))
    own = [(one, *SETTINGS, f"--workdir={f}") for one, f in zip(signals, folders, strict=True)]
    return workers(TRAIN, own, folder)


def losses(run):
    """Epoch and loss of each row of the log; an epoch that was stopped has the whole one's."""
    with (run / "log.csv").open(newline="") as file:
        return [(row["epoch"], row["loss"]) for row in csv.DictReader(file)]


def told(folder, worker):
    """The lines that a worker wrote to its standard error."""
    return [line for line in (folder / f"worker-{worker}.err").read_text().splitlines() if line]


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
    page = (whole / "report.html").read_text()
    assert f"<dt>steps</dt>\n<dd>{EPOCHS * 10}</dd>" in page
    assert not [path for path in whole.rglob(".*") if path.name != ".lock"]


def test_averages_are_those_of_the_chief(whole):
    """Of a run of several workers, loaded by one process."""
    model = keras.saving.load_model(whole / "model.keras")
    assert model.use_ema
    exported = tf.saved_model.load(whole / "export")
    np.testing.assert_allclose(exported.sample(5, 1), model.sample(5, 1), atol=1e-6)


def killed(run, folder, worker, step):
    """Kill one worker after a step; the other ends within seconds, with one line."""
    other = 1 - worker
    signals = ["0:0", "0:0"]
    signals[worker] = f"{step}:{int(signal.SIGKILL)}"
    with train_by_two(run, folder, signals) as processes:
        assert processes[worker].wait(900) == -signal.SIGKILL
        began = time.monotonic()
        code = processes[other].wait(120)
        seconds = time.monotonic() - began
    lines = told(folder, other)
    print(f"ended {seconds:.1f} s after worker {worker} was killed, exit code {code}: {lines}")
    assert code == 1, lines
    (line,) = lines
    assert line.startswith("error: Another of the 2 workers has ended")
    # TensorFlow finds out at once by a closed socket, and within 10 s by heartbeats.
    assert seconds < 20


def stopped(run, folder, worker, step, number):
    """Signal one worker after a step; both stop there."""
    signals = ["0:0", "0:0"]
    signals[worker] = f"{step}:{int(number)}"
    with train_by_two(run, folder, signals) as processes:
        codes = [process.wait(900) for process in processes]
    lines = [told(folder, index) for index in (0, 1)]
    assert codes == [128 + number] * 2, lines
    for (line,) in lines:
        assert line.startswith(f"Stopped by {number.name} at step {step}. To go on: ")


def test_a_job_ends_as_if_nothing_had_happened(whole, tmp_path):
    """Whichever worker is killed, preempted or stopped amid an epoch; bit for bit."""
    run = tmp_path / "run"
    killed(run, tmp_path / "1", worker=1, step=16)
    assert epochs(run) == [1]
    killed(run, tmp_path / "2", worker=0, step=16)
    assert epochs(run) == [1]
    stopped(run, tmp_path / "3", worker=1, step=16, number=signal.SIGTERM)
    stopped(run, tmp_path / "4", worker=0, step=26, number=signal.SIGINT)
    assert epochs(run) == [1, 2]
    with train_by_two(run, tmp_path / "5") as processes:
        assert [process.wait(900) for process in processes] == [0, 0]
    assert not told(tmp_path / "5", 0)
    assert not run.with_name("elsewhere").exists()
    for ours, theirs in zip(weights(whole), weights(run), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert {**metrics(whole), "seconds": 0} == {**metrics(run), "seconds": 0}
    assert losses(run) == losses(whole)
