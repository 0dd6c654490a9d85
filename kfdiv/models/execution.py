"""How a train step runs: which compiler, and how many steps to a call."""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from kfdiv.models.checks import layers_of
from kfdiv.models.reader import Reader

_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)

# Numbers of the data in a step from which on XLA's matrix products cost a CPU more than XLA saves
# elsewhere. Measured with batches of 100 and layers of 256 units, processor time of a step by XLA
# over that by a graph: .97 to 1 at 0.1 to 1.3 million, 1.05 at 2.6, 1.09 at 7.8, 1.21 at 23.5. The
# mixture alone (benchmarks/spread_density.py) takes twice as long.
_MOST_READ = 2_500_000


def pays_to_compile(model: keras.Model, numbers_read: int = 0) -> bool:
    """Say whether XLA is the faster way to run `model`'s train step on this machine.

    XLA wins everywhere on an accelerator and for dense networks on CPU; on CPU its convolutions are
    some ten times slower than the graph's, and a pass over all data takes twice as long. Several
    replicas reduce gradients across devices inside the step, which XLA cannot compile.

    Args:
        model: an objective.
        numbers_read: how many numbers of the data a step goes through, besides its batch.
    """
    if model.distribute_strategy.num_replicas_in_sync > 1:
        return False
    if tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"):
        return True
    if numbers_read >= _MOST_READ:
        return False
    return not any(isinstance(layer, _CONVOLUTIONS) for layer in layers_of(model))


def is_shared(model: keras.Model) -> bool:
    """Say whether a batch of `model` may be shared out among several devices, or processes."""
    return model.workers.is_many or model.distribute_strategy.num_replicas_in_sync > 1


@contextlib.contextmanager
def to_the_end(steps: int | None) -> Iterator[None]:
    """Let data of unknown length end when they do; Keras warns of each as of an interruption.

    Args:
        steps: batches that were asked for, of which Keras rightly warns if they are not there.
    """
    with warnings.catch_warnings():
        if steps is None:
            warnings.filterwarnings("ignore", message="Your input ran out of data")
        yield


def repeat(times: int, body: Callable[[tf.Tensor], None]) -> None:
    """Run `body(k)` for k = 0 .. times - 1, as one graph loop where that is possible.

    A graph loop is traced once however often it runs. Across replicas the optimizers merge their
    gradients, which a graph loop does not allow, so there the loop is unrolled.

    Args:
        times: how often, a Python integer.
        body: called with an int32 scalar; acts by assigning to variables.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if times <= 1 or replicas > 1 or tf.executing_eagerly():
        for index in range(times):
            body(tf.constant(index))
        return
    _loop(tf.constant(times), body)


def _loop(times: tf.Tensor, body: Callable[[tf.Tensor], None]) -> None:
    def advance(index: tf.Tensor) -> tuple[tf.Tensor]:
        body(index)
        return (index + 1,)

    tf.while_loop(lambda index: index < times, advance, [tf.constant(0)])


class StepRunner:
    """Runs some train steps in one call: `runner(iterator, steps)` returns the logs after them.

    On one device the iterator yields elements with a leading step axis, `(steps, batch, ...)`, and
    all of them run in a single compiled loop: small networks pay for the call, not for the
    arithmetic. Across replicas each step is a call of its own graph.

    A step is traced again when something changes that a trace holds: the options, which weights
    train, and how the model is executed.

    Args:
        model: a compiled objective.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._traced: tuple[Any, ...] | None = None
        self._run: Callable[[Any, int], dict[str, tf.Tensor]] | None = None

    def __call__(self, iterator: Any, steps: int) -> dict[str, tf.Tensor]:
        """Take `steps` train steps on what `iterator` yields."""
        state = self._model.trace_state()
        if self._run is None or state != self._traced:
            self._traced, self._run = state, self._make()
        return self._run(iterator, steps)

    def _make(self) -> Callable[[Any, int], dict[str, tf.Tensor]]:
        model = self._model
        strategy = model.distribute_strategy
        if strategy.num_replicas_in_sync > 1:
            return _replicated_runner(model, strategy)
        traced: Callable[[Any, bool], dict[str, tf.Tensor]]
        step, plain = model.train_step, None
        if model.steps_per_execution > 1:
            step = lambda data: _superstep(model, data)  # noqa: E731
            plain = _one_by_one(model) if _is_recurrent(model) else None
        if model.run_eagerly:
            traced = lambda data, _: step(data)  # noqa: E731
        else:
            traced = _Traced(step, model.jit_compile, plain)

        def run(reader: Reader, steps: int) -> dict[str, tf.Tensor]:
            end, logs = reader.position + steps, {}
            # A smaller batch is an element of its own, among those of several steps.
            while reader.position < end:
                element = next(reader)
                logs = traced(element, reader.is_smaller(element))
            return logs

        return run


class _Traced:
    """A step as a graph, compiled by XLA or not; one of smaller batches never is.

    XLA compiles a program for each size. For one batch an epoch, or an evaluation, that takes
    longer than the batch does as a plain graph, which differs by rounding.

    Args:
        step: of a batch, or of what stacks some.
        jit_compile: whether XLA compiles it.
        plain: what runs where XLA does not, instead of one graph of `step`.
        **options: of `tf.function`.
    """

    def __init__(
        self,
        step: Callable[..., Any],
        jit_compile: bool,
        plain: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        self._plain = plain or tf.function(step, autograph=False, **options)
        self._compiled = self._plain
        if jit_compile:
            self._compiled = tf.function(step, jit_compile=True, autograph=False, **options)

    def __call__(self, data: Any, smaller: bool) -> dict[str, tf.Tensor]:
        return (self._plain if smaller else self._compiled)(data)


def compiled_evaluation(model: keras.Model) -> Callable[[Any], dict[str, tf.Tensor]]:
    """Return the function of an iterator that measures its next batch, compiled by XLA.

    Batches of another size than the first of their evaluation run as a plain graph.

    Args:
        model: a compiled objective.
    """
    step = _Traced(model.test_step, jit_compile=True, reduce_retracing=True)
    begun: list[Any] = [lambda: None, 0]

    def measure(iterator: Any) -> dict[str, tf.Tensor]:
        element = next(iterator)
        rows = tf.nest.flatten(element)[0].shape[0]
        if begun[0]() is not iterator:
            begun[:] = weakref.ref(iterator), rows
        return step(element, rows != begun[1])

    return measure


def _superstep(model: keras.Model, data: Any) -> dict[str, tf.Tensor]:
    """Take a train step on each of the batches that `data` stacks."""

    def one_step(index: tf.Tensor) -> None:
        model.train_step(tf.nest.map_structure(lambda leaf: leaf[index], data))

    times = tf.shape(tf.nest.flatten(data)[0])[0]
    if tf.executing_eagerly():
        for index in range(int(times)):
            one_step(tf.constant(index))
    else:
        _loop(times, one_step)
    return model.train_logs()


def _is_recurrent(model: keras.Model) -> bool:
    """Say whether a recurrent cell is among the layers; Keras tells them by their `state_size`."""
    return any(hasattr(layer, "state_size") for layer in layers_of(model))


def _one_by_one(model: keras.Model) -> Callable[[Any], dict[str, tf.Tensor]]:
    """Return what calls a graph of one train step for each of the batches that `data` stacks.

    TensorFlow takes less memory for the sums in the gradient of a loop where a graph may not fit
    into what the machine has. Inside another loop that fails in its second iteration: a temporary
    variable is made once too often, and there still.
    """
    step = tf.function(model.train_step, autograph=False)

    def run(data: Any) -> dict[str, tf.Tensor]:
        logs = {}
        for batch in zip(*map(tf.unstack, tf.nest.flatten(data)), strict=True):
            logs = step(tf.nest.pack_sequence_as(data, batch))
        return logs

    return run


def _replicated_runner(
    model: keras.Model, strategy: tf.distribute.Strategy
) -> Callable[[Any, int], dict[str, tf.Tensor]]:
    def run(batch: Any) -> dict[str, tf.Tensor]:
        strategy.run(lambda share: model.train_step(_without_size(share)), args=(batch,))
        # Read outside the replicas, the trackers' variables are summed over them.
        return model.train_logs()

    if not model.run_eagerly:
        run = tf.function(run, autograph=False)

    def take_steps(iterator: Any, steps: int) -> dict[str, tf.Tensor]:
        # One graph of all would take as many times as long to trace, and as much memory.
        logs = {}
        for _ in range(steps):
            logs = run(next(iterator))
        return logs

    return take_steps


def shared_evaluation(model: keras.Model) -> Callable[[Any], dict[str, tf.Tensor]]:
    """Return the function of an iterator that measures one batch, shared out among replicas.

    Keras would average the replicas' figures, which is no mean over examples where their shares
    differ in size, and no standard error of all of them; nor can it do that across processes.

    Args:
        model: a compiled objective.
    """
    strategy = model.distribute_strategy

    def run(batch: Any) -> dict[str, tf.Tensor]:
        told: list[Any] = []
        strategy.run(
            lambda share: told.append(model.measure_batch(_without_size(share))), args=(batch,)
        )
        # Read outside the replicas, the trackers' variables are summed over them.
        return model.test_logs(told[0])

    if not model.run_eagerly:
        run = tf.function(run, autograph=False, reduce_retracing=True)
    return lambda iterator: run(next(iterator))


def _without_size(share: Any) -> Any:
    """Return a replica's share, whose number of rows a graph does not know if there are none.

    Keras adds what it knows to have shape (0, n) as if that were a bias of n, which fails.
    """

    def unknown(rows: tf.Tensor) -> tf.Tensor:
        if rows.shape[0] == 0 and not tf.executing_eagerly():
            rows = tf.raw_ops.PlaceholderWithDefault(input=rows, shape=[None, *rows.shape[1:]])
        return rows

    return tf.nest.map_structure(unknown, share)
