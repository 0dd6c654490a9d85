r"""Measure a run's newest model and print its figures as JSON.

For example:

  python -m kfdiv.evaluate --workdir=results/demo
  python -m kfdiv.evaluate --workdir=results/demo --split=test
  python -m kfdiv.evaluate --workdir=results/demo --divergence=kl --output=results/demo/kl.json

"bound" is an estimate of a bound on "divergence", in nats, with its standard error "bound_se".
"bound_kind" says on which side:

- "upper": of the divergence between the noised data of the split and the noised model, with the
  exact density of the data (presets of zhang/, and digits; of digits_conditional it is between
  both given the label, averaged over the labels). Any --divergence can be asked for, whichever
  the run minimised; the bound is as loose as the run's encoder makes it.
- "lower": Fenchel's bound on the divergence of the joint distributions of data and latents. Of the
  presets of shen/ it is at the run's critic: on any --divergence where the critic is a classifier
  (objective age, ratio_gan, minimax, logd), on the run's own where it is not (fgan, hinge). A run
  by "all" is measured by Jensen-Shannon's, to which its classifier is fitted. Of fgm/ it is at the
  run's density, on any --divergence that f-GM can minimise. It is as loose as the critic or the
  density is badly fitted: small where a critic has stopped telling data from model, far below zero
  where either is very wrong. So it does not rank runs. By --split=train, the default, the critic is
  judged on the examples that it was trained on, and may lie above the divergence of what they were
  drawn from; --split=test is below it, in expectation.
- Anything else: the name of the model's own figure, which bounds no divergence ("divergence" is
  null): "negative_elbo" of a variational autoencoder, which contains the entropy of the data.

Exit codes: 0 done; 2 the command cannot be carried out as given.
"""

from __future__ import annotations

import json

from absl import flags

from kfdiv import files, runs
from kfdiv.data import DamagedFileError, damaged
from kfdiv.runs import program


def define_flags(values: flags.FlagValues) -> None:
    """Define this program's flags."""
    options = {"flag_values": values}
    flags.DEFINE_string("workdir", None, "Folder of a run, of python -m kfdiv.train.", **options)
    flags.DEFINE_string("split", "train", "Which part of the data set: train or test.", **options)
    flags.DEFINE_string("divergence", None, "By default the run's.", **options)
    flags.DEFINE_integer(
        "examples",
        10_000,
        "Examples to take, in whole batches: a last, smaller one of the data is left out.",
        lower_bound=2,
        **options,
    )
    flags.DEFINE_string("data_dir", None, "As for python -m kfdiv.train.", **options)
    flags.DEFINE_string("output", None, "A JSON file to write, too.", **options)


def main(values: flags.FlagValues) -> int:
    """Measure as the flags say; return the exit code."""
    with program.usage_errors():
        workdir, config = program.open_run(values.workdir)
        if values.output:
            files.check_writable(values.output, "--output")
        preset = config.build()
        dataset = preset.dataset(values.split, config.seed, values.data_dir)
        model = workdir.load_model()
        target = preset.target(config.divergence)
        estimator = runs.BoundEstimator.of(model, target, values.divergence)
    try:
        with damaged.named():
            estimate = estimator.estimate(dataset.stream, values.examples)
    except DamagedFileError as error:
        raise program.UsageError(str(error)) from error
    record = {
        "preset": config.preset,
        "trained_by": config.divergence,
        "split": values.split,
        **estimate,
        "steps": int(model.step.numpy()),
        "seed": config.seed,
        "versions": runs.versions(),
    }
    print(json.dumps(record, indent=1))
    if values.output:
        try:
            files.write_json(values.output, record)
        except OSError as error:
            raise program.UsageError(f"Cannot write {values.output}: {error}") from error
    return 0


if __name__ == "__main__":
    program.start(define_flags, main)
