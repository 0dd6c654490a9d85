"""The README's Python runs as it is written, block after block, from an empty folder."""

import pathlib
import re

import pytest

from tests import pages

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"


@pytest.fixture
def readme():
    if not README.exists():
        pytest.skip("there is no README.md yet")
    return README.read_text(encoding="utf-8")


def test_python_blocks_run(readme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages.take_one_step(monkeypatch)
    assert pages.blocks(readme, "python"), "README.md shows no ```python block"
    pages.run(README, readme)


def test_the_first_screen_fits_a_model_by_a_divergence_of_choice(readme):
    first = pages.blocks(readme, "python")[0]
    assert first.count("\n") <= 60, "the first block starts or ends below the first screen"
    assert re.search(r'\.compile\(divergence="rkl"\)', first)
    assert re.search(r"\.fit\(", first)


def test_the_two_commands_are_make_demo_and_make_test(readme):
    shell = "\n".join(
        block for shell in ("sh", "bash", "console") for block in pages.blocks(readme, shell)
    )
    targets = set(re.findall(r"^\$? *make (\w+)", shell, re.MULTILINE))
    assert {"demo", "test"} <= targets
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_links_to_files_lead_somewhere(readme):
    assert [link for link in pages.LINK.findall(readme) if not (ROOT / link).exists()] == []


def test_blocks_are_found_with_their_line_numbers():
    text = "Text.\n\n```python\nx = 1\n```\n\n  ```python\n  y = 2\n  ```\n```sh\nmake test\n```\n"
    assert pages.blocks(text, "python") == ["\n\n\nx = 1\n", "\n" * 7 + "y = 2\n"]
    assert pages.blocks(text, "sh") == ["\n" * 10 + "make test\n"]


def test_blocks_that_cost_much_are_marked_above_them():
    text = "<!-- rehearsal: it trains -->\n```python\nx\n```\n\n```python\ny\n```\n"
    text += "<!-- not run: it needs two machines -->\n\n```python\nz\n```\n"
    assert pages.blocks(text, "python") == ["\n" * 6 + "y\n"]
    both = pages.blocks(text, "python", (None, "rehearsal"))
    assert both == ["\n\nx\n", "\n" * 6 + "y\n"]
    with_no_reason = "<!-- not run -->\n```python\nz\n```\n"
    assert pages.blocks(with_no_reason, "python") == ["\n\nz\n"]
