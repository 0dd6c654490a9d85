"""Write the table of docs/deviations.md that says where presets differ from their papers.

    python docs/tools/deviations.py

The presets themselves say what is printed (`Preset.printed`); a test holds the page against them.
"""

from __future__ import annotations

import pathlib

from kfdiv import presets
from kfdiv.presets import printed

PAGE = pathlib.Path(__file__).parents[1] / "deviations.md"
BEGIN, END = "<!-- of the presets: python docs/tools/deviations.py -->", "<!-- to here -->"


def written(page: str) -> str:
    """Return the page with the tables as the presets are."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE} lacks the lines {BEGIN!r} and {END!r}, between which tables go.")
    tables = printed.table((name, presets.get(name)) for name in presets.registry.names())
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
