r"""Hold both bounds of `kfdiv.evaluation.sandwich` against divergences that are known.

    python benchmarks/sandwich_coverage.py --threads=1

The model is linear, x = A z + b with z ~ N(0, I), and noise makes it N(b, A A^T + I); the data are
five points, and noise makes them a mixture of five Gaussians. So both densities are known, and the
truth is a mean over draws, in float64, of the integrand at their exact ratio, with a standard error
of its own. Every repetition draws another A and b. Networks go on from one repetition to the next,
as `SandwichMeasure` lets them; draws are new.

Asked is whether `lower - 3 se <= truth <= upper + 3 se` every time, and how far the bounds lie
apart. Each repetition is written down as it is done: the same command goes on where it was killed,
and one with more `--repetitions` adds to them.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import time
from typing import Any

import timing
from absl import app, flags

_THREADS = flags.DEFINE_integer("threads", 2, "Threads, and cores.", lower_bound=1)
_REPETITIONS = flags.DEFINE_integer("repetitions", 25, "Of each dimension.", lower_bound=1)
_DIMENSIONS = flags.DEFINE_list("dimensions", ["1", "2", "10", "50"], "Of the data.")
_DIVERGENCES = flags.DEFINE_list("divergences", ["kl", "rkl", "js"], "Of kl, rkl and js.")
_STEPS = flags.DEFINE_integer("steps", 300, "Of either network, a repetition.", lower_bound=1)
_BATCH = flags.DEFINE_integer("batch_size", 128, "Draws of P and of Q a step.", lower_bound=1)
_SAMPLES = flags.DEFINE_integer("num_samples", 10_000, "Draws that a bound is measured on.")
_TRUTH = flags.DEFINE_integer("truth_samples", 200_000, "Draws that the truth is measured on.")
_WORKDIR = flags.DEFINE_string("workdir", "runs/sandwich_coverage", "Folder of what is done.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for JSON and PNG.")

POINTS = 5
LENGTH = 1.5  # Of each row of A; the noise has width 1.
SETTINGS = (_STEPS, _BATCH, _SAMPLES, _TRUTH)


def latents(dimension: int) -> int:
    """Return how many latents a model has: a tenth, but one at least."""
    return max(1, dimension // 10)


def linear(dimension: int, seed: list[int]) -> tuple[Any, Any]:
    """Draw A, of shape `(latents, dimension)`, and b."""
    import numpy as np

    rng = np.random.default_rng(seed)
    a = rng.normal(size=(latents(dimension), dimension))
    a *= LENGTH / np.linalg.norm(a, axis=1, keepdims=True)
    return a, rng.normal(size=dimension) / np.sqrt(dimension)


def points(dimension: int) -> Any:
    """Return the data of a dimension: draws of a linear model of their own."""
    import numpy as np

    a, b = linear(dimension, [dimension])
    return np.random.default_rng([dimension, 1]).normal(size=(POINTS, len(a))) @ a + b


def truths(x: Any, a: Any, b: Any, names: list[str], seed: list[int]) -> dict[str, list[float]]:
    """Return divergences of the noised points from the noised model, with standard errors."""
    import numpy as np
    from scipy import special, stats

    rng, count = np.random.default_rng(seed), _TRUTH.value
    dimension = x.shape[1]
    model = stats.multivariate_normal(b, a.T @ a + np.eye(dimension))

    def log_ratio(y: Any) -> Any:
        squares = np.square(y).sum(1)[:, None] - 2 * y @ x.T + np.square(x).sum(1)
        mixture = special.logsumexp(-0.5 * squares, axis=1) - np.log(len(x))
        return mixture - 0.5 * dimension * np.log(2 * np.pi) - model.logpdf(y)

    on_data = x[rng.integers(len(x), size=count)] + rng.normal(size=(count, dimension))
    on_model = rng.normal(size=(count, len(a))) @ a + b + rng.normal(size=(count, dimension))
    p, q = log_ratio(on_data), log_ratio(on_model)
    parts = {
        "kl": [p],
        "rkl": [-q],
        "js": [0.5 * (np.log(2) - np.logaddexp(0, -p)), 0.5 * (np.log(2) - np.logaddexp(0, q))],
    }
    return {
        name: [
            float(sum(part.mean() for part in parts[name])),
            float(np.sqrt(sum(part.var() / count for part in parts[name]))),
        ]
        for name in names
    }


class Repetitions:
    """What is done, a line each in a file whose first line has the settings."""

    def __init__(self, path: pathlib.Path, settings: dict[str, Any]) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(json.dumps(settings) + "\n", encoding="utf-8")
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        if json.loads(first) != settings:
            raise ValueError(
                f"{path} holds another run: {first} there, {json.dumps(settings)} here. Give "
                "another --workdir, or delete that file."
            )
        self.rows = [json.loads(line) for line in lines]

    def has(self, **key: Any) -> bool:
        """Say whether one is done."""
        return any(all(row[name] == value for name, value in key.items()) for row in self.rows)

    def add(self, row: dict[str, Any]) -> None:
        """Write one down."""
        self.rows.append(row)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def holds(row: dict[str, Any]) -> bool:
    """Say whether both bounds are on their sides of the truth, within three standard errors."""
    low = 3 * (row["lower_se"] ** 2 + row["truth_se"] ** 2) ** 0.5
    high = 3 * (row["upper_se"] ** 2 + row["truth_se"] ** 2) ** 0.5
    return row["lower"] - low <= row["truth"] <= row["upper"] + high


def repeat(done: Repetitions) -> None:
    """Take what is missing, all dimensions and divergences in turn."""
    import kfdiv

    measures: dict[tuple[int, str], Any] = {}
    models = {}
    began = time.perf_counter()
    for index in range(_REPETITIONS.value):
        for dimension in map(int, _DIMENSIONS.value):
            missing = [
                name
                for name in _DIVERGENCES.value
                if not done.has(dimension=dimension, divergence=name, repetition=index)
            ]
            if not missing:
                continue
            x, (a, b) = points(dimension), linear(dimension, [dimension, 2, index])
            truth = truths(x, a, b, missing, [dimension, 3, index])
            if dimension not in models:
                networks = kfdiv.networks
                decoder = networks.mlp(latents(dimension), [], dimension)
                models[dimension] = kfdiv.models.FGAN(decoder, networks.mlp(dimension, [], 1))
            model = models[dimension]
            model.decoder.network.layers[-1].set_weights([a, b])
            for name in missing:
                key = dimension, name
                if key not in measures:
                    measures[key] = kfdiv.evaluation.SandwichMeasure(
                        x.astype("float32"),
                        name,
                        noise=1.0,
                        steps=_STEPS.value,
                        batch_size=_BATCH.value,
                        num_samples=_SAMPLES.value,
                        seed=index,
                        # Hundreds of steps do not pay for a compilation.
                        jit_compile=False,
                    )
                value, error = truth[name]
                row = {"dimension": dimension, "divergence": name, "repetition": index}
                row |= {"truth": value, "truth_se": error, **measures[key](model).figures()}
                done.add(row)
                print(
                    f"{time.perf_counter() - began:.0f} s, repetition {index + 1} of "
                    f"{_REPETITIONS.value}, d = {dimension}, {name}: {row['lower']:.4f} <= "
                    f"{value:.4f} <= {row['upper']:.4f}, {'holds' if holds(row) else 'FAILS'}",
                    file=sys.stderr,
                    flush=True,
                )


def draw(rows: list[dict[str, Any]], path: pathlib.Path) -> None:
    """Draw both bounds against the truth, a panel a divergence and a colour a dimension."""
    import kfdiv

    names = list(dict.fromkeys(row["divergence"] for row in rows))
    with kfdiv.plotting.figure(path, columns=len(names), size=(4.2, 4.0)) as axes:
        for name, axis in zip(names, axes if len(names) > 1 else [axes], strict=True):
            for k, dimension in enumerate(dict.fromkeys(row["dimension"] for row in rows)):
                mine = [r for r in rows if (r["divergence"], r["dimension"]) == (name, dimension)]
                for side, marker in (("lower", "^"), ("upper", "v")):
                    axis.errorbar(
                        [row["truth"] for row in mine],
                        [row[side] for row in mine],
                        [3 * row[f"{side}_se"] for row in mine],
                        fmt=marker,
                        color=f"C{k}",
                        ms=3,
                        lw=0.7,
                        label=f"d = {dimension}" if side == "upper" else None,
                    )
            top = max(row["upper"] for row in rows if row["divergence"] == name)
            axis.plot([0, top], [0, top], color="black", lw=0.8)
            axis.set(title=name, xlabel="truth, nats", ylabel="bounds, nats")
            axis.legend(fontsize="small")


def table(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Return a row for each divergence and dimension."""
    found = []
    for name in dict.fromkeys(row["divergence"] for row in rows):
        for dimension in sorted({row["dimension"] for row in rows}):
            mine = [r for r in rows if (r["divergence"], r["dimension"]) == (name, dimension)]
            if mine:
                found.append(
                    [
                        f"{name}, d = {dimension}",
                        f"{sum(map(holds, mine))} of {len(mine)}",
                        timing.spread(row["truth"] for row in mine),
                        timing.spread(row["truth"] - row["lower"] for row in mine),
                        timing.spread(row["upper"] - row["truth"] for row in mine),
                        timing.spread(row["lower_se"] for row in mine),
                        timing.spread(row["upper_se"] for row in mine),
                    ]
                )
    return found


def main(_: list[str]) -> None:
    """Repeat, then tell and draw what all repetitions say."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    machine = timing.machine(_THREADS.value)
    timing.pin(_THREADS.value)
    settings = {flag.name: flag.value for flag in SETTINGS}
    done = Repetitions(pathlib.Path(_WORKDIR.value) / "repetitions.jsonl", settings)
    repeat(done)
    rows = [
        row
        for row in done.rows
        if str(row["dimension"]) in _DIMENSIONS.value
        and row["divergence"] in _DIVERGENCES.value
        and row["repetition"] < _REPETITIONS.value
    ]
    header = ["", "truth within bounds ± 3 se", "truth", "truth - lower", "upper - truth"]
    header += ["se of lower", "se of upper"]
    inside = ", ".join(
        f"{name} {sum(holds(r) for r in rows if r['divergence'] == name)} of "
        f"{sum(r['divergence'] == name for r in rows)}"
        for name in _DIVERGENCES.value
    )
    told = ", ".join(f"{name} {value:,}" for name, value in settings.items())
    note = (
        f"Five points against linear-Gaussian models, noise of width 1, nats. The truth lay within "
        f"both bounds, by three standard errors: {inside}. Budget: {told}."
    )
    record = {"benchmark": "sandwich_coverage", "note": note, **settings}
    record |= {"machine": machine, "repetitions": rows}
    draw(rows, pathlib.Path(_RESULTS.value) / "sandwich_coverage.png")
    timing.publish(record, header, table(rows), _RESULTS.value)


if __name__ == "__main__":
    app.run(main)
