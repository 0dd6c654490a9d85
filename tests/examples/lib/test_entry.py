"""What a user can mend in an example's command is one line, with exit code 2."""

import sys

import pytest
from absl import flags

from examples.lib import entry
from kfdiv.runs import program


@pytest.fixture
def values(monkeypatch):
    found = flags.FlagValues()
    flags.DEFINE_list("seeds", ["0", "1"], "Seeds.", flag_values=found)
    flags.DEFINE_list("examples", ["0"], "N.", flag_values=found)
    flags.DEFINE_list("latents", None, "By the model.", flag_values=found)
    flags.DEFINE_bool("mock", False, "A rehearsal.", flag_values=found)
    monkeypatch.setattr(entry, "FLAGS", found)
    return found


def test_lists_of_integers_are_told_by_their_flag(values):
    values(["a", "--seeds=3,4"])
    assert entry.integers("seeds") == [3, 4]
    assert entry.integers("latents") == []
    values(["a", "--seeds=3,b"])
    with pytest.raises(ValueError, match=r"--seeds must be integers, .* got --seeds=3,b"):
        entry.integers("seeds")
    values(["a", "--seeds=-1"])
    with pytest.raises(ValueError, match="--seeds must be an integer of at least 0, but got -1"):
        entry.integers("seeds")


def test_a_seed_is_one_repetition(values):
    values(["a", "--seeds=4,3"])
    assert entry.seeds() == [4, 3]
    values(["a", "--seeds=3,4,3"])
    with pytest.raises(ValueError, match="--seeds=3,4,3 has 3 twice"):
        entry.seeds()


def test_lists_without_members_are_refused(values):
    values(["a"])
    entry._refuse_empty(())
    values(["a", "--seeds="])
    entry._refuse_empty(("seeds",))
    with pytest.raises(ValueError, match="--seeds= is empty"):
        entry._refuse_empty(())


def test_flags_that_a_rehearsal_does_not_go_by_are_refused(values):
    values(["a", "--examples=5"])
    entry.refuse_beside("mock", "examples")
    values(["a", "--mock", "--examples=0,0"])
    entry.refuse_beside("mock", "examples")
    values(["a", "--mock", "--examples=0,5"])
    with pytest.raises(ValueError, match="--mock has sizes of its own, beside which --examples"):
        entry.refuse_beside("mock", "examples")


@pytest.mark.parametrize("error", [ValueError, OSError, entry.files.InUseError])
def test_errors_are_one_line_unless_asked_where_they_come_from(error, monkeypatch, capsys):
    def main(_):
        raise error("a\nb")

    monkeypatch.setattr(entry, "FLAGS", flags.FlagValues())
    monkeypatch.setattr(flags, "FLAGS", flags.FlagValues())
    monkeypatch.setattr(flags, "DEFINE_bool", lambda *args: None)

    class Traceback:
        traceback = False

    def start(define, run):
        define(flags.FLAGS)
        return program.run(run, Traceback, [])

    monkeypatch.setattr(program, "start", start)
    entry.start(main)
    said = capsys.readouterr().err
    assert said == "error: a b (--traceback shows where this was raised.)\n"
    Traceback.traceback = True
    with pytest.raises(error):
        entry.start(main)


def test_help_names_shared_flags_too(monkeypatch):
    found = flags.FlagValues()
    monkeypatch.setattr(entry, "FLAGS", found)
    monkeypatch.setattr(sys, "argv", ["avb.py"])
    for name, module in (("steps", "examples.lib.a"), ("other", "absl.other")):
        flags.DEFINE_integer(name, 3, "A number.", flag_values=found, module_name=module)
    entry._tell_shared_flags()
    assert "--steps" in found.main_module_help()
    assert "--other" not in found.main_module_help()
