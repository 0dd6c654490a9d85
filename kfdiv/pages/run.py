"""The page of one run."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from kfdiv.pages.chart import Line, chart
from kfdiv.pages.document import (
    Content,
    Element,
    document,
    element,
    picture,
    section,
    table,
)
from kfdiv.pages.numbers import number, with_error
from kfdiv.pages.record import Measure, RunRecord

# What a picture is called on the page, and what it shows.
_CAPTIONS = {
    "samples": ("Samples", "Samples of the newest model"),
    "data": ("Data", "Examples of the data, beside which to see the samples"),
    "latents": ("Latent space", "Posterior means of examples, as points of a plane"),
    "manifold": ("Manifold", "What a square of latents decodes to"),
}
_SHARP = ("samples", "data", "manifold")


def run_page(run: RunRecord) -> str:
    """Return the page of a run, as HTML in one file.

    Args:
        run: what it tells. A picture that is no whole one is left out, and a note says so.

    Example:
        >>> page = run_page(RunRecord("demo", "digits by rkl", "finished", "python", {"seed": 0}))
        >>> "<h1>digits by rkl</h1>" in page
        True
    """
    notes = list(run.notes)
    newest = {name: figure(path, name, run, notes) for name, path in run.pictures.items()}
    earlier = [thumbnail(epoch, path, notes) for epoch, path in run.history]
    large = [newest.get(name) for name in ("samples", "data", "latents", "manifold")]
    return document(
        f"{run.title}: {run.name}",
        element(
            "header",
            element("h1", run.title),
            element("p", f"{run.name}: {run.status}", class_="soft"),
            tiles(run),
        ),
        *(element("p", note, class_="note") for note in notes),
        section("Pictures", grid("grid large", large)),
        section("Samples by epoch", grid("grid small", earlier)),
        section(
            "Curves",
            grid("grid", [chart(name, [Line(name, *xy)]) for name, xy in run.curves.items()]),
        ),
        section("Measures", measures_table(run.measures)),
        section("Settings", *settings_tables(run)),
        section(
            "Versions", values_table(run.versions, "package", "version") if run.versions else None
        ),
        section(
            "Command",
            element("pre", run.command),
            element(
                "p",
                "Given again it changes nothing: it goes on with a run that was stopped, and puts "
                "right what is lost or damaged.",
                class_="soft",
            ),
        ),
    )


def figure(path: pathlib.Path, name: str, run: RunRecord, notes: list[str]) -> Element | None:
    """Return a picture with its caption; None where it cannot be read, which the notes tell."""
    title, words = _CAPTIONS[name]
    try:
        shown = picture(path, f"{words}: {run.title}")
    except OSError as error:
        notes.append(f"{path.name} is left out: {error}.")
        return None
    if name in _SHARP:
        shown.set("class", "pixels")
    caption = element("figcaption", words)
    return element("figure", element("h3", title), shown, caption)


def thumbnail(epoch: int, path: pathlib.Path, notes: list[str]) -> Element | None:
    """Return a small picture of earlier samples, as `figure`."""
    try:
        shown = picture(path, f"Samples after epoch {epoch}")
    except OSError as error:
        notes.append(f"{path.name} is left out: {error}.")
        return None
    return element("figure", shown, element("figcaption", f"epoch {epoch}"))


def grid(kind: str, figures: list[Element | None]) -> Element | None:
    """Return figures beside one another, as many as there is room for; None of none."""
    found = [figure for figure in figures if figure is not None]
    return element("div", *found, class_=kind) if found else None


def tiles(run: RunRecord) -> Element | None:
    """Return the first measure and the facts, large."""
    found = {}
    if run.measures:
        first = run.measures[0]
        found[first.name] = f"{with_error(first.value, first.error)} {first.unit}"
    found |= run.facts
    if not found:
        return None
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", value))
            for name, value in found.items()
        ),
        class_="tiles",
    )


def measures_table(measures: list[Measure]) -> Element | None:
    """Return the figures with their standard errors; None where there are none."""
    if not measures:
        return None
    return table(
        ["measure", "value ± standard error", "unit", "split", "examples", "file"],
        [
            [
                one.name,
                with_error(one.value, one.error),
                one.unit,
                one.split,
                "" if one.examples is None else number(one.examples),
                one.source,
            ]
            for one in measures
        ],
        numbers=[1, 4],
    )


def settings_tables(run: RunRecord) -> list[Content]:
    """Return the settings that are not the preset's own, and behind a click all of them."""
    changed = {name: value for name, value in run.settings.items() if name in run.changed}
    every = element(
        "details",
        element("summary", f"All {len(run.settings)} settings, those of the preset among them"),
        values_table(run.settings, "setting", "value"),
    )
    if not changed:
        return [element("p", "Every setting is the preset's own.", class_="soft"), every]
    return [values_table(changed, "setting", "value"), every]


def values_table(values: Mapping[str, object], name: str, value: str) -> Element:
    """Return named values as a table."""
    return table([name, value], [[key, str(one)] for key, one in values.items()])
