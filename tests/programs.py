"""Call the command-line programs in this process."""

from __future__ import annotations

from types import ModuleType

from absl import flags

from kfdiv.runs import program


def call(module: ModuleType, *arguments: str) -> int:
    """Run `python -m module arguments`; return the exit code."""
    values = flags.FlagValues()
    module.define_flags(values)
    rest = values([module.__name__, *arguments])
    return program.run(module.main, values, rest[1:])
