"""Arguments of `compile` that say how a step is executed."""

from __future__ import annotations

from kfdiv.arguments import check_choice, check_count, check_flag


def check_execution(run_eagerly: bool, jit_compile: bool | str, steps_per_execution: int) -> None:
    """Raise if one of them is not possible, or they exclude each other."""
    check_flag("run_eagerly", run_eagerly)
    check_choice("jit_compile", jit_compile, (True, False, "auto"))
    if run_eagerly and jit_compile is True:
        raise ValueError("run_eagerly=True and jit_compile=True exclude each other; drop one.")
    check_count("steps_per_execution", steps_per_execution)
