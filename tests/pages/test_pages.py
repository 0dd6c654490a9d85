"""Pages are one file of valid HTML, which says what it was given, and nothing of elsewhere."""

import dataclasses
import html.parser
import io
import math

import numpy as np
import pytest
from PIL import Image

from kfdiv import plotting
from kfdiv.pages import Measure, RunRecord, chart, comparison_page, document, run_page

# What has no end, and what may stand in SVG.
VOID = {"meta", "img", "br", "hr"}
HOSTILE = '<script>alert("a&b")</script>'


class Reader(html.parser.HTMLParser):
    """Reads a page: its elements, its text, and what is not as it should be."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.text, self.faults = [], [], "", []
        self.feed(page)
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += f"{data} "

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def assert_is_whole(page):
    """Return the page as read: balanced, in itself, and for everybody."""
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    found = Reader(page)
    assert found.faults == []
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "link", "iframe"}
    for image in found.all("img"):
        assert image["src"].startswith("data:image/png;base64,")
        assert image["alt"]
    assert "url(" not in page
    assert "http" not in page
    named = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(named) == len(set(named))
    assert any(meta.get("name") == "viewport" for meta in found.all("meta"))
    for drawing in found.all("svg"):
        # One within another, or beside its name, is no picture of its own.
        assert {"aria-label", "aria-hidden", "style"} & set(drawing)
    assert all("scope" in cell for cell in found.all("th"))
    return found


@pytest.fixture
def run(tmp_path):
    plotting.save_grid(np.random.default_rng(0).random((9, 4, 4, 3)), tmp_path / "samples.png")
    plotting.save_thumbnail(tmp_path / "samples.png", tmp_path / "epoch-000001.png")
    (tmp_path / "latents.png").write_bytes(b"no picture")
    return RunRecord(
        name="first",
        title=f"digits by kl {HOSTILE}",
        status="epoch 3 of 5",
        command="python -m kfdiv.train --set='a=<b>'",
        settings={"preset": "digits", "divergence": "kl", "units": 8, "note": HOSTILE},
        changed=frozenset({"units"}),
        curves={"loss, nats": ([1, 2, 3], [3.0, math.nan, 1.25])},
        measures=[Measure("upper bound on kl", 1.5, 0.25, "nats", "train", 1200, "metrics.json")],
        facts={"steps": "30"},
        versions={"python": "3.11"},
        pictures={name: tmp_path / f"{name}.png" for name in ("samples", "latents")},
        history=[(1, tmp_path / "epoch-000001.png"), (2, tmp_path / "epoch-000002.png")],
        notes=["metrics.json is lost."],
    )


def test_a_run_s_page_says_what_it_was_given(run):
    found = assert_is_whole(run_page(run))
    said = (
        run.title, run.status, run.command, "1.50 ± 0.25", "1,200", "units", "epoch 1", "3.11",
        "metrics.json is lost.",
    )  # fmt: skip
    for words in said:
        assert words in found.text, words
    # Samples and one of their history; what is no picture, or not there, is told.
    assert len(found.all("img")) == 2
    assert "latents.png is left out: " in found.text
    assert "epoch-000002.png is left out: " in found.text


def test_a_run_that_has_just_begun_has_a_page():
    record = RunRecord("a", "digits by kl", "epoch 0 of 5", "python", {"seed": 0})
    text = assert_is_whole(run_page(record)).text
    assert "Curves" not in text
    assert "Every setting is the preset's own." in text


def test_a_comparison_shows_what_differs(run):
    other = RunRecord(
        name="second",
        title="digits by js",
        status="finished, 5 epochs",
        command="python",
        settings={**run.settings, "divergence": "js", "units": 16},
        curves={"loss, nats": ([1, 2], [0.5, 0.25]), "width, units of the data": ([1, 2], [1, 2])},
        measures=[Measure("upper bound on js", 0.5, 0.01, "nats", "train", 1200, "metrics.json")],
    )
    found = assert_is_whole(comparison_page([run, other], notes=["third failed."]))
    heads = found.text[found.text.index("Measures") :]
    for words in (
        "divergence",
        "units",
        "kl",
        "js",
        "1.50 ± 0.25",
        "0.500 ± 0.010",
        "third failed.",
    ):
        assert words in found.text, words
    # Bounds on different divergences are in columns of their own, and a line says why.
    assert heads.index("upper bound on kl, nats (train)") < heads.index("upper bound on js, nats")
    assert "do not rank the runs" in found.text
    # Both curves in one drawing.
    labels = [svg.get("aria-label") or "" for svg in found.all("svg")]
    assert "loss, nats, by epoch: first 3 at 1, 1.25 at 3, lowest 1.25 at 3; second 0.5 at 1" in (
        "".join(labels)
    )


def test_runs_of_other_presets_differ_in_a_table_of_its_own(run):
    """Beside the figures there would be more columns than a screen has room for."""
    other = dataclasses.replace(run, name="second", settings={"preset": "ring", "layers": 3})
    settings = {**run.settings, "batch_size": 4, "decay": True}
    found = assert_is_whole(comparison_page([dataclasses.replace(run, settings=settings), other]))
    measures = found.text[found.text.index("Measures") : found.text.index("Curves")]
    assert "batch_size" not in measures
    differing = found.text[found.text.index("Settings that differ") :]
    differing = differing[: differing.index("Settings that all have")].split()
    assert differing[3:6] == ["setting", "first", "second"]
    assert differing[6:9] == ["preset", "digits", "ring"]
    assert differing[-3:] == ["layers", "-", "3"]


def test_nothing_is_not_compared():
    with pytest.raises(ValueError, match="no runs"):
        comparison_page([])


def points(figure):
    return [
        tuple(map(float, word.split()))
        for path in figure.iter("path")
        for word in path.get("d").replace("L", "M").split("M")
        if word and "h" not in word
    ]


def test_curves_are_drawn_to_scale():
    x, y = [1, 2, 3, 5], [10.0, 20.0, 40.0, 30.0]
    drawn = np.array(points(chart.chart("a", [chart.Line("a", x, y)])))
    # Pixels are an affine function of values; above is less.
    (across, _), (down, _) = np.polyfit(x, drawn[:, 0], 1), np.polyfit(y, drawn[:, 1], 1)
    assert across > 0 > down
    np.testing.assert_allclose(np.diff(drawn[:, 0]), across * np.diff(x), atol=0.11)
    np.testing.assert_allclose(np.diff(drawn[:, 1]), down * np.diff(y), atol=0.11)


def test_a_value_that_is_not_finite_is_a_gap():
    drawn = chart.chart("a", [chart.Line("a", [1, 2, 3, 4], [1.0, math.nan, 3.0, 2.0])])
    (path,) = drawn.iter("path")
    assert path.get("d").count("M") == 2
    assert "No finite value" in "".join(
        chart.chart("a", [chart.Line("a", [1], [math.inf])]).itertext()
    )


def test_a_long_curve_keeps_its_peaks_and_few_points():
    y = np.sin(np.arange(50_000.0))
    y[31_234] = -7.0
    figure = chart.chart("a", [chart.Line("a", range(len(y)), y)])
    found = points(figure)
    assert len(found) <= 602
    lowest = max(down for _, down in found)
    assert lowest - sorted(down for _, down in found)[-2] > 50


def test_one_epoch_is_a_point():
    (path,) = chart.chart("a", [chart.Line("a", [1], [2.0])]).iter("path")
    assert path.get("d").endswith("h0")


def test_large_pictures_are_reduced_by_whole_factors(tmp_path):
    images = np.random.default_rng(0).random((100, 4, 4, 1))
    plotting.save_grid(images, tmp_path / "a.png", least_side=300)
    content, size = document.encoded(tmp_path / "a.png", most=51)
    grid = plotting.image_grid(images)
    assert size == grid.shape[:2]
    with Image.open(io.BytesIO(content)) as reduced:
        np.testing.assert_array_equal(reduced, grid[..., 0])
