"""What every test and doctest shares: virtual CPU devices, seeds, threads, and no display."""

from __future__ import annotations

import gc
import os
import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tensorflow as tf

# Read when TensorFlow, BLAS and matplotlib are first imported, so set before any of them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
THREADS = max(1, (os.cpu_count() or 1) // WORKERS)
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))


def pytest_configure(config: pytest.Config) -> None:
    """Split the CPU into devices and its cores among the workers, before TensorFlow starts.

    The process that hands tests to workers runs none, and imports nothing.
    """
    if config.getoption("numprocesses", default=None) and not hasattr(config, "workerinput"):
        return
    # What is imported stays. To look for garbage in it takes a fifth of the time of the import, and
    # again whenever the tests have made enough of their own.
    gc.disable()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    # Two replicas wait for one another inside a graph: never fewer threads than that.
    tf.config.threading.set_inter_op_parallelism_threads(max(2, THREADS))
    (cpu,) = tf.config.list_physical_devices("CPU")
    # Four cost all tests a fifth more than two, which are enough for every change.
    devices = 2 if config.getoption("markexpr") == "not rehearsal" else 4
    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(devices)]
    tf.config.set_logical_device_configuration(cpu, parts)


def pytest_collection_finish() -> None:
    """Begin to look for garbage, now and then, among what the tests make alone."""
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


@pytest.fixture(autouse=True, scope="module")
def _same_start_for_every_module() -> Iterator[None]:
    """Number names and seed everything afresh; give back what the module's tests took.

    Not for every test: TensorFlow then forgets all of its kernels, and to find one among those of
    its 1,500 operations takes a millisecond.
    """
    import keras

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)
    yield
    # What is left stays. Looked at again and again it would take a minute of all tests' time.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_start_for_every_test():
    """Seed what Keras draws initial weights from, and undo a change of its default dtype."""
    import keras
    import numpy as np

    random.seed(0)
    np.random.seed(0)
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


@pytest.fixture(autouse=True)
def _examples_are_not_traced(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let `fit` take the one step that it has in a docstring eagerly: to trace it takes seconds."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    from kfdiv.models import GenerativeModel

    fit = GenerativeModel.fit

    def fit_eagerly(model: GenerativeModel, *args: object, **kwargs: object) -> object:
        model.run_eagerly = True
        return fit(model, *args, **kwargs)

    monkeypatch.setattr(GenerativeModel, "fit", fit_eagerly)


@pytest.fixture(autouse=True, scope="session")
def _compile_nothing_unasked() -> Iterator[None]:
    """Leave XLA to the tests that ask for it: to compile would be most of the time of the others.

    Every objective's steps are compiled by the test of its contract.
    """
    from kfdiv.models import execution

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "pays_to_compile", lambda *_: False)
        yield


@pytest.fixture(autouse=True, scope="session")
def every_endpoint() -> Iterator[Callable]:
    """Leave draws and log_prob out of exports, unless a test puts back what is returned here.

    To trace them takes a second, and every run that ends has an export.
    """
    from kfdiv.models import export

    every = export._functions
    with pytest.MonkeyPatch.context() as patch:
        costly = ("encode_sample", "log_prob")
        fewer = lambda model: {n: f for n, f in every(model).items() if n not in costly}  # noqa: E731
        patch.setattr(export, "_functions", fewer)
        yield every


@pytest.fixture(scope="session")
def two_replicas() -> tf.distribute.MirroredStrategy:
    """A strategy over two virtual CPU devices."""
    from kfdiv import strategies

    return strategies.mirrored(["CPU:0", "CPU:1"])
