"""What every test and doctest shares: two virtual CPU devices, seeds, threads, and no display."""

import os

# Read when TensorFlow, BLAS and matplotlib are first imported, so set before any of them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
THREADS = max(1, (os.cpu_count() or 1) // WORKERS)
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import keras
import pytest
import tensorflow as tf


def pytest_configure() -> None:
    """Split the CPU into two devices and its cores among the workers, before TensorFlow starts."""
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    # Two replicas wait for one another inside a graph: never fewer threads than that.
    tf.config.threading.set_inter_op_parallelism_threads(max(2, THREADS))
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


@pytest.fixture(autouse=True)
def _same_start_for_every_test():
    """Number names and seed generators afresh, and undo a change of Keras's default dtype."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


@pytest.fixture(scope="session")
def two_replicas() -> tf.distribute.MirroredStrategy:
    """The strategy over both virtual CPU devices.

    There must be only one in a process: every strategy numbers its reductions from the same start,
    and TensorFlow refuses a number that comes back with another shape.
    """
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
