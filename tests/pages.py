"""Code of Markdown files: which of its blocks run, and how."""

import contextlib
import re
import textwrap

from kfdiv import data, models

FENCE = re.compile(
    r"^(?: *<!-- (?P<mark>rehearsal|not run): (?P<why>[^\n]+) -->\n\n?)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def blocks(text, language, marks=(None,)):
    """The code of every fenced block of `language`, each at its own line of the file.

    A comment above a block, `<!-- rehearsal: why -->` or `<!-- not run: why -->`, is its mark.
    Blocks of other marks than these are left out.
    """
    return [
        "\n" * (text[: match.start("code")].count("\n")) + textwrap.dedent(match["code"])
        for match in FENCE.finditer(text)
        if match["language"] == language and match["mark"] in marks
    ]


def run(path, text, marks=(None,)):
    """Run the Python of a page in one namespace, as a reader who pastes the blocks has it."""
    scope = {"__name__": f"__{path.stem}__"}
    for block in blocks(text, "python", marks):
        exec(compile(block, str(path), "exec"), scope)


@contextlib.contextmanager
def undone(monkeypatch):
    """Forget, at the end, what the pages register for their readers."""
    with monkeypatch.context() as patch:
        for registry in (data.registry, models.registry):
            patch.setattr(registry, "_members", dict(registry._members))
        yield


def take_one_step(monkeypatch):
    """Let `fit` and `evaluate` take a step, uncompiled: to trace each model takes seconds.

    That its calls fit together is what a block says.
    """
    fit, evaluate = models.GenerativeModel.fit, models.GenerativeModel.evaluate

    def take_a_step(self, dataset, **kwargs):
        self.run_eagerly = True
        return fit(self, dataset, **{**kwargs, "epochs": 1, "steps_per_epoch": 1})

    def look_at_a_batch(self, dataset, **kwargs):
        return evaluate(self, dataset, **{**kwargs, "steps": 1})

    monkeypatch.setattr(models.GenerativeModel, "fit", take_a_step)
    monkeypatch.setattr(models.GenerativeModel, "evaluate", look_at_a_batch)
