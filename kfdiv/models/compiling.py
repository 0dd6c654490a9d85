"""The `compile` of an objective: its signature follows from its roles and its options."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kfdiv.arguments import did_you_mean
from kfdiv.models.constructing import parameters

EXECUTION = """run_eagerly: step through Python, for debugging.
jit_compile: True, False, or "auto": XLA where it pays.
steps_per_execution: train steps in one compiled call; 50 makes small networks several times faster.
ema: momentum of a moving average of the weights of decoder, encoder and prior, such as 0.999, or
    None. By the averages the model then samples, infers, is evaluated and exported;
    `model.use_ema = False` goes back to the weights themselves.
"""
SCHEDULES = """A schedule of a learning rate is a function of the train step, for every role alike,
however often that moves in each: at step t of its optimizer's training the rate is schedule(t).
`optimizer.iterations` counts the role's moves.
"""
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
EXECUTION_PARAMETERS = (
    inspect.Parameter("run_eagerly", _KEYWORD, default=False, annotation=bool),
    inspect.Parameter("jit_compile", _KEYWORD, default="auto", annotation=bool | str),
    inspect.Parameter("steps_per_execution", _KEYWORD, default=1, annotation=int),
    inspect.Parameter("ema", _KEYWORD, default=None, annotation=float | None),
)
# What Keras's own compile takes, and what takes its place here.
_INSTEAD = {
    "loss": "the objective is the loss",
    "loss_weights": "the objective is the loss",
    "metrics": "further figures are logged by kfdiv.callbacks.EvaluateEvery({name: measure})",
    "weighted_metrics": "further figures are logged by kfdiv.callbacks.EvaluateEvery",
    "auto_scale_loss": "losses are scaled under the policy mixed_float16",
}


def signature(cls: type) -> inspect.Signature:
    """Return what `cls.compile` takes: options, an optimizer a role, and how to run.

    Options that may be given by position come first, unless they stand after `optimizer` there,
    as Keras has it.
    """
    options = cls.option_parameters()
    leading = [one for one in options if one.kind is _POSITIONAL]
    roles = [
        inspect.Parameter(role.keyword, _POSITIONAL, default=None, annotation=Any)
        for role in cls.roles
    ]
    keywords = [one for one in options if one.kind is _KEYWORD]
    positional = [*roles, *leading] if cls.optimizers_first else [*leading, *roles]
    self = inspect.Parameter("self", _POSITIONAL)
    return inspect.Signature([self, *positional, *keywords, *EXECUTION_PARAMETERS])


def method(cls: type) -> Any:
    """Return the `compile` of a concrete objective."""
    expected = signature(cls)

    def compile(self: Any, *args: Any, **kwargs: Any) -> None:
        known = [name for name in expected.parameters if name != "self"]
        for name in kwargs:
            if name not in known:
                raise TypeError(_unknown(cls, name, known))
        try:
            bound = expected.bind(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"{cls.__name__}.compile: {error}. Its arguments are: {', '.join(known)}."
            ) from None
        bound.apply_defaults()
        self.compile_with(**{name: bound.arguments[name] for name in known})

    compile.__signature__ = expected
    compile.__qualname__ = f"{cls.__name__}.compile"
    compile.__module__ = cls.__module__
    compile.__doc__ = _document(cls)
    return compile


def _unknown(cls: type, name: str, known: list[str]) -> str:
    instead = _INSTEAD.get(name)
    if name == "optimizer":
        instead = "every role has its own optimizer"
    elif name in (parameters(cls) or ()):
        instead = f"the constructor takes it, {cls.__name__}(..., {name}=...)"
    hint = f" Here {instead}." if instead else did_you_mean(name, known)
    return (
        f"{cls.__name__}.compile has no argument {name!r}.{hint} Choose from: {', '.join(known)}."
    )


def _document(cls: type) -> str:
    """Put together what the options' and the roles' own texts say."""
    options = "".join(_arguments(text) for text in cls.option_documentation())
    roles = "".join(
        f"{role.keyword}: of {' and '.join(role.networks)}, an optimizer, its name or its config; "
        f"by default {_describe(role)}.\n"
        for role in cls.roles
    )
    lines = (options + roles + EXECUTION).splitlines()
    body = "\n".join(f"    {line}" for line in lines)
    return (
        "Choose the objective's options and the optimizers.\n\n"
        + SCHEDULES
        + "\nArgs:\n"
        + body
        + "\n\nRaises:\n    TypeError: on an unknown argument, naming the known ones.\n"
        "    ValueError: on a value that is not possible, saying why; the model stays as it was.\n"
    )


def _describe(role: Any) -> str:
    momentum = "" if role.beta_1 == 0.9 else f", beta_1={role.beta_1:g}"
    return f"Adam({role.learning_rate:g}{momentum})"


def _arguments(documentation: str) -> str:
    """Return the section `Args` of a docstring, without its heading."""
    text = inspect.cleandoc(documentation)
    _, found, section = text.partition("Args:\n")
    if not found:
        return ""
    lines = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            break
        # Options of a loss are told by the method that makes it.
        if not line.strip().startswith("**"):
            lines.append(line.removeprefix("    "))
    return "\n".join(lines).strip() + "\n"


def options_of(arguments: Mapping[str, Any], cls: type) -> dict[str, Any]:
    """Return those of `compile`'s arguments that are the objective's own options."""
    return {one.name: arguments[one.name] for one in cls.option_parameters()}
