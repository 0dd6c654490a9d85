"""The systems of Shen et al. 2020: what their tables compare, and how the examples train one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import kfdiv
from examples.lib import resumable
from kfdiv import files, runs


class System(NamedTuple):
    """An objective of the presets, the divergence that it minimises (None: its own), and settings.

    Attributes:
        objective: as of the presets.
        divergence: what it minimises.
        clip: r0 of adversarial gradient estimation.
        deterministic: whether encoder and generator draw no noise, where a preset has the choice.
        unidirectional: whether there is no encoder, where a preset has the choice.
    """

    objective: str
    divergence: str | None
    clip: float = 0.0
    deterministic: bool = False
    unidirectional: bool = False

    def settings(self) -> dict[str, Any]:
        """Return the preset's settings that make it this system."""
        own = {"stochastic": False} if self.deterministic else {}
        if self.unidirectional:
            own["bidirectional"] = False
        return {"objective": self.objective, "clip": self.clip, **own}


SYSTEMS = {
    "age-kl": System("age", "kl"),
    "fgan-kl": System("fgan", "kl"),
    "age-hellinger": System("age", "squared_hellinger"),
    "age-rkl": System("age", "rkl"),
    "age-js": System("age", "js"),
    "age-all": System("age", "all"),
    "age-ugm": System("age", "all", unidirectional=True),
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
    folder: str,
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
        folder: of the run: log, backups, and at the end the model, as `python -m kfdiv.sample
            --workdir` and its like take it. One of another run is refused.
        measures: taken at the end of every epoch, as `kfdiv.callbacks.EvaluateEvery` does.
        data_dir: folder of prepared TensorFlow Datasets.
        **settings: of the preset.

    Returns:
        The trained model and its log.

    Raises:
        ValueError: if the folder holds another run, or the preset is not for the system.
    """
    lacks = set(system.settings()) - {f.name for f in dataclasses.fields(kfdiv.presets.get(preset))}
    if lacks:
        raise ValueError(
            f"{system} is not for {preset}, which has no setting {', '.join(sorted(lacks))}; "
            "(d) and age-ugm are for images."
        )
    config = runs.Config.make(preset, system.divergence, seed, **system.settings(), **settings)
    workdir = runs.Workdir(folder)
    resumable.claim(workdir.config, dataclasses.asdict(config))
    made = config.build()
    model = made.model(config.divergence, seed)
    log = kfdiv.callbacks.EpochLog(workdir.log)
    resumable.fit(
        model,
        made.dataset(seed=seed, data_dir=data_dir),
        log,
        epochs=config.epochs,
        steps_per_epoch=made.steps_per_epoch,
        measures=measures,
        run=dataclasses.asdict(config),
    )
    if not workdir.checkpoint.exists():
        with files.replacing(workdir.checkpoint) as partial:
            model.save(partial)
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
    figures: Callable[[kfdiv.models.GenerativeModel], dict[str, float | None]],
    each_epoch: bool = False,
    **options: Any,
) -> Comparison:
    """Train every system with every seed, each in a folder of its own, and measure the ends.

    Args:
        preset: its name.
        names: of systems, as `find` knows them.
        seeds: each a whole repetition.
        workdir: where the runs' folders go.
        figures: measures a model; None stands for what it does not have.
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
            told = {key: round(value, 4) for key, value in found.items() if value is not None}
            print(f"{name}, seed {seed}:", told, flush=True)
    return Comparison(fits, models)
