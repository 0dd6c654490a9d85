"""The console scripts kfdiv-train, kfdiv-sample, kfdiv-evaluate and kfdiv-report.

Each runs its module as `python -m` does, so that flags, help and exit codes are the same.
"""

from __future__ import annotations

import runpy


def train() -> None:
    """Run `python -m kfdiv.train`, and exit with its code."""
    _run("train")


def sample() -> None:
    """Run `python -m kfdiv.sample`, and exit with its code."""
    _run("sample")


def evaluate() -> None:
    """Run `python -m kfdiv.evaluate`, and exit with its code."""
    _run("evaluate")


def report() -> None:
    """Run `python -m kfdiv.report`, and exit with its code."""
    _run("report")


def _run(name: str) -> None:
    runpy.run_module(f"kfdiv.{name}", run_name="__main__", alter_sys=True)
