"""Many runs of one function, as many at a time as there are cores, with a word after each."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import tensorflow as tf

from kfdiv.runs.cores import cores, share

__all__ = ["cores", "run"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def run(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int,
    describe: Callable[[Job, Result], str] = lambda job, result: f"{job}: {result}",
) -> list[Result]:
    """Return the function's results, in the order of the jobs; print one line as each is finished.

    Args:
        function: of a module that defines no flags, where there are several workers: each is a
            process of its own, that imports it anew.
        jobs: its arguments, which can be pickled.
        workers: processes at a time, each of which uses its share of the cores; one is this
            process.
        describe: what the line says of a job and its result.

    Example:
        >>> run(abs, [-1, 2], workers=1)
        1 of 2, ...: -1: 1
        2 of 2, ...: 2: 2
        [1, 2]
    """
    results: dict[int, Result] = {}
    began = time.perf_counter()
    for index, result in _finished(function, jobs, workers):
        results[index] = result
        minutes = (time.perf_counter() - began) / 60
        said = describe(jobs[index], result)
        print(f"{len(results)} of {len(jobs)}, {minutes:.1f} min: {said}", flush=True)
    return [results[index] for index in range(len(jobs))]


def _finished(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[tuple[int, Result]]:
    """Yield number and result of each job as it is finished."""
    if workers == 1:
        yield from enumerate(map(function, jobs))
        return
    # A process that has started TensorFlow cannot be forked.
    pool = concurrent.futures.ProcessPoolExecutor(
        workers,
        multiprocessing.get_context("spawn"),
        initializer=_share_cores,
        initargs=(share(workers),),
    )
    with pool:
        futures = {pool.submit(function, job): index for index, job in enumerate(jobs)}
        try:
            for future in concurrent.futures.as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            # What is under way ends; the rest is not begun.
            pool.shutdown(cancel_futures=True)
            raise


def _share_cores(threads: int) -> None:
    """Make this process use no more than its share."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
