import pytest

from kfdiv.runs.sweep_plan import plan

FLAGS = ["divergence", "seed", "units"]


def test_every_combination_once_and_in_order():
    runs = plan("divergence=kl, rkl;seed=0,1;set.learning_rate=1e-3,1e-4", FLAGS)
    assert len(runs) == 8
    assert runs[0].arguments == ("--divergence=kl", "--seed=0", "--set=learning_rate=1e-3")
    assert runs[1].arguments[-1] == "--set=learning_rate=1e-4"
    assert runs[-1].name == "divergence-rkl_seed-1_learning-rate-1e-4"
    assert len({run.name for run in runs}) == 8


def test_brackets_and_settings_by_force():
    (first, second) = plan("set.units=(1, 2),[3, 4]", FLAGS)
    assert (first.arguments, second.arguments) == (("--set=units=(1, 2)",), ("--set=units=[3, 4]",))
    assert first.name == "units-1-2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be NAME=VALUE"),
        ("seed", "got 'seed'"),
        ("seed=", "got 'seed='"),
        ("seed=0,", "got 'seed=0,'"),
        ("seed=0;", "got ''"),
        ("a-b=0", "got 'a-b=0'"),
        ("seed=0,1;seed=2", "has seed twice"),
        ("seed=0,0", "has seed=0 twice"),
        ("data=a/b,a-b", "two runs whose folder would be data-a-b"),
    ],
)
def test_what_is_no_sweep_is_told(text, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        plan(text, FLAGS)
