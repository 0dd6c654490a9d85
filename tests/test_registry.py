"""Registries of names."""

import functools

import pytest

import kfdiv
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
        shapes.register(*names)(tuple)
    assert (shapes["box"], shapes["circle"], len(shapes)) == (list, dict, 2)


@pytest.mark.parametrize("member", [lambda: 1, functools.partial(dict)])
def test_what_has_no_name_is_not_known_again(shapes, member):
    shapes.register("point")(member)
    shapes.register("point")(member)
    other = functools.partial(dict) if isinstance(member, functools.partial) else lambda: 1
    with pytest.raises(ValueError, match="is taken by"):
        shapes.register("point")(other)
    assert shapes["point"] is member


def test_a_definition_that_is_run_again_takes_its_place(shapes):
    def define(name, aliases):
        @shapes.register(name, aliases)
        class Dot:
            pass

        return Dot

    first, again = define("dot", ("point", "spot")), define("dot", ("point", "speck"))
    assert first is not again
    assert shapes["dot"] is shapes["point"] is shapes["speck"] is again
    # What it is no longer called is free, and a name and an alias may change places.
    assert "spot" not in shapes
    last = define("speck", ("dot",))
    assert shapes["dot"] is shapes["speck"] is last
    assert shapes.names() == ("box", "round_disc", "speck")


def test_representation_names_the_members(shapes):
    assert repr(shapes) == "Registry('shape': box, round_disc)"


# What a reader may write into a notebook's cell, and runs again after a change.
CELLS = {
    "divergence": """
import keras
import kfdiv

@keras.saving.register_keras_serializable(package="notebook")
@kfdiv.divergences.registry.register("mine", aliases=("my_own",))
class Mine(kfdiv.divergences.KL):
    pass

found = kfdiv.divergences.get("my-own")
copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(found))
found = type(found) if type(copy) is type(found) else None
""",
    "preset": """
import dataclasses
import kfdiv

@kfdiv.presets.registry.register("mine")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Mine(kfdiv.presets.zhang.Gaussian):
    epochs: int = 3

found = type(kfdiv.presets.get("mine", epochs=4))
""",
    "objective": """
import keras
import kfdiv

@keras.saving.register_keras_serializable(package="notebook")
@kfdiv.models.registry.register("mine")
class Mine(kfdiv.models.VAE):
    pass

found = kfdiv.models.registry.get("mine")
copy = found(kfdiv.networks.mlp(2, [], 2), kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 4)))
config = keras.saving.serialize_keras_object(copy)
found = found if type(keras.saving.deserialize_keras_object(config)) is found else None
""",
}


@pytest.mark.parametrize("family", CELLS)
def test_a_notebook_s_cell_can_be_run_twice(family, monkeypatch):
    registry = {
        "divergence": kfdiv.divergences.registry,
        "preset": kfdiv.presets.registry,
        "objective": kfdiv.models.registry,
    }[family]
    # As it was before, afterwards.
    monkeypatch.setattr(registry, "_members", dict(registry._members))
    monkeypatch.setattr(registry, "_aliases", dict(registry._aliases))
    scope = {"__name__": "__main__"}
    exec(CELLS[family], scope)
    first = scope["Mine"]
    assert scope["found"] is first
    exec(CELLS[family], scope)
    assert scope["Mine"] is scope["found"] is not first
    assert registry["mine"] is scope["Mine"]
    with pytest.raises(ValueError, match="'mine' is taken by"):
        registry.register("mine")(dict)
