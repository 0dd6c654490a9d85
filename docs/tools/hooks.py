"""What MkDocs is told of this repository: pages that lie outside docs/."""

from __future__ import annotations

import pathlib
import re
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).parents[2]
# Pages at the root of the repository that are part of the site, with the pictures they show.
OUTSIDE = ("RESULTS.md", "CONTRIBUTING.md", "CHANGELOG.md")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s:]+)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add what lies outside docs/."""
    for name in OUTSIDE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
        for picture in PICTURE.findall((ROOT / name).read_text(encoding="utf-8")):
            if files.get_file_from_path(picture) is None:
                path = str(ROOT / picture)
                files.append(File.generated(config, picture, abs_src_path=path))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Lead `../RESULTS.md`, right in the repository, to the site's page."""
    for name in OUTSIDE:
        markdown = markdown.replace(f"](../{name}", f"]({name}")
    return markdown
