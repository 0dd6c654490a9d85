"""What is told of a finished run."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

import kfdiv
from kfdiv.models import export
from kfdiv.runs.config import Config
from kfdiv.runs.workdir import Workdir


def versions() -> dict[str, str]:
    """Return the versions of what a run's figures depend on.

    Example:
        >>> sorted(versions())
        ['keras', 'kfdiv', 'numpy', 'python', 'tensorflow', 'tensorflow_probability']
    """
    modules = {
        "kfdiv": kfdiv,
        "tensorflow": tf,
        "keras": keras,
        "tensorflow_probability": tfp,
        "numpy": np,
    }
    found = {name: module.__version__ for name, module in modules.items()}
    return {"python": platform.python_version(), **found}


def summary(workdir: Workdir, config: Config, metrics: dict[str, Any]) -> str:
    """Return what a finished run is and where its outputs are, in a few lines.

    Args:
        workdir: the run's folder.
        config: what it is of.
        metrics: what its metrics file holds.

    Example:
        >>> metrics = {"epochs": 2, "steps": 280, "seconds": 3.0}
        >>> metrics |= {"divergence": "rkl", "bound": 1.5, "bound_se": 0.1, "bound_kind": "upper"}
        >>> print(summary(Workdir("run"), Config.make("digits", "rkl"), metrics))
        digits by rkl: 2 epochs, 280 steps, 3 s, upper bound on rkl 1.500 +- 0.100 nats
        <BLANKLINE>
          page      run/report.html (all of it to look at)
          metrics   run/metrics.json
          ...
    """
    bound = "not finite"
    if metrics["bound"] is not None:
        error = metrics["bound_se"]
        bound = f"{metrics['bound']:.3f}{'' if error is None else f' +- {error:.3f}'} nats"
    kind = measure_name(metrics)
    lines = [
        f"{config.title}: {metrics['epochs']} epochs, {metrics['steps']:,} steps, "
        f"{metrics['seconds']:.0f} s, {kind} {bound}",
        "",
    ]
    outputs = [("picture", path, "") for path in workdir.pictures if path.exists()]
    outputs += [
        ("page", workdir.report, " (all of it to look at)"),
        ("metrics", workdir.metrics, ""),
        ("log", workdir.log, ""),
        ("", workdir.events, " (for TensorBoard)"),
        ("model", workdir.checkpoint, ""),
        ("sampler", workdir.export, f" ({export.describe(workdir.export)})"),
    ]
    lines += [f"  {what:<9} {path}{note}" for what, path, note in outputs]
    lines += ["", f"More samples: python -m kfdiv.sample --workdir={workdir.path}"]
    return "\n".join(lines)


def measure_name(metrics: Mapping[str, Any]) -> str:
    """Return what the figure of a metrics file is, in words.

    Args:
        metrics: with `bound_kind` and `divergence`, as `BoundEstimator.estimate` returns them.

    Example:
        >>> measure_name({"bound_kind": "upper", "divergence": "js"})
        'upper bound on js'
        >>> measure_name({"bound_kind": "negative_elbo", "divergence": None})
        'negative elbo'
    """
    kind = metrics["bound_kind"].replace("_", " ")
    divergence = metrics.get("divergence")
    return kind if divergence is None else f"{kind} bound on {divergence}"
