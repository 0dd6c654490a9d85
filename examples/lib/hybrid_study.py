"""One run of the comparison of VAEs, GANs and their hybrids: trained, drawn from, and measured."""

from __future__ import annotations

import dataclasses
import gc
import math
import pathlib
import shutil
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

import kfdiv
from examples.lib import held_out, resumable
from examples.lib.sample_measures import Budget, SampleMeasures, evaluated
from kfdiv import files

STEPS_PER_CALL = 20
SHOWN = 64
RECONSTRUCTED = 32
IMAGES = "images.npz"
LOG = "log.csv"
TRACKED = ("vae", "draw", "veegan")

Settings = tuple[tuple[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run is a function of.

    Args:
        dataset: "color_mnist", "cifar10" or "celeba".
        model: as of the presets of those names, or "draw".
        latents: how many; of a "draw" in all its steps.
        swept: settings of the preset that the sweep varies.
        seed: of the weights, the order of the data and every draw.
        widths: settings of the preset that all runs of the model have in common.
        steps: of the generator.
        looks: how often a bound is measured.

    Example:
        >>> Run("color_mnist", "vae", 50, (("learning_rate", 0.005),)).name
        'vae-50-learning_rate=0.005-0'
    """

    dataset: str
    model: str
    latents: int
    swept: Settings = ()
    seed: int = 0
    widths: Settings = ()
    steps: int = 400
    looks: int = 10

    @property
    def name(self) -> str:
        """Name of the run's folder, by what differs within a sweep."""
        swept = "".join(f"{key}={value:g}-" for key, value in self.swept)
        return f"{self.model}-{self.latents}-{swept}{self.seed}"

    def preset(self) -> kfdiv.presets.Preset:
        """Return the data, the networks and the objective.

        Raises:
            ValueError: if the steps of a "draw" cannot share the latents.
        """
        call = math.gcd(STEPS_PER_CALL, self.steps // self.looks)
        settings = {**dict(self.widths), **dict(self.swept), "steps_per_execution": call}
        if self.model != "draw":
            settings |= {"model_name": self.model, "latent_size": self.latents}
            return kfdiv.presets.get(f"rosca/{self.dataset}", **settings)
        preset = kfdiv.presets.get(f"rosca/draw_{self.dataset}", **settings)
        pixels = 1
        if self.dataset == "cifar10":
            # Each latent of a step is a map.
            pixels = (32 // preset.stride) ** 2
        if self.latents % (preset.steps * pixels):
            raise ValueError(
                f"{preset.steps} steps of a DRAW cannot share {self.latents} latents; expected a "
                f"multiple of {preset.steps * pixels}."
            )
        latent_size = self.latents // (preset.steps * pixels)
        return dataclasses.replace(preset, latent_size=latent_size)


Job = tuple[Run, Budget, str, str | None]


def result_of(job: Job) -> pathlib.Path:
    """Return the file of what a run found, there when it is finished."""
    return pathlib.Path(job[2], job[0].name, "result.json")


def train(job: Job) -> dict[str, Any]:
    """Train and measure, or go on where an earlier process stopped, or read what it found.

    Args:
        job: the run; what the measures may cost; a folder in which each run has one of its own; and
            that of prepared TensorFlow Datasets.

    Returns:
        The run's fields; the objective's own bound by look, of the models that figure 11 shows and
        DRAW; the scores; and why training stopped early, if it did. Images are beside it, in
        `images.npz` of the run's folder.

    Raises:
        ValueError: if the folder holds another run.
    """
    run, budget, _, data_dir = job
    result = result_of(job)
    folder = result.parent
    settings = {**dataclasses.asdict(run), "budget": dataclasses.asdict(budget)}
    resumable.claim(folder / "settings.json", settings)
    finished = result.exists()

    def measure() -> dict[str, Any]:
        if finished:
            # The backups are gone: what is damaged now is trained anew.
            (folder / LOG).unlink(missing_ok=True)
        return _fit(run, budget, folder, data_dir)

    found = resumable.result(result, measure, IMAGES)
    # They weigh as much as three models.
    shutil.rmtree(folder / "backup", ignore_errors=True)
    return found


def real_data(job: Job) -> dict[str, Any]:
    """Return the scores of held-out images, without and with noise; arguments as of `train`."""
    run, budget, workdir, data_dir = job
    path = pathlib.Path(workdir, "real_data.json")
    data = {"dataset": run.dataset, "source": dict(run.widths).get("source")}
    claimed = path.with_name("real_data_settings.json")
    resumable.claim(claimed, {**data, **dataclasses.asdict(budget)})

    def measure() -> dict[str, Any]:
        measures = _measures(run, budget, pathlib.Path(workdir), data_dir)
        return {**measures.of_data(), "judge": measures.judge.description}

    return resumable.result(path, measure)


def _measures(
    run: Run, budget: Budget, workdir: pathlib.Path, data_dir: str | None
) -> SampleMeasures:
    """Return those of a run's data set."""
    source = dict(run.widths).get("source", "mnist")
    return held_out.measures(run.dataset, source, budget, str(workdir), data_dir)


def _fit(run: Run, budget: Budget, folder: pathlib.Path, data_dir: str | None) -> dict[str, Any]:
    # The models of earlier runs in this process are let go, cycles that hold them included.
    keras.utils.clear_session()
    gc.collect()
    measures = _measures(run, budget, folder.parent, data_dir)
    began = time.process_time()
    preset = run.preset()
    model = preset.model(seed=run.seed)
    log = kfdiv.callbacks.EpochLog(folder / LOG)
    failure = None
    try:
        resumable.fit(
            model,
            preset.dataset(seed=run.seed, data_dir=data_dir),
            log,
            epochs=run.looks,
            steps_per_epoch=run.steps // run.looks,
            measures=_tracked(run, measures.held_out[: budget.tracked]),
            verbose=0,
        )
    except FloatingPointError as error:
        failure = str(error)
    trained = time.process_time()
    found = {
        **dataclasses.asdict(run),
        "parameters": model.count_params(),
        "at_step": [int(row["step"]) for row in log.rows],
        "bound_by_look": [row["bound"] for row in log.rows if "bound" in row],
        "failure": failure,
        "scores": None if failure else measures(model),
    }
    if not failure:
        _keep_images(model, measures.held_out[:RECONSTRUCTED], folder / IMAGES)
    measured = time.process_time()
    return {**found, "cpu_seconds": [trained - began, measured - trained]}


def _tracked(run: Run, x: np.ndarray) -> Mapping[str, Callable[[Any], float]]:
    """Return the measure of figure 11: what `evaluate` bounds or estimates, in nats."""
    if run.model not in TRACKED:
        return {}
    data = kfdiv.data.from_arrays(x, batch_size=64, shuffle=False, drop_remainder=False)
    return {"bound": lambda model: next(iter(evaluated(model, data).values()))[0]}


def _keep_images(
    model: kfdiv.models.GenerativeModel, images: np.ndarray, path: pathlib.Path
) -> None:
    """Write samples and, of a model with an encoder, reconstructions to a file."""
    kept = {"samples": model.sample(SHOWN, seed=2).numpy()}
    if model.encoder is not None:
        kept |= {"images": images, "reconstructions": model.reconstruct(images).numpy()}
    with files.replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **kept)
