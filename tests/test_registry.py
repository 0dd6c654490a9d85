"""Registries of names."""

import pytest

from kfdiv.registry import Registry


@pytest.fixture
def shapes():
    registry = Registry("shape")
    registry.register("round_disc", aliases=("circle",))(dict)
    registry.register("box")(list)
    return registry


def test_names_and_aliases_give_what_was_registered(shapes):
    assert shapes["box"] is list
    assert shapes.get("box") is list
    assert shapes["circle"] is shapes["round_disc"] is dict


@pytest.mark.parametrize("spelling", ["Round_Disc", "round-disc", " round disc ", "CIRCLE"])
def test_case_and_separators_do_not_matter(shapes, spelling):
    assert shapes.get(spelling) is dict
    assert spelling in shapes


def test_iteration_meets_every_member_once(shapes):
    assert list(shapes) == ["box", "round_disc"]
    assert shapes.names() == ("box", "round_disc")
    assert len(shapes) == 2
    assert dict(shapes.items()) == {"box": list, "round_disc": dict}


def test_decorator_returns_the_class_unchanged():
    registry = Registry("shape")

    @registry.register("dot")
    class Dot:
        pass

    assert registry["dot"] is Dot


def test_unknown_name_lists_the_choices_and_the_nearest(shapes):
    with pytest.raises(ValueError, match=r"Unknown shape 'circel'\. Did you mean 'circle'\?") as e:
        shapes.get("circel")
    assert "Choose from: box, round_disc (also circle)." in str(e.value)


def test_unknown_name_far_from_all_has_no_suggestion(shapes):
    with pytest.raises(ValueError, match=r"Unknown shape 'zzz'\. Choose from: box") as e:
        shapes.get("zzz")
    assert "mean" not in str(e.value)


def test_a_name_that_is_no_string_is_unknown(shapes):
    assert 3 not in shapes
    with pytest.raises(ValueError, match="Unknown shape 3"):
        shapes.get(3)
    with pytest.raises(KeyError):
        shapes[3]


@pytest.mark.parametrize("names", [("box", ()), ("circle", ()), ("new", ("box",)), ("BOX", ())])
def test_a_name_is_taken_once(shapes, names):
    with pytest.raises(ValueError, match="is taken by"):
        shapes.register(*names)
    assert len(shapes) == 2


def test_representation_names_the_members(shapes):
    assert repr(shapes) == "Registry('shape': box, round_disc)"
