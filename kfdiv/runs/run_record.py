"""What a page tells of the run in a folder, read off its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kfdiv import files
from kfdiv.callbacks import PictureHistory
from kfdiv.callbacks.curves import curves_of
from kfdiv.callbacks.epoch_log import read_table
from kfdiv.pages import Measure, RunRecord
from kfdiv.runs.command import changed_settings, command
from kfdiv.runs.config import Config
from kfdiv.runs.record import measure_name
from kfdiv.runs.workdir import Workdir

_PICTURES = ("samples", "data", "latents", "manifold")


class RunReader:
    """Reads the folder of a run, as often as asked; what stays the same is found out once.

    Args:
        workdir: the folder.
        config: what the run is.
        history: of its samples.
    """

    def __init__(
        self, workdir: Workdir, config: Config, history: PictureHistory | None = None
    ) -> None:
        self.workdir = workdir
        self.config = config
        self.history = history_of(workdir, config) if history is None else history
        changed = changed_settings(config)
        self._command = command(config, workdir.path, changed)
        self._changed = frozenset({*changed, "preset", "divergence", "seed"})
        preset = config.build()
        self._warmup = preset.warmup(config.divergence).steps // preset.steps_per_epoch

    def read(
        self,
        rows: Sequence[Mapping[str, float]] | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> RunRecord:
        """Return the run as it is now.

        Args:
            rows: of its log; by default those of the file.
            versions: of packages; by default those that the metrics of a finished run have.
        """
        workdir, config, notes = self.workdir, self.config, []
        if rows is None:
            rows = read_table(workdir.log) if workdir.log.exists() else []
        metrics = None
        if workdir.metrics.exists():
            try:
                metrics = workdir.read_metrics()
            except files.DamageError as error:
                notes.append(f"{error}. To put it right: {workdir.resume_command}")
        newest = int(rows[-1]["epoch"]) if rows else 0
        history, lost = self.history.found(newest)
        done = metrics is not None and metrics.get("epochs") == config.epochs
        return RunRecord(
            name=workdir.path.resolve().name,
            title=config.title,
            status=f"finished, {newest} epochs" if done else f"epoch {newest} of {config.epochs}",
            command=self._command,
            settings={
                "preset": config.preset,
                "divergence": config.divergence,
                "seed": config.seed,
                **config.settings,
                "epochs": config.epochs,
            },
            changed=self._changed,
            curves=curves_of(rows, self._warmup),
            measures=_measures(workdir, metrics, int(rows[-1]["step"]) if rows else None),
            facts=_facts(rows),
            versions=(metrics or {}).get("versions", versions or {}),
            pictures={name: path for name in _PICTURES if (path := _picture(workdir, name))},
            history=history,
            notes=[*notes, *lost],
        )


def history_of(workdir: Workdir, config: Config, every: int = 1) -> PictureHistory:
    """Return the history of a run's samples.

    Args:
        workdir: of the run.
        config: what it is.
        every: epochs between pictures.
    """
    return PictureHistory(workdir.history, every, run=files.as_json(config))


def _picture(workdir: Workdir, name: str) -> Any:
    path = getattr(workdir, name)
    return path if path.is_file() else None


def _measures(
    workdir: Workdir, metrics: Mapping[str, Any] | None, newest: int | None
) -> list[Measure]:
    """Return the run's own figure, and those of `kfdiv.evaluate --output` in its folder."""
    found = [] if metrics is None else [(workdir.metrics.name, metrics)]
    for path in sorted(workdir.path.glob("*.json")):
        if path in (workdir.metrics, workdir.manifest, workdir.config):
            continue
        try:
            record = files.read_json(path)
        except (files.DamageError, OSError):
            continue
        found.append((path.name, record))
    return [
        Measure(
            name=_name(record, newest),
            value=record["bound"],
            error=record["bound_se"],
            unit="nats",
            split=str(record.get("split", "")),
            examples=record.get("examples"),
            source=name,
        )
        for name, record in found
        if _is_figure(record)
    ]


def _is_figure(record: Any) -> bool:
    """Say whether that is what `kfdiv.evaluate` writes; other files may be anybody's."""
    if not isinstance(record, dict) or not {"bound", "bound_se", "bound_kind"} <= set(record):
        return False
    numbers = [record.get(name) for name in ("bound", "bound_se", "steps", "examples")]
    words = [record["bound_kind"], record.get("divergence") or ""]
    return all(isinstance(word, str) for word in words) and all(
        number is None or isinstance(number, (int, float)) for number in numbers
    )


def _name(record: Mapping[str, Any], newest: int | None) -> str:
    """Return what a figure is, and of what step where that is not the newest one."""
    step = record.get("steps", newest)
    return measure_name(record) + ("" if step == newest else f", at step {step:,}")


def _facts(rows: Sequence[Mapping[str, float]]) -> dict[str, str]:
    if not rows:
        return {}
    last = rows[-1]
    return {
        "epochs": f"{int(last['epoch']):,}",
        "steps": f"{int(last['step']):,}",
        "time in fit": _duration(last["seconds"]),
    }


def _duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    Example:
        >>> [_duration(seconds) for seconds in (4.2, 61.0, 7_300.0)]
        ['4 s', '1.0 min', '2.0 h']
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3_600 else f"{seconds / 3_600:.1f} h"
