"""RESULTS.md is what `examples.reports` makes of the committed JSON."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from examples import reports
from examples.reports.document import document
from examples.reports.papers import papers, sections

ROOT = pathlib.Path(__file__).parents[3]


def generate(results):
    return document(results, results.parent)


@pytest.fixture
def results(tmp_path):
    """A folder with one run of `ring.py` and one benchmark."""
    fit = {"modes_covered": 6, "samples_by_mode": [0.1] * 7, "good_samples": 0.875, "seconds": 3.2}
    record = {
        "example": "ring",
        "command": "python -m examples.zhang.ring --seed=4",
        "date": "2020-01-02",
        "seed": 4,
        "steps": 50,
        "encoder_steps": 1,
        "fits": {"rkl": fit},
    }
    scores = {
        "benchmark": "spread_scores",
        "command": "python benchmarks/spread_scores.py",
        "date": "2020-01-03",
        "machine": {"cores": 2},
        "table": {"header": ["mode", "ms"], "rows": [["exact", "1.2 (1.1-1.3)"], ["pca", "7"]]},
    }
    for name, content in {
        "ring_short/ring.json": json.dumps(record),
        "ring_short/other.json": "{}",
        "benchmarks/spread_scores.json": json.dumps(scores),
    }.items():
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "results"


def test_a_section_has_what_its_json_has(results):
    text = generate(results)
    assert "    python -m examples.zhang.ring --seed=4\n" in text
    assert "2020-01-02" in text
    assert "| rkl | 6 of 7 | 7 of 7 | 87.5% | 3 |" in text
    assert "![" not in text


def test_a_picture_is_shown_where_there_is_one(results):
    (results / "ring_short" / "ring.png").write_bytes(b"")
    text = generate(results)
    assert "](results/ring_short/ring.png)" in text


def test_a_benchmark_is_its_table(results):
    text = generate(results)
    assert "## Benchmark: spread scores\n\n    python benchmarks/spread_scores.py\n" in text
    assert "Run on 2020-01-03. Machine: cores 2." in text
    assert "| mode | ms |\n| --- | --- |\n| exact | 1.2 (1.1-1.3) |\n| pca | 7 |" in text


def test_a_benchmark_may_have_a_note_and_a_picture(results):
    path = results / "benchmarks" / "spread_scores.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"note": "100 of 100."}))
    path.with_suffix(".png").write_bytes(b"")
    text = generate(results)
    assert "\n\n100 of 100.\n\n| mode | ms |" in text
    assert "| pca | 7 |\n\n![spread scores](results/benchmarks/spread_scores.png)" in text


def test_a_run_of_its_own_name_says_so(results):
    assert ": short\n" in generate(results)


@pytest.mark.rehearsal
def test_the_program_writes_the_file(results, tmp_path):
    arguments = ["--results=results", "--output=RESULTS.md"]
    command = [sys.executable, "-m", "examples.reports.report", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=60)
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert written == generate(results)


def test_results_md_is_up_to_date():
    written = (ROOT / "RESULTS.md").read_text(encoding="utf-8")
    # Tables begin a paragraph.
    assert not re.search(r"^[^|\n].*\n?\|.*\n\| --- ", written, re.MULTILINE)
    assert written == document(ROOT / "results", ROOT)


def test_a_paper_is_found_by_the_name_of_its_module(tmp_path, monkeypatch):
    (tmp_path / "report_invented.py").write_text(
        "from examples.reports.papers import Paper, Section\n"
        "PAPER = Paper('Nobody 1999', 0, {'nothing': Section('Nothing', str)})\n"
    )
    monkeypatch.setattr(reports, "__path__", [*reports.__path__, str(tmp_path)])
    assert papers()[0].citation == "Nobody 1999"
    assert next(iter(sections())) == "nothing"
    (tmp_path / "report_again.py").write_text(
        "from examples.reports.papers import Paper, Section\n"
        "PAPER = Paper('Nobody 2000', 9, {'ring': Section('Nothing', str)})\n"
    )
    with pytest.raises(ValueError, match="Two papers have sections for ring"):
        sections()


def test_every_seed_of_the_ring_is_told():
    fit = {"system": "rkl", "samples_by_mode": [0.1] * 7, "seconds": 3.0}
    fits = [
        {**fit, "seed": 0, "modes_covered": 7, "good_samples": 0.5},
        {**fit, "seed": 1, "modes_covered": 6, "good_samples": 0.25},
    ]
    section = sections()["ring"].body({"fits": fits, "steps": 50, "encoder_steps": 1})
    assert "Budget: seeds 0, 1, 50 decoder steps" in section
    assert "| rkl | 7, 6 of 7 | 7 of 7 | 50.0%, 25.0% | 3 |" in section


def test_values_that_were_not_finite_are_dashes(tmp_path):
    measures = ["kl", "rkl", "js", "log_likelihood"]
    fit = dict.fromkeys(
        [*measures, "bound", "bound_se", "training_bound", "training_bound_se"], 0.5
    )
    fits = [{"system": "logd", **fit}, {"system": "logd", **fit, "bound": None}]
    found = {
        "summary": {"logd": {name: {"mean": 0.5} for name in measures}},
        "fits": fits,
        "optima": {name: {"divergence": 0.25} for name in measures},
    }
    record = {"data": {"one": found}, "seeds": ["0", "1"], "settings": {"steps": 3}}
    section = sections()["gan_minimises_divergence"].body(record)
    assert (
        "| logd | 0.5000 (0.5000) | 0.5000 (0.5000) | 0.5000 (0.5000) | 0.5 | - ± 0.5000 "
        "| 0.5000 ± 0.5000 | - | - |" in section
    )
    assert "eq. 13" not in section
    games = {"value": -1.25, "value_se": 0.5, "training_value": -1.0, "training_value_se": 0.5}
    found["fits"] = [{"system": "logd", **fit, **games}]
    section = sections()["gan_minimises_divergence"].body(record)
    assert "| -1.2500 ± 0.5000 | -1.0000 ± 0.5000 |" in section
    assert "2 JS - log 4 where the critic is a classifier (eq. 13)" in section


def test_ratios_of_gaussians_are_judged_by_their_figures():
    good = {
        "system": "2, d = 10",
        "figure": "2",
        "dimensions": 10,
        "critic_parameters": 1234,
        "initial_kl": 8.0,
        "estimate_of_initial": 2.0,
        "estimate_of_initial_se": 0.1,
        "final_kl": 4.0,
        "estimate_of_final": 4.25,
        "estimate_of_final_se": 0.1,
        "fell": True,
        "failure": None,
    }
    worse = good | {"final_kl": 10.0, "estimate_of_final": 5.0, "fell": False}
    broken = good | {"final_kl": None, "fell": False, "failure": "not finite"}
    measures = ("initial_kl", "estimate_of_initial", "final_kl", "estimate_of_final")
    record = {
        "fits": [good, worse, broken],
        "summary": {"2, d = 10": {name: {"mean": 1.5, "sd": 0.5} for name in measures}},
        "settings": {"units": 4},
        "seconds": 90.0,
        "workers": 1,
        "cores": 2,
        "figures": {"2": {"layers": 4}},
        "paper": {"true KL falls at": [1, 10], "steps": 7, "runs": 10, "critic": "large"},
    }
    section = sections()["ratio_scaling"].body(record)
    assert (
        "at d = 10 the true KL fell in 1 of 3 runs (1 were not finite), the estimate of the fixed "
        "pair was off in 1 of 1 (furthest: 2 for 8), the estimate at the end of learning was off "
        "in 1 of 2 (furthest: 5 for 10)" in section
    )
    assert "| 2 | 10 | 1,234 | 1.5 ± 0.5 | 1.5 ± 0.5 | 1.5 ± 0.5 | 1 of 3 | 1.5 ± 0.5 |" in section


@pytest.mark.parametrize("content", ["", '{"example": "ring", "fits"', "{}"])
def test_a_file_that_is_damaged_is_named(results, content):
    (results / "ring_short/ring.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"ring_short/ring\.json is not what its example"):
        generate(results)


def test_a_folder_without_results_is_refused_and_links_lead_anywhere(results, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty has no results: expected RUN/EXAMPLE"):
        generate(tmp_path / "empty")
    (results / "ring_short/ring.png").touch()
    (tmp_path / "reports").mkdir()
    assert "](../results/ring_short/ring.png)" in document(results, tmp_path / "reports")


def test_a_rehearsal_is_called_one(results):
    path = results / "ring_short/ring.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"mock": True}), encoding="utf-8")
    assert "invented images: no figure means anything" in generate(results)
