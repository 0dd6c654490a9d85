"""Write RESULTS.md from what the examples and benchmarks measured.

    python -m examples.reports.report --results=results --output=RESULTS.md

Every `<results>/<run>/<name>.json` becomes a section, and so does every
`<results>/benchmarks/<name>.json`. Nothing in RESULTS.md is typed by hand.
"""

from __future__ import annotations

import pathlib

from absl import app, flags

from examples.reports.document import document

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results", "Folder of the runs' folders.")
flags.DEFINE_string("output", "RESULTS.md", "File to write.")


def main(_: list[str]) -> None:
    """Write the file."""
    output = pathlib.Path(FLAGS.output).resolve()
    content = document(pathlib.Path(FLAGS.results).resolve(), output.parent)
    output.write_text(content, encoding="utf-8")
    print(f"wrote {output}")


if __name__ == "__main__":
    app.run(main)
