"""What says how a step is executed: arguments of `compile`, and what was set since."""

from __future__ import annotations

import keras

from kfdiv.arguments import check_choice, check_count, check_flag, check_number


def check_execution(
    run_eagerly: bool, jit_compile: bool | str, steps_per_execution: int, ema: float | None
) -> None:
    """Raise if one of them is not possible, or they exclude each other."""
    check_flag("run_eagerly", run_eagerly)
    check_choice("jit_compile", jit_compile, (True, False, "auto"))
    if run_eagerly and jit_compile is True:
        raise ValueError("run_eagerly=True and jit_compile=True exclude each other; drop one.")
    check_count("steps_per_execution", steps_per_execution)
    if ema is not None:
        expected = "None, or a momentum above 0 and below 1, such as 0.999"
        check_number("ema", ema, above=0.0, below=1.0, expected=expected)


def check_execution_of(model: keras.Model) -> None:
    """Raise if an attribute of a compiled `model` that says how it is executed is not possible.

    `run_eagerly` set to True goes before `jit_compile`, so that it alone is enough to debug a step.
    """
    check_flag("model.run_eagerly", model.run_eagerly)
    check_choice("model.jit_compile", model.jit_compile, (True, False))
    check_count("model.steps_per_execution", model.steps_per_execution)
