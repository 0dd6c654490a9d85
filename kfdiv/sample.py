r"""Draw samples from a run's newest model: a picture, and the numbers.

For example:

  python -m kfdiv.sample --workdir=results/demo
  python -m kfdiv.sample --workdir=results/demo --num=400 --seed=1 --output=more.png

  # Of a run of digits_conditional: threes; ones beside sevens, a row each; a row of every digit.
  python -m kfdiv.sample --workdir=results/classes --condition=3
  python -m kfdiv.sample --workdir=results/classes --condition=1,7
  python -m kfdiv.sample --workdir=results/classes --num=100

Beside the picture appears a .npy file of the same name, a float32 array of shape (num, ...). The
same seed gives the same samples. While a run is still training, its last whole epoch is used.

Exit codes: 0 done; 2 the command cannot be carried out as given.
"""

from __future__ import annotations

import ast
import pathlib

import numpy as np
from absl import flags

from kfdiv import files, models, plotting
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
        "Picture to write; by default samples-NUM-SEED[-CONDITION].png in --workdir.",
        **options,
    )


def main(values: flags.FlagValues) -> int:
    """Sample as the flags say; return the exit code."""
    with program.usage_errors():
        workdir, config = program.open_run(values.workdir)
        words = [str(values.num), str(values.seed), *(values.condition or [])]
        default = workdir.path / f"samples-{'-'.join(words)}.png"
        picture = pathlib.Path(values.output or default)
        if picture.suffix.lower() not in (".png", ".jpg", ".jpeg"):
            raise ValueError(f"--output must end in .png or .jpg, but got {str(picture)!r}.")
        numbers = picture.with_suffix(".npy")
        for path in (picture, numbers):
            files.check_writable(path, "--output")
        model = workdir.load_model()
        condition, columns = _condition(model, values.condition, values.num)
    samples = np.asarray(model.sample(values.num, values.seed, condition=condition))
    try:
        if samples.ndim == 4:
            plotting.save_grid(samples, picture, columns, config.build().value_range)
        else:
            plotting.save_points(samples, picture)
        with files.replacing(numbers) as partial:
            np.save(partial, samples)
    except OSError as error:
        raise program.UsageError(f"Cannot write {picture}: {error}") from error
    print(f"wrote {picture} and {numbers} {samples.shape}")
    return 0


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
