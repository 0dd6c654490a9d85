r"""Draw samples from a run's newest model: a picture and the numbers, or a picture each.

For example:

  python -m kfdiv.sample --workdir=results/demo
  python -m kfdiv.sample --workdir=results/demo --num=400 --seed=1 --output=more.png

  # 5,000 PNG files in a folder of their own.
  python -m kfdiv.sample --workdir=results/mine --num=5000 --format=pngs --output=fakes

  # Of a run of digits_conditional: threes; ones beside sevens, a row each; a row of every digit.
  python -m kfdiv.sample --workdir=results/classes --condition=3
  python -m kfdiv.sample --workdir=results/classes --condition=1,7
  python -m kfdiv.sample --workdir=results/classes --num=100

Beside the picture appears a .npy file of the same name, a float32 array of shape (num, ...); of
the preset tabular a .csv file, too, with the columns of the data in their units. The same seed
gives the same samples. While a run is still training, its last whole epoch is used.

Exit codes: 0 done; 2 the command cannot be carried out as given.
"""

from __future__ import annotations

import ast
import csv
import pathlib

import numpy as np
from absl import flags

from kfdiv import files, models, plotting, presets
from kfdiv.runs import program


def define_flags(values: flags.FlagValues) -> None:
    """Define this program's flags."""
    options = {"flag_values": values}
    flags.DEFINE_string("workdir", None, "Folder of a run, of python -m kfdiv.train.", **options)
    flags.DEFINE_integer("num", 64, "How many samples.", lower_bound=1, **options)
    flags.DEFINE_integer("seed", 0, "Of the samples.", **options)
    flags.DEFINE_list(
        "condition",
        None,
        "Of a conditional model: labels, among which the samples are divided, a row each; or the "
        "numbers of one vector. By default every label.",
        **options,
    )
    flags.DEFINE_string(
        "output",
        None,
        "Picture to write; by default samples-NUM-SEED[-CONDITION].png in --workdir. With "
        "--format=pngs the folder, new or empty.",
        **options,
    )
    flags.DEFINE_enum(
        "format",
        "grid",
        ["grid", "pngs"],
        "grid: all images in one picture; pngs: a PNG file each, 8 bits, 00000.png and so on.",
        **options,
    )


def main(values: flags.FlagValues) -> int:
    """Sample as the flags say; return the exit code."""
    with program.usage_errors():
        workdir, config = program.open_run(values.workdir)
        words = [str(values.num), str(values.seed), *(values.condition or [])]
        preset = config.build()
        pngs = values.format == "pngs"
        suffix = "" if pngs else ".png"
        default = workdir.path / f"samples-{'-'.join(words)}{suffix}"
        target = pathlib.Path(values.output or default)
        _check_target(target, pngs)
        model = workdir.load_model()
        if pngs and len(model.event_shape) != 3:
            raise ValueError(
                f"--format=pngs is for images, but samples of this run have shape "
                f"{model.event_shape}. Leave it out."
            )
        condition, columns = _condition(model, values.condition, values.num)
    samples = np.asarray(model.sample(values.num, values.seed, condition=condition))
    try:
        if pngs:
            plotting.save_images(samples, target, preset.value_range)
            written = [target]
        elif samples.ndim == 4:
            plotting.save_grid(samples, target, columns, preset.value_range)
            written = [target, _save_numbers(samples, target)]
        else:
            plotting.save_points(samples, target)
            written = [
                target,
                _save_numbers(samples, target),
                *_save_table(preset, samples, target),
            ]
    except OSError as error:
        raise program.UsageError(f"Cannot write {target}: {error}") from error
    print(f"wrote {' and '.join(map(str, written))} {samples.shape}")
    return 0


def _check_target(target: pathlib.Path, pngs: bool) -> None:
    """Raise a ValueError if samples cannot be written there."""
    if not pngs:
        if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
            raise ValueError(f"--output must end in .png or .jpg, but got {str(target)!r}.")
        for path in (target, target.with_suffix(".npy")):
            files.check_writable(path, "--output")
        return
    if target.exists() and not target.is_dir():
        raise ValueError(f"--output={target} is a file; with --format=pngs name a folder.")
    if target.is_dir() and any(target.iterdir()):
        raise ValueError(
            f"The folder {target} is not empty, and its files would be taken for samples. Name "
            "another --output, or empty it."
        )
    files.check_writable(target / "00000.png", "--output")


def _save_numbers(samples: np.ndarray, picture: pathlib.Path) -> pathlib.Path:
    numbers = picture.with_suffix(".npy")
    with files.replacing(numbers) as partial:
        np.save(partial, samples)
    return numbers


def _save_table(
    preset: presets.Preset, samples: np.ndarray, picture: pathlib.Path
) -> list[pathlib.Path]:
    """Write samples of a table as one, and return its path; nothing of what is none."""
    found = preset.table(samples)
    if found is None:
        return []
    names, values = found
    target = picture.with_suffix(".csv")
    with files.replacing(target) as partial, partial.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(names)
        lines.writerows(values.tolist())
    return [target]


def _condition(
    model: models.GenerativeModel, words: list[str] | None, num: int
) -> tuple[np.ndarray | None, int | None]:
    """Return the condition of each sample, and how many of them make a row of the picture.

    Args:
        model: the model.
        words: of the flag.
        num: how many samples.

    Raises:
        ValueError: if the model is not conditional on what the words say.
    """
    given = None
    if words is not None:
        try:
            given = np.asarray([ast.literal_eval(word.strip()) for word in words])
        except (SyntaxError, ValueError) as error:
            raise ValueError(f"--condition must be numbers, but got {','.join(words)}.") from error
    classes = None if model.condition is None else model.condition.num_classes
    if classes is None:
        # One vector for all, if any.
        model.conditions(given, num)
        return given, None
    rows = np.arange(min(classes, num)) if given is None else given
    if not 1 <= len(rows) <= num:
        raise ValueError(f"--num={num} samples cannot be of {len(rows)} labels.")
    columns = -(-num // len(rows))
    condition = np.repeat(rows, columns)[:num]
    # Raises if there is no such label.
    model.conditions(condition, num)
    return condition, columns if len(rows) > 1 else None


if __name__ == "__main__":
    program.start(define_flags, main)
