"""The parts that pages are made of: elements, tables, pictures."""

from __future__ import annotations

import base64
import io
import os
import pathlib
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from kfdiv import files, plotting
from kfdiv.pages.style import STYLE

Element = ElementTree.Element
Content = Element | str | None

# Pixels that the longer side of a picture in a page has at most.
_MOST = 1_400


def element(tag: str, *content: Content, **attributes: object) -> Element:
    """Return an element; text in it is escaped when it is written.

    Args:
        tag: its name.
        *content: elements, texts, or None, which is nothing.
        **attributes: `class_` is `class`, `stroke_width` is `stroke-width`; None is left out.

    Example:
        >>> ElementTree.tostring(element("p", "a < b", class_="soft"), "unicode", "html")
        '<p class="soft">a &lt; b</p>'
    """
    named = {
        name.rstrip("_").replace("_", "-"): str(value)
        for name, value in attributes.items()
        if value is not None
    }
    made = ElementTree.Element(tag, named)
    for part in content:
        if isinstance(part, str):
            if len(made):
                made[-1].tail = (made[-1].tail or "") + part
            else:
                made.text = (made.text or "") + part
        elif part is not None:
            made.append(part)
    return made


def document(title: str, *content: Content) -> str:
    """Return a page.

    Args:
        title: of the window.
        *content: of its body.

    Example:
        >>> document("run", element("h1", "run")).splitlines()[0]
        '<!DOCTYPE html>'
    """
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            element("style", STYLE),
        ),
        element("body", element("main", *content)),
        lang="en",
    )
    ElementTree.indent(page, "")
    return f"<!DOCTYPE html>\n{ElementTree.tostring(page, 'unicode', 'html')}\n"


def write_html(path: str | os.PathLike[str], text: str) -> None:
    """Write a page; it appears whole or not at all.

    Args:
        path: of the file.
        text: the HTML.
    """
    with files.replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def section(title: str, *content: Content) -> Element | None:
    """Return a part of the page under a heading; None where it has no content."""
    if not any(part is not None for part in content):
        return None
    return element("section", element("h2", title), *content)


def table(
    head: Sequence[Content], rows: Iterable[Sequence[Content]], numbers: Iterable[int] = ()
) -> Element:
    """Return a table that scrolls on its own where it is wider than the window.

    Args:
        head: of its columns.
        rows: their first cell names them.
        numbers: columns whose cells are numbers.

    Example:
        >>> found = table(["run", "bound"], [["a", "1.5"]], numbers=[1])
        >>> [cell.text for cell in found.iter("th")]
        ['run', 'bound', 'a']
    """
    right = set(numbers)
    align = lambda index: "number" if index in right else None  # noqa: E731
    titles = [
        element("th", cell, scope="col", class_=align(index)) for index, cell in enumerate(head)
    ]
    lines = [
        element(
            "tr",
            *(
                element("td", cell, class_=align(index) or "word")
                if index
                else element("th", cell, scope="row")
                for index, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    made = element("table", element("thead", element("tr", *titles)), element("tbody", *lines))
    # It can be scrolled by the keyboard, too.
    label = f"table of {_words(head)}"
    return element("div", made, class_="scroll", role="region", aria_label=label, tabindex=0)


def picture(path: pathlib.Path, alt: str, most: int = _MOST) -> Element:
    """Return an image whose bytes are in the page.

    Args:
        path: a PNG file.
        alt: what it shows, in words.
        most: pixels that the longer side may have; a larger one is reduced.

    Raises:
        OSError: if it is no whole picture.
    """
    content, size = encoded(path, most)
    data = base64.b64encode(content).decode()
    return element(
        "img", src=f"data:image/png;base64,{data}", alt=alt, width=size[0], height=size[1]
    )


def encoded(path: pathlib.Path, most: int) -> tuple[bytes, tuple[int, int]]:
    """Return a picture as the bytes of a PNG file, and its width and height.

    Reduced by a whole factor, as `plotting.reduced` does it.

    Args:
        path: a PNG file.
        most: pixels that the longer side may have.

    Raises:
        OSError: if it is no whole picture.
    """
    # Imported here: most programs make no page.
    from PIL import Image

    content = path.read_bytes()
    try:
        with Image.open(io.BytesIO(content)) as found:
            found.load()
            small = plotting.reduced(found, most)
            if small is found:
                return content, found.size
    except (SyntaxError, ValueError) as error:
        raise OSError(f"{path.name} is no whole picture ({error})") from error
    written = io.BytesIO()
    small.save(written, "PNG")
    return written.getvalue(), small.size


def _words(head: Sequence[Content]) -> str:
    return ", ".join(cell for cell in head if isinstance(cell, str) and cell)
