"""The picture of the comparison: scores as box plots, samples, reconstructions, bounds."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import kfdiv
from examples.lib import hybrid_summary, panels
from examples.lib.hybrid_plan import TITLES

COLUMNS = 4
PANEL = (3.4, 3.0)
NAMES = {
    "negative_wasserstein": "negative Wasserstein critic",
    "inception_score": "inception score",
    "diversity": "diversity, 1 - MS-SSIM",
    "kid": "KID",
    "precision": "precision",
    "recall": "recall",
    "modes": "modes of 1,000",
    "reconstruction": "l1 of reconstructions, a pixel",
}

Panel = Callable[[Any], None]
Pictures = Mapping[str, Mapping[str, np.ndarray]]


def draw(
    path: str | os.PathLike[str],
    record: Mapping[str, Any],
    pictures: Pictures,
    value_range: tuple[float, float],
) -> None:
    """Draw the figures 4, 5, 11, 12 and 16 of Rosca et al. 2018 as one picture.

    Args:
        path: image file.
        record: of the example.
        pictures: by model those of its best run: "samples" and, where it has an encoder, "images"
            and "reconstructions".
        value_range: of the pixels.
    """
    models = list(record["summary"])
    drawn = [_scores(record, models, score) for score in NAMES if _has(record, score)]
    drawn += [
        _images(f"{TITLES[name]}: samples", pictures[name]["samples"], 8, value_range)
        for name in models
        if name in pictures
    ]
    for name in models:
        images = pictures.get(name, {})
        if "reconstructions" in images and name != "veegan":
            rows = panels.in_turn(images["images"], images["reconstructions"], 8)
            drawn.append(_images(f"{TITLES[name]}: test images, below again", rows, 8, value_range))
    drawn += [
        _bounds(record["fits"], name)
        for name in models
        if any(fit["bound_by_look"] for fit in record["fits"] if fit["model"] == name)
    ]
    rows = -(-len(drawn) // COLUMNS)
    with kfdiv.plotting.figure(path, COLUMNS, rows, PANEL) as axes:
        flat = np.reshape(axes, -1)
        for axis, panel in zip(flat, drawn, strict=False):
            panel(axis)
        for axis in flat[len(drawn) :]:
            axis.axis("off")


def pictures_of(
    workdir: str | os.PathLike[str], fits: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, np.ndarray]]:
    """Return the images of runs, by model.

    Args:
        workdir: of the runs' folders.
        fits: one of each model.
    """
    found = {}
    for fit in fits:
        with np.load(pathlib.Path(workdir, fit["name"], "images.npz")) as images:
            found[fit["model"]] = dict(images)
    return found


def _has(record: Mapping[str, Any], score: str) -> bool:
    return any(row[score] for row in record["summary"].values())


def _scores(record: Mapping[str, Any], models: Sequence[str], score: str) -> Panel:
    """Return the panel of a score: a box a model, its best run as a black dot, and real data."""

    def panel(axis: Any) -> None:
        by_model = [
            [
                value
                for fit in record["fits"]
                if fit["model"] == model
                and (value := hybrid_summary.value_of(fit, score)) is not None
            ]
            for model in models
        ]
        places = np.arange(1, len(models) + 1)
        titles = [TITLES[model] for model in models]
        axis.boxplot(by_model, positions=places, tick_labels=titles, showfliers=False)
        for place, model, values in zip(places, models, by_model, strict=True):
            axis.plot([place] * len(values), values, ".", color="C0", ms=4)
            if values:
                axis.plot(place, record["summary"][model][score]["best"], "o", color="black", ms=6)
        for name, style in (("data", "-"), ("noised", ":")):
            real = record["real_data"][name].get(score)
            if real:
                label = "real data" if name == "data" else "with noise"
                axis.axhline(real[0], color="C2", ls=style, lw=1, label=label)
        axis.tick_params(axis="x", labelrotation=45, labelsize="small")
        axis.set_title(NAMES[score])
        if axis.get_legend_handles_labels()[0]:
            axis.legend(loc="upper right", fontsize="xx-small", framealpha=0.4)

    return panel


def _images(
    title: str, images: np.ndarray, columns: int, value_range: tuple[float, float]
) -> Panel:
    return lambda axis: panels.show(axis, images, title, columns, value_range)


def _bounds(fits: Sequence[Mapping[str, Any]], model: str) -> Panel:
    """Return the panel of figure 11: minus what `evaluate` told while training, a line a run."""

    def panel(axis: Any) -> None:
        for fit in fits:
            if fit["model"] == model and fit["bound_by_look"]:
                values = [f"{value:g}" for _, value in fit["swept"]]
                label = f"{', '.join(values)}; {fit['latents']}; {fit['seed']}"
                curve = -np.asarray(fit["bound_by_look"], np.float64)
                axis.plot(fit["at_step"], curve, lw=1, label=label)
        what = "eq. 14, negative" if model == "veegan" else "ELBO"
        axis.set(title=f"{TITLES[model]}: {what}, held-out", xlabel="step", ylabel="nats")
        axis.legend(
            loc="lower right",
            title="rates; latents; seed",
            fontsize="xx-small",
            title_fontsize="xx-small",
        )

    return panel
