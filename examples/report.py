"""Write RESULTS.md from what the examples and benchmarks measured.

    python examples/report.py --results=results --output=RESULTS.md

Every `<results>/<run>/<name>.json` becomes a section, and so does every
`<results>/benchmarks/<name>.json`. Nothing in RESULTS.md is typed by hand.
"""

from __future__ import annotations

import json
import pathlib

import report_fgm
import report_raffel
import report_shen
import report_zhang
from absl import app, flags
from report_table import Section, table, text

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results", "Folder of the runs' folders.")
flags.DEFINE_string("output", "RESULTS.md", "File to write.")

HEAD = """# Results

What the examples and benchmarks measured, beside the figures of Zhang et al. 2019
("Variational f-divergence minimization"), Shen et al. 2020 (AGE), Roquero Gimenez and Zou 2022
(f-GM) and Raffel 2018. `make results` writes this file from the JSON under `results/`; the
command in each section makes that JSON again.
"""


SECTIONS: dict[str, Section] = {
    **report_zhang.SECTIONS,
    **report_fgm.SECTIONS,
    **report_raffel.SECTIONS,
    **report_shen.SECTIONS,
}


def example(path: pathlib.Path, beside: pathlib.Path) -> str:
    """Return the section of one run of an example."""
    record = json.loads(path.read_text(encoding="utf-8"))
    title, body = SECTIONS[record["example"]]
    # A run kept in a folder of another name has settings of its own.
    run = path.parent.name.removeprefix(path.stem).strip("_")
    title += f": {run.replace('_', ' ')}" if run else ""
    parts = [f"## {title}", f"    {record['command']}", f"Run on {record['date']}. {body(record)}"]
    picture = path.with_suffix(".png")
    if picture.exists():
        parts.append(f"![{title}]({picture.relative_to(beside).as_posix()})")
    return "\n\n".join(parts)


def benchmark(path: pathlib.Path) -> str:
    """Return the section of one benchmark: the table that it printed."""
    record = json.loads(path.read_text(encoding="utf-8"))
    machine = ", ".join(f"{key} {text(value)}" for key, value in record["machine"].items())
    body = table(record["table"]["header"], record["table"]["rows"])
    note = f"Run on {record['date']}. Machine: {machine}. Median (lowest-highest)."
    title = record["benchmark"].replace("_", " ")
    return f"## Benchmark: {title}\n\n    {record['command']}\n\n{note}\n\n{body}"


def report(results: pathlib.Path, beside: pathlib.Path) -> str:
    """Return RESULTS.md for a folder of results, with links relative to `beside`."""
    order = list(SECTIONS)
    found = [path for path in results.glob("*/*.json") if path.parent.name != "benchmarks"]
    runs = [path for path in found if path.stem in SECTIONS]
    runs.sort(key=lambda path: (order.index(path.stem), path.parent.name))
    sections = [example(path, beside) for path in runs]
    sections += [benchmark(path) for path in sorted(results.glob("benchmarks/*.json"))]
    return "\n\n".join([HEAD.strip(), *sections]) + "\n"


def main(_: list[str]) -> None:
    """Write the file."""
    output = pathlib.Path(FLAGS.output).resolve()
    content = report(pathlib.Path(FLAGS.results).resolve(), output.parent)
    output.write_text(content, encoding="utf-8")
    print(f"wrote {output}")


if __name__ == "__main__":
    app.run(main)
