r"""Draw samples from a run's newest model: a picture, and the numbers.

For example:

  python -m kfdiv.sample --workdir=results/demo
  python -m kfdiv.sample --workdir=results/demo --num=400 --seed=1 --output=more.png

Beside the picture appears a .npy file of the same name, a float32 array of shape (num, ...). The
same seed gives the same samples. While a run is still training, its last whole epoch is used.

Exit codes: 0 done; 2 the command cannot be carried out as given.
"""

from __future__ import annotations

import pathlib

import numpy as np
from absl import flags

from kfdiv import files, plotting
from kfdiv.runs import program


def define_flags(values: flags.FlagValues) -> None:
    """Define this program's flags."""
    options = {"flag_values": values}
    flags.DEFINE_string("workdir", None, "Folder of a run, of python -m kfdiv.train.", **options)
    flags.DEFINE_integer("num", 64, "How many samples.", lower_bound=1, **options)
    flags.DEFINE_integer("seed", 0, "Of the samples.", **options)
    flags.DEFINE_string(
        "output", None, "Picture to write; by default samples-NUM-SEED.png in --workdir.", **options
    )


def main(values: flags.FlagValues) -> int:
    """Sample as the flags say; return the exit code."""
    with program.usage_errors():
        workdir, config = program.open_run(values.workdir)
        default = workdir.path / f"samples-{values.num}-{values.seed}.png"
        picture = pathlib.Path(values.output or default)
        if picture.suffix.lower() not in (".png", ".jpg", ".jpeg"):
            raise ValueError(f"--output must end in .png or .jpg, but got {str(picture)!r}.")
        model = workdir.load_model()
    samples = np.asarray(model.sample(values.num, values.seed))
    numbers = picture.with_suffix(".npy")
    try:
        if samples.ndim == 4:
            plotting.save_grid(samples, picture, value_range=config.build().value_range)
        else:
            plotting.save_points(samples, picture)
        with files.replacing(numbers) as partial:
            np.save(partial, samples)
    except OSError as error:
        raise program.UsageError(f"Cannot write {picture}: {error}") from error
    print(f"wrote {picture} and {numbers} {samples.shape}")
    return 0


if __name__ == "__main__":
    program.start(define_flags, main)
