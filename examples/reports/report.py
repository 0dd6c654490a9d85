"""Write RESULTS.md from what the examples and benchmarks measured.

    python -m examples.reports.report --results=results --output=RESULTS.md

Every `<results>/<run>/<name>.json` becomes a section, and so does every
`<results>/benchmarks/<name>.json`. Nothing in RESULTS.md is typed by hand.
"""

from __future__ import annotations

import pathlib

from absl import flags

from examples.lib import entry
from examples.reports.document import document
from kfdiv import files

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results", "Folder of the runs' folders.")
flags.DEFINE_string("output", "RESULTS.md", "File to write.")


def main(_: list[str]) -> None:
    """Write the file."""
    results, output = (pathlib.Path(path).resolve() for path in (FLAGS.results, FLAGS.output))
    if not results.is_dir():
        raise NotADirectoryError(f"There is no folder --results={FLAGS.results}.")
    files.check_writable(output, "--output")
    content = document(results, output.parent)
    with files.replacing(output) as partial:
        partial.write_text(content, encoding="utf-8")
    print(f"wrote {output}")


if __name__ == "__main__":
    entry.start(main)
