"""The README's Python runs as it is written, block after block, from an empty folder."""

import pathlib
import re
import textwrap

import pytest

from kfdiv import models

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(text, language):
    """The code of every fenced block of `language`, each at its own line of the file."""
    return [
        "\n" * (text[: match.start()].count("\n") + 1) + textwrap.dedent(match[3])
        for match in FENCE.finditer(text)
        if match[2] == language
    ]


@pytest.fixture
def readme():
    if not README.exists():
        pytest.skip("there is no README.md yet")
    return README.read_text(encoding="utf-8")


@pytest.fixture
def _one_step_a_fit(monkeypatch):
    """That its calls fit together is what a block says; to trace each model takes seconds."""
    fit = models.GenerativeModel.fit

    def take_a_step(self, dataset, epochs, verbose):
        self.run_eagerly = True
        return fit(self, dataset, epochs=1, steps_per_epoch=1, verbose=verbose)

    monkeypatch.setattr(models.GenerativeModel, "fit", take_a_step)


@pytest.mark.usefixtures("_one_step_a_fit")
def test_python_blocks_run(readme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = blocks(readme, "python")
    assert found, "README.md shows no ```python block"
    # One namespace, as a reader who pastes the blocks into one session has.
    scope = {"__name__": "__readme__"}
    for block in found:
        exec(compile(block, str(README), "exec"), scope)


def test_the_first_screen_fits_a_model_by_a_divergence_of_choice(readme):
    first = blocks(readme, "python")[0]
    assert first.count("\n") <= 60, "the first block starts or ends below the first screen"
    assert re.search(r'\.compile\(divergence="rkl"\)', first)
    assert re.search(r"\.fit\(", first)


def test_the_two_commands_are_make_demo_and_make_test(readme):
    shell = "\n".join(blocks(readme, "sh") + blocks(readme, "bash") + blocks(readme, "console"))
    targets = set(re.findall(r"^\$? *make (\w+)", shell, re.MULTILINE))
    assert {"demo", "test"} <= targets
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_links_to_files_lead_somewhere(readme):
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", readme)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_blocks_are_found_with_their_line_numbers():
    text = "Text.\n\n```python\nx = 1\n```\n\n  ```python\n  y = 2\n  ```\n```sh\nmake test\n```\n"
    assert blocks(text, "python") == ["\n\n\nx = 1\n", "\n" * 7 + "y = 2\n"]
    assert blocks(text, "sh") == ["\n" * 10 + "make test\n"]
