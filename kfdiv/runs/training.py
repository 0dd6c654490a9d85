"""One training run in one folder: begun, or gone on with, and finished."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Collection, Iterable
from typing import Any

import tensorflow as tf

from kfdiv import callbacks, files, models
from kfdiv.runs import finish, pictures, preflight
from kfdiv.runs.config import Config
from kfdiv.runs.copying import copy_of
from kfdiv.runs.estimate import BoundEstimator
from kfdiv.runs.record import versions
from kfdiv.runs.run_page import RunPage
from kfdiv.runs.run_record import RunReader
from kfdiv.runs.workdir import Workdir


def train(
    workdir: Workdir,
    config: Config,
    dataset: tf.data.Dataset,
    pictures_every: int = 1,
    verbose: int = 1,
    model: models.GenerativeModel | None = None,
) -> None:
    """Train to the configured epoch, from the newest whole state if there is one, and finish.

    The folder gets its first file when model and data are there, and everything that is to be
    written can be. Of a run that has been finished, what is lost or damaged is written again; a
    `DamagedFileWarning` says what, and so it does of states that are passed over.

    Args:
        workdir: the run's folder, which `files.locked` keeps from other processes. Of several
            workers the chief alone looks at it.
        config: as `resolve_config` returned it.
        dataset: the preset's, of the training split and the run's seed.
        pictures_every: epochs between pictures.
        verbose: of `fit`.
        model: the untrained model, if it has been built already.

    Raises:
        FloatingPointError: if a loss was not finite; the last checkpoint is from before it.
        DamageError: if there are results, but no whole state to go on from.
        OSError: if something cannot be written; where that can be known, before the training.
        kfdiv.callbacks.Interrupted: on Ctrl-C or SIGTERM, after a backup.
    """
    preset = config.build()
    if model is None:
        model = preset.model(config.divergence, config.seed)
    if not model.workers.is_chief:
        _assist(workdir, config, dataset, model)
        return
    preflight.check(workdir, model)
    outputs = finish.inspect(workdir, config)
    run = dataclasses.asdict(config)
    log = callbacks.EpochLog(workdir.log, _extras(model))
    checkpoint = callbacks.Checkpoint(workdir.checkpoint, log, run)
    backup = callbacks.ExactResume(workdir.backup, checkpoint=workdir.checkpoint, log=log, run=run)
    if not backup.has_state() and workdir.has_lost_progress():
        raise files.DamageError(
            f"{workdir.path} holds results, but backup and {workdir.checkpoint.name}, from which "
            f"training would go on, are lost. {workdir.restart_advice}"
        )
    for folder in (workdir.path, *workdir.folders):
        files.sweep(folder)
    if not workdir.holds(config):
        workdir.write_config(config)
    for line in outputs.damage or _lost(workdir, backup):
        warnings.warn(f"{workdir.path}: {line}", files.DamagedFileWarning, stacklevel=2)
    drawn = pictures.make(workdir, config, dataset, model, log, pictures_every)
    page = RunPage(RunReader(workdir, config), log)
    with callbacks.GracefulStop(backup) as stop:
        history = model.fit(
            dataset,
            epochs=config.epochs,
            steps_per_epoch=preset.steps_per_epoch,
            verbose=verbose,
            callbacks=[
                log,
                callbacks.EventLog(workdir.events, log),
                checkpoint,
                *drawn,
                page,
                # After all others: a run killed among them repeats the epoch, and them with it.
                backup,
                stop,
            ],
        )
    if history.epoch:
        # What there was is of another model.
        outputs = finish.Outputs(finished=False)
    else:
        # The run ended before, and what of its end is not there is made.
        _restore(workdir, config, outputs.good, log, checkpoint, backup, drawn)
    if not outputs.has(workdir.export):
        one = model.distribute_strategy.num_replicas_in_sync == 1 and not model.workers.is_many
        (model if one else copy_of(model)).export(workdir.export)
    if workdir.metrics.name not in outputs.good:
        files.write_json(workdir.metrics, _measure(config, model, dataset, log))
    # It has all of the above.
    page.draw_now(config.epochs)
    finish.write_manifest(workdir, config, int(model.step.numpy()))
    # The others wait for the end of the run.
    model.workers.sum([1])


def _assist(
    workdir: Workdir, config: Config, dataset: tf.data.Dataset, model: models.GenerativeModel
) -> None:
    """Train as one of several workers that is not the chief; nothing is written.

    What the chief does that needs all workers is done here in the same order.
    """
    run = dataclasses.asdict(config)
    checkpoint = callbacks.Checkpoint(workdir.checkpoint, run=run)
    backup = callbacks.ExactResume(workdir.backup, run=run)
    with callbacks.GracefulStop(backup) as stop:
        history = model.fit(
            dataset,
            epochs=config.epochs,
            steps_per_epoch=config.build().steps_per_epoch,
            verbose=0,
            callbacks=[checkpoint, backup, stop],
        )
    if not history.epoch:
        if model.workers.sum([0])[0]:
            checkpoint.save()
        backup.save()
    model.workers.sum([1])


def _lost(workdir: Workdir, backup: callbacks.ExactResume) -> list[str]:
    """Return what is to be told where a run goes on from one of its states, and others are gone."""
    if not workdir.has_lost_progress():
        return []
    there = {workdir.checkpoint.name: workdir.checkpoint.exists(), "backup": bool(backup.newest())}
    return [f"{name} is lost: written again." for name, exists in there.items() if not exists]


def _restore(
    workdir: Workdir,
    config: Config,
    good: Collection[str],
    log: callbacks.EpochLog,
    checkpoint: callbacks.Checkpoint,
    backup: callbacks.ExactResume,
    drawn: Iterable[callbacks.Picture],
) -> None:
    """Write what the callbacks would have written at the end of the last epoch."""
    if workdir.log.name not in good:
        log.save()
    lost = workdir.checkpoint.name not in good
    # All workers have to save it.
    checkpoint.model.workers.sum([lost])
    if lost:
        checkpoint.save()
    backup.save()
    for picture in drawn:
        if picture.path.name not in good:
            picture.draw_now(config.epochs)


def _measure(
    config: Config,
    model: models.GenerativeModel,
    dataset: tf.data.Dataset,
    log: callbacks.EpochLog,
) -> dict[str, Any]:
    """Return what the metrics file of a finished run holds."""
    estimator = BoundEstimator.of(model, config.build().target(config.divergence))
    return {
        "preset": config.preset,
        "trained_by": config.divergence,
        "split": "train",
        **estimator.estimate(dataset.stream),
        "epochs": config.epochs,
        "steps": int(model.step.numpy()),
        "seconds": log.seconds,
        "seed": config.seed,
        "versions": versions(),
    }


def _extras(model: models.GenerativeModel) -> dict[str, Callable[[], float]]:
    """Return the log's column of the spread noise's width, where there is one width."""
    noise = getattr(model, "noise", None)
    if noise is None or noise.learned:
        return {}
    # Of the step that was taken last.
    return {"width": lambda: float(noise.width(model.step.value - 1))}
