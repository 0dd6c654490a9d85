"""The flags of `python -m kfdiv.train`, and the run that they ask for."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from kfdiv import strategies
from kfdiv.runs import assignments, program
from kfdiv.runs.config import Config
from kfdiv.runs.resolve import resolve_config
from kfdiv.runs.workdir import Workdir

OF_SWEEP = ("sweep", "workers", "workdir", "list")
"""Flags of a sweep as a whole; the others are those of each of its runs."""


def define_flags(values: flags.FlagValues) -> None:
    """Define the flags."""
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


def names() -> list[str]:
    """Return the flags' names."""
    values = flags.FlagValues()
    define_flags(values)
    return list(values)


def resolve(workdir: Workdir, values: flags.FlagValues) -> Config:
    """Return what is to be trained in a folder.

    Args:
        workdir: the run's folder; what it holds is gone on with.
        values: the flags.

    Raises:
        ValueError: if that cannot be, or is not what the folder holds.
    """
    settings = assignments.parse(values.set)
    if "epochs" in settings:
        raise ValueError("The epoch to reach is given by --epochs, not by --set=epochs.")
    for name in ("data", "batch_size", "steps_per_execution"):
        if values[name].value is not None:
            if name in settings:
                raise ValueError(f"--{name} and --set={name} are the same. Give one of them.")
            settings[name] = values[name].value
    return resolve_config(
        workdir,
        values.preset,
        values.divergence,
        values.seed,
        values.epochs,
        settings,
        values.restart,
    )


def resolve_words(words: Sequence[str], workdir: Workdir) -> Config:
    """Return what is to be trained in a folder by a command line; otherwise as `resolve`."""
    values = flags.FlagValues()
    define_flags(values)
    try:
        program.parse(values, ["train", *words])
    except program.UsageError as error:
        raise ValueError(str(error)) from error
    return resolve(workdir, values)
