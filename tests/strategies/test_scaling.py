"""The model on paper of docs/scale_out.md counts what a step on replicas sums."""

import collections
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
# Two replicas trace one step; what each of them hands over to be summed is written down.
PROGRAM = """
import json, math, sys
import tensorflow as tf
cpu, = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import scaling
from kfdiv import presets, strategies

seen = []
context = tf.distribute.ReplicaContext
all_reduce = context.all_reduce

def remember(self, op, value, options=None):
    floats = [part for part in tf.nest.flatten(value) if part.dtype.is_floating]
    seen.append(sum(part.dtype.size * math.prod(part.shape) for part in floats))
    return all_reduce(self, op, value, options)

strategy = strategies.mirrored()
preset = presets.get(sys.argv[1], **json.loads(sys.argv[2]))
with strategy.scope():
    model = preset.model()
data = preset.dataset()
batch = next(iter(data))
x = batch[0] if isinstance(batch, tuple) else batch
model.fit(x[:4], batch_size=4, epochs=1, verbose=0)
context.all_reduce = remember
step = tf.function(lambda x: strategy.run(model.train_step, args=(x,)), autograph=False)
step.get_concrete_function(x[:2])
print(json.dumps([seen, scaling.reductions(model)]))
"""


@pytest.mark.rehearsal
@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("shen/grid9", {"critic_steps": 3, "units": 8, "critic_units": 8}),
        ("zhang/ring", {"encoder_steps": 2, "units": 8}),
    ],
)
def test_what_is_counted_is_what_is_summed(preset, settings):
    path = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, preset, json.dumps(settings)],
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    seen, counted = json.loads(done.stdout)
    # By two replicas.
    rest = collections.Counter(seen) - collections.Counter(2 * counted)
    assert sum(rest.values()) == len(seen) - 2 * len(counted)
    # Batch normalisation's sums, and those of what is logged.
    assert max(rest) <= 8 * 4
