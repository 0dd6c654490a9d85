"""The page of several runs beside one another."""

from __future__ import annotations

from collections.abc import Sequence

from kfdiv.pages.chart import Line, chart, legend
from kfdiv.pages.document import Element, document, element, picture, section, table
from kfdiv.pages.numbers import with_error
from kfdiv.pages.record import Measure, RunRecord
from kfdiv.pages.run import grid, values_table

# Pixels that the longer side of a run's samples has at most: there are many of them.
_SAMPLES = 480
_NONE = "-"
# Settings in which runs differ that fit beside their figures: runs of two presets differ in thirty.
_BESIDE = 5


def comparison_page(
    runs: Sequence[RunRecord], title: str = "Runs compared", notes: Sequence[str] = ()
) -> str:
    """Return a page of several runs, as HTML in one file.

    Args:
        runs: at least one; their names differ.
        title: of the page.
        notes: what else is to be said, a sentence each.

    Raises:
        ValueError: if there are no runs.

    Example:
        >>> one = RunRecord("a", "digits by kl", "finished", "python", {"divergence": "kl"})
        >>> two = RunRecord("b", "digits by js", "finished", "python", {"divergence": "js"})
        >>> '<th scope="col">divergence</th>' in comparison_page([one, two])
        True
    """
    if not runs:
        raise ValueError("There are no runs to compare.")
    said = [*notes, *(f"{run.name}: {note}" for run in runs for note in run.notes)]
    samples = [_samples(run, said) for run in runs]
    names = dict.fromkeys(name for run in runs for name in run.curves)
    curves = [chart(name, _lines(runs, name)) for name in names]
    shared = {
        name: value
        for name, value in runs[0].settings.items()
        if all(name in run.settings and run.settings[name] == value for run in runs)
    }
    differing = _differing(runs)
    beside = differing if len(differing) <= _BESIDE else []
    return document(
        title,
        element(
            "header",
            element("h1", title),
            element("p", f"{len(runs)} runs", class_="soft"),
        ),
        *(element("p", note, class_="note") for note in said),
        section("Measures", _measures(runs, beside), _warning(runs)),
        section("Curves", legend([run.name for run in runs]), grid("grid", curves))
        if curves
        else None,
        section("Samples", grid("grid", samples)),
        None
        if beside or not differing
        else section("Settings that differ", _settings(runs, differing)),
        section(
            "Settings that all have",
            element(
                "details",
                element("summary", f"{len(shared)} settings"),
                values_table(shared, "setting", "value"),
            ),
        ),
        section("Commands", element("pre", "\n".join(run.command for run in runs))),
    )


def _differing(runs: Sequence[RunRecord]) -> list[str]:
    """Return the names of settings that not all have alike."""
    return [
        name
        for name in dict.fromkeys(name for run in runs for name in run.settings)
        if len({_setting(run, name) for run in runs}) > 1
    ]


def _setting(run: RunRecord, name: str) -> str:
    return str(run.settings.get(name, _NONE))


def _settings(runs: Sequence[RunRecord], names: Sequence[str]) -> Element:
    """Return a row a setting, and a column a run."""
    rows = [[name, *(_setting(run, name) for run in runs)] for name in names]
    return table(["setting", *(run.name for run in runs)], rows)


def _measures(runs: Sequence[RunRecord], beside: Sequence[str]) -> Element:
    """Return a row a run: in what it differs from the others, how far it is, its figures."""
    names = list(dict.fromkeys(_column(one) for run in runs for one in run.measures))
    facts = list(dict.fromkeys(name for run in runs for name in run.facts))
    rows = []
    for run in runs:
        found = {_column(one): with_error(one.value, one.error) for one in run.measures}
        rows.append(
            [
                run.name,
                *(_setting(run, name) for name in beside),
                *(found.get(name, _NONE) for name in names),
                *(run.facts.get(name, _NONE) for name in facts),
                run.status,
            ]
        )
    first = 1 + len(beside)
    right = range(first, first + len(names) + len(facts))
    return table(["run", *beside, *names, *facts, "status"], rows, numbers=right)


def _column(measure: Measure) -> str:
    return f"{measure.name}, {measure.unit} ({measure.split})"


def _warning(runs: Sequence[RunRecord]) -> Element | None:
    kinds = {one.name for run in runs for one in run.measures[:1]}
    if len(kinds) < 2:
        return None
    return element(
        "p",
        "These figures are of different divergences, or bounds from different sides: columns of "
        "different names do not rank the runs.",
        class_="soft",
    )


def _lines(runs: Sequence[RunRecord], name: str) -> list[Line]:
    return [
        Line(run.name, *run.curves[name], style=index)
        for index, run in enumerate(runs)
        if name in run.curves
    ]


def _samples(run: RunRecord, notes: list[str]) -> Element | None:
    path = run.pictures.get("samples")
    if path is None:
        return None
    try:
        shown = picture(path, f"Samples of {run.name}: {run.title}", _SAMPLES)
    except OSError as error:
        notes.append(f"{run.name}: {path.name} is left out: {error}.")
        return None
    shown.set("class", "pixels")
    return element("figure", element("h3", run.name), shown, element("figcaption", run.title))
