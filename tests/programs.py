"""Call the command-line programs, and look at what they leave in a run's folder."""

from __future__ import annotations

import csv
import json
import os
import pathlib
import subprocess
import sys
import time
from types import ModuleType

import keras
import tensorflow as tf
from absl import flags

from kfdiv.runs import program

ROOT = pathlib.Path(__file__).parents[1]


def call(module: ModuleType, *arguments: str) -> int:
    """Run `python -m module arguments`; return the exit code."""
    values = flags.FlagValues()
    module.define_flags(values)
    try:
        rest = program.parse(values, [module.__name__, *arguments])
    except program.UsageError as error:
        return program.refuse(error)
    return program.run(module.main, values, rest[1:])


def weights(workdir):
    """Every weight of the newest model, optimizers' included."""
    model = keras.saving.load_model(workdir / "model.keras")
    roles = ("encoder", "decoder", "critic", "density")
    optimizers = [getattr(model, f"{role}_optimizer", None) for role in roles]
    optimizers = [optimizer for optimizer in optimizers if optimizer is not None]
    return [v.numpy() for v in [*model.weights, *(v for o in optimizers for v in o.variables)]]


def epochs(workdir):
    with (workdir / "log.csv").open(newline="") as file:
        return [int(row["epoch"]) for row in csv.DictReader(file)]


def metrics(workdir):
    return json.loads((workdir / "metrics.json").read_text())


def kill_after(epoch, arguments, workdir):
    """Train in another process; kill it without notice, wherever it is after that epoch."""
    # As many threads as here: with another number, sums are split otherwise, and end in other bits.
    inter = tf.config.threading.get_inter_op_parallelism_threads()
    intra = tf.config.threading.get_intra_op_parallelism_threads()
    program = (
        "import sys; from tensorflow.config import threading; "
        f"threading.set_inter_op_parallelism_threads({inter}); "
        f"threading.set_intra_op_parallelism_threads({intra}); "
        "from kfdiv import train; from kfdiv.models import execution; "
        "from tests.programs import call; execution.pays_to_compile = lambda *_: False; "
        "call(train, *sys.argv[1:])"
    )
    command = [sys.executable, "-c", program, *arguments]
    options = {"cwd": workdir.parent, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    with (workdir.parent / "output.txt").open("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        try:
            while not (workdir / "log.csv").exists() or len(epochs(workdir)) < epoch:
                assert process.poll() is None, output.seek(0) or output.read()
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
