"""The contract's own promises, apart from any objective."""

from __future__ import annotations

import inspect

import keras
import pytest

import kfdiv
from kfdiv.models import Objective
from tests.models import contract

# What an objective does in its own way; everything else of a Keras model stays as Keras has it.
OVERRIDDEN = {
    "adapt",
    "build",
    "call",
    "compile",
    "compile_from_config",
    "evaluate",
    "export",
    "fit",
    "from_config",
    "get_compile_config",
    "get_config",
    "load_own_variables",
    "load_weights",
    "make_train_function",
    "optimizer",
    "save",
    "save_weights",
    "test_on_batch",
    "test_step",
    "train_on_batch",
    "train_step",
    # Private; kfdiv/models/trainer.py says why.
    "_maybe_symbolic_build",
}


@pytest.mark.parametrize("name", list(contract.OBJECTIVES))
def test_nothing_of_a_keras_model_is_shadowed(name: str) -> None:
    own = set()
    for cls in contract.OBJECTIVES[name].__mro__:
        if cls is keras.Model:
            break
        own |= {key for key in vars(cls) if not key.startswith("__")}
    assert own & set(dir(keras.Model)) - {"_abc_impl"} <= OVERRIDDEN


@pytest.mark.parametrize("name", list(contract.OBJECTIVES))
def test_compile_shows_what_it_takes(name: str) -> None:
    cls = contract.OBJECTIVES[name]
    shown = inspect.signature(cls.compile).parameters
    expected = {role.keyword for role in cls.roles} | {"jit_compile", "steps_per_execution"}
    expected |= {one.name for one in cls.option_parameters()}
    assert expected <= set(shown)
    if name in kfdiv.models.registry:
        for argument in expected:
            assert f"    {argument}: " in cls.compile.__doc__, argument


def test_an_objective_without_roles_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Objective()
