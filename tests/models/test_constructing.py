"""Wrong arguments of constructors and of `compile`: the user's class is named, and the nearest."""

import inspect

import keras
import pytest

import kfdiv
from kfdiv.models.constructing import parameters
from tests.models import contract
from tests.models.contract import each


@each
def test_a_constructor_names_the_class_and_the_nearest_argument(name: str) -> None:
    cls, parts = contract.OBJECTIVES[name], contract.networks(name)
    known = parameters(cls)
    assert {"seed", "name", "trainable", "dtype"} <= set(known)
    with pytest.raises(
        TypeError, match=rf"^{cls.__name__} has no argument 'sead'\. Did you mean 'seed'"
    ):
        contract.construct(name, parts, sead=1)
    required = [
        one.name
        for one in inspect.signature(cls).parameters.values()
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    for one in required:
        fewer = {key: part for key, part in parts.items() if key != one}
        with pytest.raises(TypeError, match=rf"^{cls.__name__}\(\.\.\.\): missing .*'{one}'\. Its"):
            contract.construct(name, fewer)


def test_too_many_arguments_and_one_twice() -> None:
    network = kfdiv.networks.mlp(2, [], 2)
    with pytest.raises(TypeError, match=r"^AGE\(...\): too many positional arguments\. Its"):
        kfdiv.models.AGE(network, network, None, None, 0, "name", None)
    with pytest.raises(TypeError, match=r"^AGE\(...\): multiple values for argument 'decoder'"):
        kfdiv.models.AGE(network, network, decoder=network)
    model = kfdiv.models.AGE(network, kfdiv.networks.mlp(2, [], 1))
    with pytest.raises(TypeError, match=r"^AGE.compile: too many positional arguments\. Its arg"):
        model.compile("kl", None, None, None, None)


def test_what_a_class_gives_its_base_is_no_argument_of_its() -> None:
    with pytest.raises(TypeError, match=r"^DRAW has no argument 'decoder'\. .*event_shape"):
        kfdiv.models.DRAW((4, 4, 1), 2, decoder=kfdiv.networks.mlp(2, [], 2))


def test_arguments_of_keras_arrive() -> None:
    model = kfdiv.models.AGE(
        kfdiv.networks.mlp(2, [], 2), kfdiv.networks.mlp(2, [], 1), trainable=False, name="one"
    )
    assert model.name == "one"
    assert isinstance(model, keras.Model)
    assert not model.trainable


def test_arguments_of_compile_and_of_the_constructor_are_told_apart() -> None:
    networks = {"decoder": kfdiv.networks.mlp(2, [], 3), "critic": kfdiv.networks.mlp(3, [], 1)}
    with pytest.raises(TypeError, match=r"'clip': compile takes it, model\.compile\(clip=\.\.\.\)"):
        kfdiv.models.AGE(**networks, clip=0.5)
    model = kfdiv.models.AGE(**networks)
    with pytest.raises(TypeError, match=r"'seed'\. Here the constructor takes it, AGE"):
        model.compile(divergence="kl", seed=3)
