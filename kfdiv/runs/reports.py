"""Pages of runs that are there already."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Iterable, Sequence

from kfdiv import files
from kfdiv.pages import comparison_page, run_page, write_html
from kfdiv.runs import finish
from kfdiv.runs.run_record import RunReader
from kfdiv.runs.workdir import Workdir


def open_readers(folders: Iterable[str | os.PathLike[str]]) -> list[RunReader]:
    """Return what reads the runs in folders.

    Args:
        folders: of runs, finished or not.

    Raises:
        FileNotFoundError: if there is no folder, or no run in it.
        DamageError: if it is damaged what the run is of.
    """
    opened = [Workdir(folder) for folder in folders]
    return [RunReader(workdir, workdir.open_config()) for workdir in opened]


def write_report(reader: RunReader, path: pathlib.Path) -> None:
    """Write the page of a run.

    Args:
        reader: of the run.
        path: of the page; a finished run lists the one in its folder among its files.
    """
    text, workdir = run_page(reader.read()), reader.workdir
    if path.resolve() != workdir.report.resolve():
        write_html(path, text)
        return
    try:
        with files.locked(workdir.path):
            write_html(path, text)
            finish.list_anew(workdir, workdir.report)
    except files.InUseError:
        # It is training, and will list the page when it is finished.
        write_html(path, text)


def write_comparison(
    readers: Sequence[RunReader],
    path: pathlib.Path,
    title: str = "Runs compared",
    notes: Sequence[str] = (),
) -> None:
    """Write the page of several runs.

    Args:
        readers: of the runs, at least one.
        path: of the page.
        title: of the page.
        notes: what else is to be said, a sentence each.
    """
    records = [reader.read() for reader in readers]
    if len({record.name for record in records}) < len(records):
        # Folders of one name, in different places.
        paths = [str(reader.workdir.path) for reader in readers]
        records = [
            dataclasses.replace(record, name=name)
            for record, name in zip(records, paths, strict=True)
        ]
    write_html(path, comparison_page(records, title, notes))
