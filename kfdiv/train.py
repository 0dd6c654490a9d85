r"""Fit a latent-variable model to data by an f-divergence of your choice.

For example:

  # Handwritten digits under reverse KL: a minute or two, no download.
  python -m kfdiv.train --preset=digits --divergence=rkl --workdir=results/demo

  # The same command again resumes a run that was stopped or killed, bit for bit. So does
  python -m kfdiv.train --workdir=results/demo

  # Another divergence, other settings of the preset, a short run.
  python -m kfdiv.train --preset=zhang/ring --divergence=js --workdir=results/ring \
      --epochs=10 --set=units=200 --set=learning_rate=3e-4

  # Without densities: adversarially, by another objective on the same networks and data.
  python -m kfdiv.train --preset=shen/grid25 --divergence=kl --workdir=results/age
  python -m kfdiv.train --preset=shen/grid25 --set=objective=hinge --workdir=results/hinge

  # Your own pictures, cut to 32 x 32; your own table; a preset of your own, in mine.py.
  python -m kfdiv.train --preset=images --data=folder:photos --set=size=32 --workdir=results/mine
  python -m kfdiv.train --preset=tabular --data=csv:people.csv --divergence=js \
      --set=label=group --workdir=results/people
  python -m kfdiv.train --preset=mine:MyPreset --workdir=results/own

  # All combinations of some values, two at a time, each in a folder in results/sweep, and
  # compare.html, a page that compares them. The same command goes on with what was stopped.
  python -m kfdiv.train --preset=zhang/ring --sweep="divergence=kl,rkl,js;seed=0,1" --workers=2 \
      --workdir=results/sweep

  # On all GPUs of this machine; on several machines, the same command on each (docs/scale_out.md).
  python -m kfdiv.train --preset=shen/imagenet --strategy=mirrored --workdir=results/imagenet

  # Which presets, divergences and objectives there are, and a preset's settings.
  python -m kfdiv.train --list

A run lives in its folder, --workdir: config.json says what it is; log.csv and tensorboard/ how
it goes; samples.png (beside data.png), latents.png, curves.png and, with two latents, manifold.png
show it as it goes; model.keras is the model of the last epoch, backup/ what a run resumes from. At
the end come report.html, all of it as a page for any browser, which is there while it trains,
too; metrics.json (a bound on the divergence with its standard error; which one, tells
python -m kfdiv.evaluate --help) and export/, a SavedModel that needs
TensorFlow alone, and manifest.json, the checksums of them all. All files appear whole or not at
all.

What is lost or damaged is put right by the same command: training goes on from the newest state
that is whole, of two backups and model.keras, and a finished run writes again what is not as it
was; a line says what was lost and what was done. Where there are results but no whole state,
training anew takes --restart. One process at a time trains in a folder; others are refused.

--strategy is no part of what the run is: batches and their order are the same on any number of
devices, so a run may go on with more or fewer of them. Noise is not: every replica draws its own.
With the noise fixed the steps of N devices are those of one, to rounding; as it is, a run that goes
on with another number of replicas is as good as one that was never stopped, but not bit for bit it,
and a line says so.

Exit codes: 0 done; 1 stopped because a loss was not finite, a picture is damaged, or a file could
not be written; 2 the command cannot be carried out as given; 130 and 143 stopped by Ctrl-C and by
SIGTERM, ready to resume.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys

import tensorflow as tf
from absl import flags

from kfdiv import callbacks, files, models, runs, strategies
from kfdiv.data import DamagedFileError, damaged
from kfdiv.models import checks
from kfdiv.runs import program, sweep_program, train_flags
from kfdiv.runs.listing import listing
from kfdiv.runs.train_flags import define_flags


def main(values: flags.FlagValues) -> int:
    """Train as the flags say; return the exit code.

    Raises:
        LostWorkerError: if another worker of a strategy of several has ended; see `program.start`.
    """
    if values.list:
        print(listing())
        return 0
    with contextlib.ExitStack() as stack:
        return _run(values, stack)


def _run(values: flags.FlagValues, stack: contextlib.ExitStack) -> int:
    """Find out what is to be trained, and train; return the exit code.

    Args:
        values: the flags.
        stack: keeps the folder's lock.
    """
    with program.usage_errors():
        if not values.workdir:
            raise ValueError("--workdir=DIR is missing: the folder of the run. See --help.")
        if values.sweep is not None:
            return sweep_program.train(values)
        if values.workers is not None:
            raise ValueError("--workers is for --sweep alone; a run has all cores by itself.")
        # Before TensorFlow is at work: only then can processes be told of one another.
        if values.strategy == "multi_worker":
            print("Waiting for all workers that TF_CONFIG names.", flush=True)
        strategy = strategies.by_name(values.strategy)
        workers = strategies.Workers(strategy)
        stack.enter_context(strategies.lost_workers_told(workers))
        workdir = runs.Workdir(values.workdir)
        # A new run's folder is made when it is known that there can be a run.
        existed = workdir.path.is_dir()
        config = _agree(workers, workdir, values, stack)
        if config is None:
            return 0
        preset = config.build()
        checks.check_shares(strategy.num_replicas_in_sync, preset.batch_size)
        dataset = preset.dataset("train", config.seed, values.data_dir)
        with strategy.scope():
            model = preset.model(config.divergence, config.seed)
        model.check_training_data(dataset)
        if workers.is_chief:
            runs.check_outputs(workdir, model)
            if not existed:
                _claim(workdir, stack)
            if values.restart and (aside := workdir.set_aside()):
                print(f"The earlier results are in {aside}.")
    return _train(workdir, config, dataset, values, model)


def _agree(
    workers: strategies.Workers,
    workdir: runs.Workdir,
    values: flags.FlagValues,
    stack: contextlib.ExitStack,
) -> runs.Config | None:
    """Return what is to be trained, as the chief's folder has it; None if nothing is left to do."""
    if not workers.is_chief:
        record = workers.from_chief(None)
        if not record:
            print("This run is finished already, says the chief.")
        return runs.Config.from_record(json.loads(record)) if record else None
    files.check_folder_writable(workdir.path, "--workdir")
    if workdir.path.is_dir():
        stack.enter_context(files.locked(workdir.path))
    config = train_flags.resolve(workdir, values)
    if runs.inspect(workdir, config).whole and not values.restart:
        print("This run is finished already; go on with --epochs=N beyond its epochs.")
        print(f"\n{runs.summary(workdir, config, workdir.read_metrics())}")
        workers.from_chief(b"")
        return None
    workers.from_chief(json.dumps(dataclasses.asdict(config)).encode())
    return config


def _claim(workdir: runs.Workdir, stack: contextlib.ExitStack) -> None:
    """Have a folder that was not there before."""
    stack.enter_context(files.locked(workdir.path))
    if workdir.config.exists():
        raise ValueError(
            f"Another process has begun a run in {workdir.path} meanwhile. Give the command again "
            "to go on with that one."
        )


def _train(
    workdir: runs.Workdir,
    config: runs.Config,
    dataset: tf.data.Dataset,
    values: flags.FlagValues,
    model: models.GenerativeModel,
) -> int:
    """Train, and return the exit code."""
    resume = f"python -m kfdiv.train --workdir={workdir.path}"
    if values.strategy:
        resume += f" --strategy={values.strategy}"
    try:
        place = f"in {workdir.path}" if model.workers.is_chief else "for the chief, which writes"
        print(f"Training {config.title} {place}, on {_devices()}", flush=True)
        # A progress bar in a terminal, a line an epoch in a file.
        verbose = 1 if sys.stdout.isatty() else 2
        with damaged.named():
            runs.train(workdir, config, dataset, values.pictures_every, verbose, model)
    except (FloatingPointError, DamagedFileError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except callbacks.NoStateError as error:
        advice = workdir.restart_advice
        raise program.UsageError(
            f"{workdir.path} holds no whole state to go on from: {error.reasons}. {advice}"
        ) from error
    except strategies.LostWorkerError:
        raise
    except (files.DamageError, files.InUseError) as error:
        raise program.UsageError(str(error)) from error
    except (OSError, RuntimeError, tf.errors.OpError) as error:
        reason = program.disk_error(error)
        if reason is None:
            raise
        print(
            f"error: Stopped, for something could not be written: {reason}. What was written "
            f"before is whole. Mend that, and go on: {resume}",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt as error:
        number = getattr(error, "signal_number", callbacks.SIGNALS[0])
        print(f"\n{error or 'Stopped.'} To go on: {resume}", file=sys.stderr)
        return 128 + number
    if model.workers.is_chief:
        print(f"\n{runs.summary(workdir, config, workdir.read_metrics())}")
    return 0


def _devices() -> str:
    """Say what is trained on: that TensorFlow found no GPU, no line of its log says here."""
    found = [device.device_type for device in tf.config.list_logical_devices()]
    kinds = [kind for kind in ("TPU", "GPU") if kind in found]
    return ", ".join(f"{found.count(kind)} {kind}" for kind in kinds) or "CPU"


if __name__ == "__main__":
    program.start(define_flags, main)
