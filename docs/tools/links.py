"""List the links of the built site that lead elsewhere, and say which lead nowhere.

    python docs/tools/links.py site

Links within the site are checked by `mkdocs build --strict`. Those to other hosts are tried where
there is a network; without one they are listed alone. Either way the exit code is 0: that another
host does not answer is no fault of the pages.
"""

from __future__ import annotations

import concurrent.futures
import html.parser
import pathlib
import sys
import urllib.error
import urllib.request

SECONDS = 10


class Links(html.parser.HTMLParser):
    """Collects the targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an `href` that names a host."""
        target = dict(attrs).get("href") or ""
        if tag == "a" and target.startswith(("http://", "https://")):
            self.found.add(target.partition("#")[0])


def external(site: pathlib.Path) -> dict[str, list[str]]:
    """Return links to other hosts, each with the pages that have it."""
    found: dict[str, list[str]] = {}
    for page in sorted(site.rglob("*.html")):
        links = Links()
        links.feed(page.read_text(encoding="utf-8"))
        for link in links.found:
            found.setdefault(link, []).append(page.relative_to(site).as_posix())
    return dict(sorted(found.items()))


def answer(link: str) -> str:
    """Return "ok", the HTTP status of a refusal, or "no network"."""
    request = urllib.request.Request(link, method="HEAD", headers={"User-Agent": "kfdiv-docs"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return "ok"
    except urllib.error.HTTPError as error:
        return f"status {error.code}"
    except (urllib.error.URLError, TimeoutError, OSError):
        return "no network"


def main(site: str) -> None:
    """Print a line for each link."""
    found = external(pathlib.Path(site))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, found))
    for (link, pages), told in zip(found.items(), answers, strict=True):
        print(f"{told:12} {link} ({pages[0]}{', ...' if len(pages) > 1 else ''})")
    checked = sum(told != "no network" for told in answers)
    print(f"{len(found)} links to other hosts, {checked} of them checked.")


if __name__ == "__main__":
    main(sys.argv[1])
