import json
import sys

import numpy as np
import pytest

from examples.lib import records


@pytest.fixture
def example(monkeypatch):
    """This process as one that runs an example."""
    program = str(records.ROOT / "examples" / "zhang" / "ring.py")
    monkeypatch.setattr(sys, "argv", [program, "--divergences=rkl,js", "--workdir=a folder"])


def test_the_command_can_be_pasted_into_a_shell(example):
    expected = "python -m examples.zhang.ring --divergences=rkl,js '--workdir=a folder'"
    assert records.command() == expected


@pytest.mark.usefixtures("example")
def test_what_is_not_finite_is_null(tmp_path):
    fit = {"bound": np.float64("nan"), "curve": (1.0, -np.inf), "died": None}
    records.write("ring", tmp_path / "new", {"fits": [fit], "seeds": 2})
    written = json.loads((tmp_path / "new" / "ring.json").read_text(), parse_constant=pytest.fail)
    assert written["fits"] == [{"bound": None, "curve": [1.0, None], "died": None}]
    assert written["seeds"] == 2
    assert written["example"] == "ring"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ring.json"]
