"""Forward and reverse KL from one start: what the image experiments of Zhang et al. 2019 share."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import kfdiv
from examples.lib import resumable

Model = kfdiv.models.VariationalFDivergence
DIVERGENCES = ("kl", "rkl")


def fit(
    make: Callable[[str], Model],
    dataset: Any,
    warmup_epochs: int,
    epochs: int,
    folder: str,
    run: Mapping[str, Any],
    steps_per_epoch: int | None = None,
) -> tuple[dict[str, Model], dict[str, float]]:
    """Warm up by forward KL; from there, go on by each divergence.

    Args:
        make: from a divergence's name to a new, compiled model.
        dataset: the training data.
        warmup_epochs: of the common start.
        epochs: of each divergence after it.
        folder: where logs and backups go; stages that were finished or interrupted there go on
            from them.
        run: all settings; a folder of others is refused.
        steps_per_epoch: decoder steps an epoch; one pass over the data by default.

    Returns:
        The models by divergence, and the seconds that each stage took.

    Raises:
        ValueError: if the folder holds another run.
    """
    folder = pathlib.Path(folder)
    resumable.claim(folder / "settings.json", run)

    def train(model: Model, epochs: int, stage: str) -> float:
        log = kfdiv.callbacks.EpochLog(folder / stage / "log.csv")
        resumable.fit(model, dataset, log, epochs=epochs, steps_per_epoch=steps_per_epoch)
        return log.seconds

    warm = make("kl")
    seconds = {"warmup": train(warm, warmup_epochs, "warmup")}
    models = {}
    for name in DIVERGENCES:
        models[name] = model = make(name)
        model.encoder.set_weights(warm.encoder.get_weights())
        model.decoder.set_weights(warm.decoder.get_weights())
        # The step also numbers the batches and the noise: the copy sees what comes next.
        model.step.assign(warm.step)
        # Its rates are functions of its own steps, of which it has taken none.
        model.optimizer.begin_anew()
        seconds[name] = train(model, epochs, name)
    return models, seconds
