r"""Measure a run's newest model and print its figures as JSON.

For example:

  python -m kfdiv.evaluate --workdir=results/demo
  python -m kfdiv.evaluate --workdir=results/demo --split=test
  python -m kfdiv.evaluate --workdir=results/demo --divergence=kl --output=results/demo/kl.json

The figure is the upper bound on the divergence between the noised data of the split and the noised
model, in nats, with its standard error; the data density is exact. Any divergence can be asked
for, whichever the run minimised: the bound is then as loose as the run's encoder makes it.

Exit codes: 0 done; 2 the command cannot be carried out as given.
"""

from __future__ import annotations

import json

from absl import flags

from kfdiv import divergences, files, runs
from kfdiv.runs import program


def define_flags(values: flags.FlagValues) -> None:
    """Define this program's flags."""
    options = {"flag_values": values}
    flags.DEFINE_string("workdir", None, "Folder of a run, of python -m kfdiv.train.", **options)
    flags.DEFINE_string("split", "train", "Which part of the data set: train or test.", **options)
    flags.DEFINE_string("divergence", None, "By default the run's.", **options)
    flags.DEFINE_integer("examples", 10_000, "Examples to take at most.", lower_bound=2, **options)
    flags.DEFINE_string("data_dir", None, "As for python -m kfdiv.train.", **options)
    flags.DEFINE_string("output", None, "A JSON file to write, too.", **options)


def main(values: flags.FlagValues) -> int:
    """Measure as the flags say; return the exit code."""
    with program.usage_errors():
        workdir, config = program.open_run(values.workdir)
        divergence = values.divergence or config.divergence
        divergences.get(divergence)
        dataset = config.build().dataset(values.split, config.seed, values.data_dir)
    model = workdir.load_model()
    record = {
        "preset": config.preset,
        "split": values.split,
        **runs.measure(model, divergence, dataset.stream, values.examples),
        "trained_by": config.divergence,
        "steps": int(model.step.numpy()),
        "seed": config.seed,
        "versions": runs.versions(),
    }
    print(json.dumps(record, indent=1))
    if values.output:
        files.write_json(values.output, record)
    return 0


if __name__ == "__main__":
    program.start(define_flags, main)
