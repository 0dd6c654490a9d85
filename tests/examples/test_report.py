"""RESULTS.md is what examples/report.py makes of the committed JSON."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def generate(results, output):
    script = ROOT / "examples" / "report.py"
    arguments = [f"--results={results}", f"--output={output}"]
    subprocess.run([sys.executable, script, *arguments], check=True, timeout=60)
    return output.read_text(encoding="utf-8")


@pytest.fixture
def results(tmp_path):
    """A folder with one run of `ring.py` and one benchmark."""
    fit = {"modes_covered": 6, "samples_by_mode": [0.1] * 7, "good_samples": 0.875, "seconds": 3.2}
    record = {
        "example": "ring",
        "command": "python examples/ring.py --seed=4",
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


def test_a_section_has_what_its_json_has(results, tmp_path):
    text = generate(results, tmp_path / "RESULTS.md")
    assert "    python examples/ring.py --seed=4\n" in text
    assert "2020-01-02" in text
    assert "| rkl | 6 of 7 | 7 of 7 | 87.5% | 3 |" in text
    assert "![" not in text


def test_a_picture_is_shown_where_there_is_one(results, tmp_path):
    (results / "ring_short" / "ring.png").write_bytes(b"")
    text = generate(results, tmp_path / "RESULTS.md")
    assert "](results/ring_short/ring.png)" in text


def test_a_benchmark_is_its_table(results, tmp_path):
    text = generate(results, tmp_path / "RESULTS.md")
    assert "## Benchmark: spread scores\n\n    python benchmarks/spread_scores.py\n" in text
    assert "Run on 2020-01-03. Machine: cores 2." in text
    assert "| mode | ms |\n| --- | --- |\n| exact | 1.2 (1.1-1.3) |\n| pca | 7 |" in text


def test_a_run_of_its_own_name_says_so(results, tmp_path):
    assert ": short\n" in generate(results, tmp_path / "RESULTS.md")


def test_results_md_is_up_to_date():
    # Called, not run, because links are relative to where RESULTS.md lies.
    program = "import pathlib, report; root = pathlib.Path.cwd().parent; "
    program += "print(report.report(root / 'results', root), end='')"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        cwd=ROOT / "examples",
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (ROOT / "RESULTS.md").read_text(encoding="utf-8") == done.stdout.decode("utf-8")


def test_every_example_that_writes_a_record_has_a_section():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")]
    written = {
        name for source in sources for name in re.findall(r'common\.write\(\s*"(\w+)"', source)
    }
    assert len(written) > 5
    program = "import report; print(*report.SECTIONS)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "examples",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert written <= set(done.stdout.split())
