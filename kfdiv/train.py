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
import textwrap

import tensorflow as tf
from absl import flags

from kfdiv import callbacks, divergences, files, models, presets, runs, strategies
from kfdiv.data import DamagedFileError, damaged
from kfdiv.models import checks
from kfdiv.runs import assignments, program, sweep, sweep_plan

# Flags of a sweep as a whole; the others are those of each of its runs.
_OF_SWEEP = ("sweep", "workers", "workdir", "list")


def define_flags(values: flags.FlagValues) -> None:
    """Define this program's flags."""
    options = {"flag_values": values}
    flags.DEFINE_string(
        "preset",
        None,
        "What to train; --list names them. Or module:Class, a preset of your own.",
        **options,
    )
    flags.DEFINE_string(
        "data",
        None,
        "Your own data, of the presets images and tabular: folder:PATH, npz:PATH or csv:PATH.",
        **options,
    )
    flags.DEFINE_string(
        "divergence",
        None,
        "What to minimise, as D_f(data || model): kl, rkl, js, alpha(0.5), ..., or all; --list "
        "names them. By default the preset's.",
        **options,
    )
    flags.DEFINE_string("workdir", None, "Folder of the run; made if missing.", **options)
    flags.DEFINE_integer(
        "epochs",
        None,
        "Epoch to reach. By default the preset's. A run can be continued to a later one.",
        lower_bound=1,
        **options,
    )
    flags.DEFINE_integer(
        "seed",
        None,
        "Seed of weights, data order and noise; 0.",
        lower_bound=0,
        upper_bound=2**32 - 1,
        **options,
    )
    flags.DEFINE_integer(
        "batch_size", None, "Examples a batch. By default the preset's.", lower_bound=1, **options
    )
    flags.DEFINE_integer(
        "steps_per_execution",
        None,
        "Train steps in one compiled call. By default the preset's.",
        lower_bound=1,
        **options,
    )
    flags.DEFINE_multi_string(
        "set", [], "NAME=VALUE: another setting of the preset; may be repeated.", **options
    )
    flags.DEFINE_string(
        "data_dir",
        None,
        "Where TensorFlow Datasets has its data sets: by default $TFDS_DATA_DIR, else "
        "~/tensorflow_datasets. digits, ring and the Gaussians need no files.",
        **options,
    )
    flags.DEFINE_integer("pictures_every", 1, "Epochs between pictures.", lower_bound=1, **options)
    flags.DEFINE_enum(
        "strategy",
        None,
        list(strategies.NAMES),
        "Train on many devices: all GPUs of this machine (mirrored), several processes, which "
        "TF_CONFIG tells of one another (multi_worker), or a TPU. By default on one device.",
        **options,
    )
    flags.DEFINE_boolean(
        "restart",
        False,
        "Train anew in a folder that holds a run, whose files are moved to previous-1 within it.",
        **options,
    )
    flags.DEFINE_string(
        "sweep",
        None,
        "NAME=VALUE,VALUE;NAME=VALUE,VALUE: train every combination, each in a folder of "
        "--workdir. A name is a flag's or a setting's.",
        **options,
    )
    flags.DEFINE_integer("workers", None, "Runs of --sweep at a time; 1.", lower_bound=1, **options)
    flags.DEFINE_boolean("list", False, "Name presets and divergences, and exit.", **options)


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
            return _sweep(values)
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
    config = _resolve(workdir, values)
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


def _sweep(values: flags.FlagValues) -> int:
    """Train all runs of a sweep, and return the exit code."""
    names = _own_flags()
    folder = runs.Workdir(values.workdir)
    if values.strategy == "multi_worker":
        raise ValueError(
            "--sweep begins processes by itself, and several workers are one run's: leave out "
            "--strategy=multi_worker, or train the runs one by one."
        )
    if folder.config.exists():
        raise ValueError(
            f"{folder.path} holds a run; name another folder, in which each run of --sweep has one."
        )
    files.check_folder_writable(folder.path, "--workdir")
    planned = sweep_plan.plan(values.sweep, [name for name in names if name not in _OF_SWEEP])
    for argument in planned[0].arguments:
        name = argument.removeprefix("--").partition("=")[0]
        if name != "set" and values[name].present:
            raise ValueError(
                f"--sweep has values of {name}, so that --{name}={values[name].value} would be "
                "ignored. Leave one of them out."
            )
    shared = [
        word
        for name in names
        if values[name].present and name not in _OF_SWEEP
        for word in values[name].serialize().split("\n")
    ]
    sweep.leave_accelerators()
    found = sweep.check(folder.path, planned, shared, _resolve_words, values.data_dir)
    files.check_writable(folder.path / sweep.PAGE, "The page")
    with files.locked(folder.path):
        files.sweep(folder.path)
        running = sweep.Sweep(folder.path, found, values.workers or 1)
        print(f"Training {len(found)} runs in {folder.path}", flush=True)
        stopped = running.train()
    # There is none before a run has ended an epoch.
    if running.page.exists():
        print(f"\nThe comparison: {running.page}")
    for name, reason in running.failed.items():
        print(f"error: {name} {reason} (see {running.output(name)})", file=sys.stderr)
    if stopped is not None:
        print("Stopped. To go on, give the same command again.", file=sys.stderr)
        return 128 + stopped
    return 1 if running.failed else 0


def _resolve_words(words: list[str], workdir: runs.Workdir) -> runs.Config:
    """Return what is trained in a folder by a command line of these flags."""
    values = flags.FlagValues()
    define_flags(values)
    try:
        program.parse(values, ["train", *words])
    except program.UsageError as error:
        raise ValueError(str(error)) from error
    return _resolve(workdir, values)


def _own_flags() -> list[str]:
    values = flags.FlagValues()
    define_flags(values)
    return list(values)


def listing() -> str:
    """Return the presets with their settings, the divergences, and the objectives.

    Example:
        >>> print(listing().splitlines()[-1])
        hinge (total_variation), logd (js), minimax (js)
    """
    lines = ["Presets (--preset; settings by --set=NAME=VALUE):"]
    for name in presets.registry.names():
        preset = presets.get(name)
        settings = " ".join(f"{k}={v}" for k, v in dataclasses.asdict(preset).items())
        lines += ["", f"  {name}: {preset.description} (--divergence={preset.divergence})"]
        lines += textwrap.wrap(settings, 96, initial_indent="    ", subsequent_indent="    ")
    names = ", ".join(divergences.registry.names())
    lines += ["", f"Divergences (--divergence): {names}"]
    lines += ["With objective=age also all: several divergences at once, along one gradient"]
    lines += ["", "Objectives (--set=objective=NAME), of presets that have the setting:"]
    lines += presets.shen.objectives.listing()
    return "\n".join(lines)


def _resolve(workdir: runs.Workdir, values: flags.FlagValues) -> runs.Config:
    settings = assignments.parse(values.set)
    if "epochs" in settings:
        raise ValueError("The epoch to reach is given by --epochs, not by --set=epochs.")
    for name in ("data", "batch_size", "steps_per_execution"):
        if values[name].value is not None:
            if name in settings:
                raise ValueError(f"--{name} and --set={name} are the same. Give one of them.")
            settings[name] = values[name].value
    return runs.resolve_config(
        workdir,
        values.preset,
        values.divergence,
        values.seed,
        values.epochs,
        settings,
        values.restart,
    )


if __name__ == "__main__":
    program.start(define_flags, main)
