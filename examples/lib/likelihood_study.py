"""One model with an encoder and a likelihood, of stacked digits: trained, drawn from, measured."""

from __future__ import annotations

import dataclasses
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

import kfdiv
from examples.lib import batches, code_mismatch, held_out, resumable, sample_measures
from examples.lib.encoder_fits import Fit
from examples.lib.sample_measures import SampleMeasures
from kfdiv import evaluation, files
from kfdiv.evaluation import Estimate

SHOWN = 32
IMAGES = "images.npz"
# Columns of the log, as `EvaluateEvery` names them.
_CRITIC = "critic/"


@dataclasses.dataclass(frozen=True)
class Budget:
    """What the measures may cost.

    Args:
        samples: of samples, by independent critics and in features.
        curve: whether a new critic meets the model at each look, or at the end alone.
        codes: training examples whose codes are compared with the prior; 0 for none.
        code_steps: of the classifier that compares them.
    """

    samples: sample_measures.Budget
    curve: bool = False
    codes: int = 0
    code_steps: int = 300


Job = tuple[Fit, Budget, str, str | None]


def train(job: Job) -> dict[str, Any]:
    """Train and measure, or go on where an earlier process stopped, or read what it found.

    Args:
        job: a fit of `rosca/color_mnist`; what the measures may cost; a folder in which each fit
            has one of its own; and that of prepared TensorFlow Datasets.

    Returns:
        The fit's name, settings and seed; the training's figures by look; scores, each with its
        standard error beside it (`..._se`) where it has one; and why training stopped early, if it
        did. Images are beside it, in `images.npz` of the fit's folder, and so is the backup of the
        weights: without `result.json` a fit is measured again, and not trained.

    Raises:
        ValueError: if the folder holds another fit.
    """
    fit, budget, workdir, data_dir = job
    folder = folder_of(job)
    settings = {**dataclasses.asdict(fit), "budget": dataclasses.asdict(budget)}
    resumable.claim(folder / "settings.json", settings)

    def measure() -> dict[str, Any]:
        measures = measures_of(fit, budget, workdir, data_dir)
        return _fit(fit, budget, measures, folder, data_dir)

    return resumable.result(folder / "result.json", measure, IMAGES)


def folder_of(job: Job) -> pathlib.Path:
    """Return the folder of a fit."""
    return pathlib.Path(job[2], job[0].name)


def measures_of(fit: Fit, budget: Budget, folder: str, data_dir: str | None) -> SampleMeasures:
    """Return the measures of the fit's digits; the classifier of digits is kept in the folder."""
    source = dict(fit.settings).get("source", "mnist")
    return held_out.measures("color_mnist", source, budget.samples, folder, data_dir)


def scores_of(model: kfdiv.models.GenerativeModel, measures: SampleMeasures) -> dict[str, Any]:
    """Return what samples and reconstructions of held-out images are worth.

    Samples and reconstructions are means of p(x|z), as pictures are. Both have a kernel distance
    from held-out images; that of samples is the larger, the less p(z) is what encoders make of
    data.
    """
    x, limits = measures.held_out, measures.value_range
    again = np.clip(model.reconstruct(x).numpy(), *limits)
    samples = np.clip(model.sample(measures.budget.samples, seed=1).numpy(), *limits)
    kept = measures.judge.modes(again) == measures.judge.modes(x)
    distance = evaluation.kernel_distance(
        measures.judge.features(measures.first),
        measures.judge.features(again),
        subset_size=measures.budget.subset_size,
    )
    evaluated = model.evaluate(
        kfdiv.data.from_arrays(x, batch_size=50, shuffle=False, drop_remainder=False),
        verbose=0,
        return_dict=True,
    )
    return {
        **{f"held_out_{name}": evaluated[name] for name in ("kl", "reconstruction_loss")},
        "squared_error": Estimate.of(np.square(again - x).mean(axis=(1, 2, 3))),
        "digits_kept": Estimate.of(kept.astype(np.float64)),
        "kid_of_reconstructions": distance.samples,
        **measures.of_images(samples),
    }


def wasserstein(model: kfdiv.models.GenerativeModel, measures: SampleMeasures) -> dict[str, float]:
    """Return an independent Wasserstein critic's figure of samples, lower is better, by its parts.

    Returns:
        `wasserstein`, of held-out data minus samples; `of_data`, of other held-out data in the
        samples' place; their standard errors; and the mean `slope` of the critic.
    """
    found = measures.wasserstein(model)
    value, error = found["negative_wasserstein"]
    of_data, of_data_error = found["negative_wasserstein_of_data"]
    return {
        "wasserstein": -value,
        "wasserstein_se": error,
        "wasserstein_of_data": -of_data,
        "wasserstein_of_data_se": of_data_error,
        "slope": found["slope"][0],
    }


def flat(scores: Mapping[str, Any]) -> dict[str, float | None]:
    """Return estimates as two numbers, their value and their standard error.

    Example:
        >>> flat({"kid": Estimate(0.5, 0.1), "kl": 3.0, "modes": [7, None]})
        {'kid': 0.5, 'kid_se': 0.1, 'kl': 3.0, 'modes': 7, 'modes_se': None}
    """
    found: dict[str, float | None] = {}
    for name, score in scores.items():
        if isinstance(score, (tuple, list)):
            found |= {name: score[0], f"{name}_se": score[1]}
        else:
            found[name] = score
    return found


def _fit(
    fit: Fit, budget: Budget, measures: SampleMeasures, folder: pathlib.Path, data_dir: str | None
) -> dict[str, Any]:
    # The models of earlier fits in this process are let go.
    keras.utils.clear_session()
    began = time.process_time()
    preset = fit.load_preset()
    model = preset.model(seed=fit.seed)
    dataset = preset.dataset("train", seed=fit.seed, data_dir=data_dir)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")
    during: dict[str, Callable[[Any], dict[str, float]]] = {}
    if budget.curve:
        during[_CRITIC.rstrip("/")] = lambda model: wasserstein(model, measures)
    options = {"epochs": fit.epochs, "steps_per_epoch": fit.steps // fit.epochs, "verbose": 0}
    failure, scores = None, {}
    try:
        resumable.fit(model, dataset, log, measures=during, **options)
    except FloatingPointError as error:
        failure = str(error)
    else:
        scores = flat(scores_of(model, measures))
        scores |= _last(log) if budget.curve else wasserstein(model, measures)
        if isinstance(model.decoder, kfdiv.distributions.QuantizedNormal):
            _, scale = model.decoder(np.zeros((1, model.prior.size), np.float32))
            scores["pixel_scale"] = float(np.median(scale))
        if budget.codes:
            x = batches.first(dataset.stream, budget.codes)[0]
            scores |= code_mismatch.figures(model, x, budget.code_steps)
        _keep_images(model, measures.held_out[:SHOWN], folder / IMAGES)
    return {
        "name": fit.name,
        "settings": dict(fit.settings),
        "seed": fit.seed,
        "steps": fit.steps,
        "parameters": model.count_params(),
        "by_look": {key: [row[key] for row in log.rows] for key in (log.rows or [{}])[0]},
        "scores": scores,
        "failure": failure,
        "cpu_seconds": time.process_time() - began,
    }


def _last(log: kfdiv.callbacks.EpochLog) -> dict[str, float]:
    """Return what the critic of the last look said."""
    found = log.rows[-1].items()
    return {key.removeprefix(_CRITIC): value for key, value in found if key.startswith(_CRITIC)}


def _keep_images(
    model: kfdiv.models.GenerativeModel, images: np.ndarray, path: pathlib.Path
) -> None:
    """Write samples and reconstructions of held-out images to a file."""
    kept = {"images": images, "reconstructions": model.reconstruct(images).numpy()}
    kept["samples"] = model.sample(SHOWN, seed=2).numpy()
    with files.replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **kept)
