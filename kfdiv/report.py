r"""Write a page of HTML about a run, or one that sets several side by side.

For example:

  # Of any run, also one that is still training: DIR/report.html.
  python -m kfdiv.report --workdir=results/demo

  # Several: curves over one another, samples and settings beside one another.
  python -m kfdiv.report --workdirs=results/kl,results/rkl,results/js --output=compare.html
  python -m kfdiv.report --workdirs='results/sweep/*' --output=compare.html

A page is one file without scripts, to be opened by any browser, offline, and to be sent to
others. python -m kfdiv.train writes that of a run by itself, every few seconds and at the end.
Files of python -m kfdiv.evaluate --output in a run's folder are in its table of measures.

Exit codes: 0 done; 2 the command cannot be carried out as given.
"""

from __future__ import annotations

import glob
import os
import pathlib

from absl import flags

from kfdiv import files, runs
from kfdiv.runs import program


def define_flags(values: flags.FlagValues) -> None:
    """Define this program's flags."""
    options = {"flag_values": values}
    flags.DEFINE_string("workdir", None, "Folder of a run, of python -m kfdiv.train.", **options)
    flags.DEFINE_list(
        "workdirs", None, "Folders of several runs; * and ? stand for parts of names.", **options
    )
    flags.DEFINE_string(
        "output", None, "File to write, ending in .html; of one run report.html in it.", **options
    )


def main(values: flags.FlagValues) -> int:
    """Write the page that the flags ask for; return the exit code."""
    with program.usage_errors():
        if bool(values.workdir) == bool(values.workdirs):
            raise ValueError(
                "Give --workdir=DIR, the folder of a run, or --workdirs=DIR,DIR, those of several. "
                "See --help."
            )
        if values.workdirs and not values.output:
            raise ValueError("--output=FILE.html is missing: where to write the page of the runs.")
        if values.output:
            files.check_writable(values.output, "--output")
            if pathlib.Path(values.output).suffix.lower() not in (".html", ".htm"):
                raise ValueError(f"--output must end in .html, but got {values.output!r}.")
        folders = [values.workdir] if values.workdir else _expanded(values.workdirs)
        readers = runs.open_readers(folders)
    try:
        if values.workdirs:
            target = pathlib.Path(values.output)
            runs.write_comparison(readers, target)
        else:
            target = pathlib.Path(values.output or readers[0].workdir.report)
            runs.write_report(readers[0], target)
    except OSError as error:
        raise program.UsageError(f"Cannot write {target}: {error}") from error
    print(f"wrote {target}")
    return 0


def _expanded(words: list[str]) -> list[str]:
    """Return the folders that are meant, each once; of those that a pattern finds, the runs."""
    found: dict[str, None] = {}
    for word in words:
        if not glob.has_magic(word) or os.path.exists(word):
            found[word] = None
            continue
        matches = [path for path in sorted(glob.glob(word)) if runs.Workdir(path).config.exists()]
        if not matches:
            raise ValueError(f"--workdirs={word} matches no folder of a run.")
        found.update(dict.fromkeys(matches))
    return list(found)


if __name__ == "__main__":
    program.start(define_flags, main)
