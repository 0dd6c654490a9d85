"""What MkDocs is told of this repository: pages that lie outside docs/, and pages to come."""

from __future__ import annotations

import pathlib
import re
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).parents[2]
# Pages at the root of the repository that are part of the site, with the pictures they show.
OUTSIDE = ("RESULTS.md", "CONTRIBUTING.md", "CHANGELOG.md")
# Pages that are being written: until they are there, the navigation and links leave them out.
AWAITED = ("runs.md", "precision.md", "scale_out.md", "export.md")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s:]+)\)")


def missing(config: Any) -> set[str]:
    """Return the awaited pages that are not there yet."""
    return {name for name in AWAITED if not pathlib.Path(config.docs_dir, name).exists()}


def on_config(config: Any) -> Any:
    """Leave awaited pages out of the navigation."""
    absent = missing(config)

    def present(entries: list[Any]) -> list[Any]:
        kept = []
        for entry in entries:
            ((title, target),) = entry.items()
            if isinstance(target, list):
                kept.append({title: present(target)})
            elif target not in absent:
                kept.append(entry)
        return kept

    config.nav = present(config.nav)
    return config


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
    """Lead `../RESULTS.md`, right in the repository, to the site's page; links to come to none."""
    for name in OUTSIDE:
        markdown = markdown.replace(f"](../{name}", f"]({name}")
    for name in missing(config):
        markdown = re.sub(rf"\[([^\]]*)\]\({re.escape(name)}(?:#[^)]*)?\)", r"\1", markdown)
    return markdown
