"""The systems of Shen et al. 2020: what their tables compare, and how the examples train one."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

import kfdiv


class System(NamedTuple):
    """An objective of the presets, the divergence that it minimises (None: its own), and settings.

    Attributes:
        objective: as of the presets.
        divergence: what it minimises.
        clip: r0 of adversarial gradient estimation.
        deterministic: whether encoder and generator draw no noise, where a preset has the choice.
    """

    objective: str
    divergence: str | None
    clip: float = 0.0
    deterministic: bool = False

    def settings(self) -> dict[str, Any]:
        """Return the preset's settings that make it this system."""
        own = {"stochastic": False} if self.deterministic else {}
        return {"objective": self.objective, "clip": self.clip, **own}


SYSTEMS = {
    "age-kl": System("age", "kl"),
    "fgan-kl": System("fgan", "kl"),
    "age-hellinger": System("age", "squared_hellinger"),
    "age-rkl": System("age", "rkl"),
    "age-js": System("age", "js"),
    "age-all": System("age", "all"),
    "logd": System("logd", None),
    "hinge": System("hinge", None),
}


def find(name: str) -> System:
    """Return a system by name: one of `SYSTEMS`, then `@r0` for clipping, or `(d)` for no noise.

    Raises:
        ValueError: if there is none, naming the choices.

    Example:
        >>> find("age-kl@0.5").clip, find("age-all(d)").deterministic
        (0.5, True)
    """
    base, _, clip = name.removesuffix("(d)").partition("@")
    if base not in SYSTEMS:
        raise ValueError(
            f"There is no system {name!r}. Choose from {', '.join(SYSTEMS)}; @0.5 after a name "
            "clips ratios, and (d) leaves the noise out."
        )
    options = {"clip": float(clip) if clip else 0.0, "deterministic": name.endswith("(d)")}
    return SYSTEMS[base]._replace(**options)


class Trained(NamedTuple):
    """A model at the end of its run, and its log, a row an epoch."""

    model: kfdiv.models.GenerativeModel
    rows: list[dict[str, float]]


def train(
    preset: str,
    system: System,
    seed: int,
    workdir: str,
    measures: Mapping[str, Callable[[Any], Any]] | None = None,
    *,
    data_dir: str | None = None,
    **settings: Any,
) -> Trained:
    """Train one system on a preset, or go on where an earlier process stopped, or load the end.

    Args:
        preset: its name.
        system: what to train.
        seed: of everything.
        workdir: where the backups and the log go; a run of other settings there is refused.
        measures: taken at the end of every epoch, as `kfdiv.callbacks.EvaluateEvery` does.
        data_dir: folder of prepared TensorFlow Datasets.
        **settings: of the preset.

    Returns:
        The trained model and its log.

    Raises:
        ValueError: if the workdir holds a run of other settings.
    """
    made = kfdiv.presets.get(preset, **system.settings(), **settings)
    identity = {"preset": preset, **system._asdict(), "seed": seed, **settings}
    folder = open_run(workdir, identity)
    model = made.model(system.divergence, seed)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")
    fit(model, made, seed, log, measures, data_dir=data_dir)
    return Trained(model, log.rows)


class Comparison(NamedTuple):
    """What `compare` found: a record a run, and each system's model of the first seed."""

    fits: list[dict[str, Any]]
    models: dict[str, kfdiv.models.GenerativeModel]


def compare(
    preset: str,
    names: Iterable[str],
    seeds: Iterable[int],
    workdir: str,
    figures: Callable[[kfdiv.models.GenerativeModel], dict[str, float]],
    each_epoch: bool = False,
    **options: Any,
) -> Comparison:
    """Train every system with every seed, each in a folder of its own, and measure the ends.

    Args:
        preset: its name.
        names: of systems, as `find` knows them.
        seeds: each a whole repetition.
        workdir: where the runs' folders go.
        figures: measures a model.
        each_epoch: measure it at the end of every epoch, too, for curves.
        **options: of `train`.
    """
    fits: list[dict[str, Any]] = []
    models: dict[str, kfdiv.models.GenerativeModel] = {}
    during = {"figures": figures} if each_epoch else None
    for seed in seeds:
        for name in names:
            folder = f"{workdir}/{name}-{seed}"
            trained = train(preset, find(name), seed, folder, during, **options)
            found = figures(trained.model)
            fits.append({"system": name, "seed": seed, **found})
            fits[-1]["seconds"] = trained.rows[-1]["seconds"]
            if each_epoch:
                fits[-1]["by_epoch"] = {
                    key: [row[f"figures/{key}"] for row in trained.rows] for key in found
                }
            models.setdefault(name, trained.model)
            print(f"{name}, seed {seed}:", {k: round(v, 4) for k, v in found.items()}, flush=True)
    return Comparison(fits, models)


def fit(
    model: kfdiv.models.GenerativeModel,
    preset: kfdiv.presets.Preset,
    seed: int,
    log: kfdiv.callbacks.EpochLog,
    measures: Mapping[str, Callable[[Any], Any]] | None = None,
    every: int = 1,
    data_dir: str | None = None,
) -> None:
    """Train a model on the data of a preset for its epochs, with backups beside its log.

    Args:
        model: compiled; its weights become those of the end.
        preset: of the data, and how long to train.
        seed: of the data.
        log: gets a row an epoch.
        measures: as of `train`.
        every: epochs between measurements.
        data_dir: as of `train`.
    """
    model.fit(
        preset.dataset(seed=seed, data_dir=data_dir),
        epochs=preset.epochs,
        steps_per_epoch=preset.steps_per_epoch,
        verbose=2,
        callbacks=[
            kfdiv.callbacks.EvaluateEvery(measures or {}, every),
            log,
            kfdiv.callbacks.ExactResume(log.path.parent / "backup", every=200),
        ],
    )


def open_run(workdir: str, identity: dict[str, Any]) -> pathlib.Path:
    """Make the folder of a run, and refuse one that holds another run.

    Raises:
        ValueError: if it does.
    """
    folder = pathlib.Path(workdir)
    path = folder / "settings.json"
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found != identity:
            raise ValueError(
                f"{folder} holds a run of {found}, but {identity} was asked for. Give another "
                "--workdir, or delete that folder."
            )
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(identity), encoding="utf-8")
    os.replace(partial, path)
    return folder


def summarise(fits: list[dict[str, Any]], measures: list[str]) -> dict[str, dict[str, Any]]:
    """Return mean and standard deviation over seeds, by system and measure.

    Args:
        fits: each with a "system", and values of the measures.
        measures: their names.
    """
    table: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(fit["system"] for fit in fits):
        mine = [fit for fit in fits if fit["system"] == name]
        table[name] = {"seeds": len(mine)}
        for measure in measures:
            values = np.array([fit[measure] for fit in mine], np.float64)
            sd = float(values.std(ddof=1)) if len(values) > 1 else None
            table[name][measure] = {"mean": float(values.mean()), "sd": sd}
    return table
