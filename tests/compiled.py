"""Run a function as a graph and by XLA, having traced it once for both."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def graph_and_xla(function: Callable) -> tuple[Callable, Callable]:
    """Return what calls `function` as a graph, and what compiles that very graph by XLA.

    To trace it in Python takes longer than to run it, and a second trace would be the first again.
    """
    graph = tf.function(function, autograph=False)
    return graph, tf.function(graph, autograph=False, jit_compile=True)
