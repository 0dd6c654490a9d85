"""What the contract tests build every registered objective from."""

from __future__ import annotations

import functools
import inspect
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import objectives

EVENT, LATENT, BATCH, EXAMPLES = 3, 2, 20, 100
# Of conditional models: labels, or the size of vectors.
CLASSES, CONDITION = 4, 2


def networks(
    name: str | None = None, seed: int = 0, condition_size: int = 0
) -> dict[str, keras.layers.Layer]:
    """Return what the constructor of objective `name`, or of any, may require, by argument name."""
    given = {"condition_size": condition_size}

    def density() -> keras.layers.Layer:
        if condition_size:
            return kfdiv.flows.Unnormalized(kfdiv.networks.mlp(EVENT, [16], 1, **given))
        return kfdiv.flows.Flow((EVENT,), [kfdiv.flows.Affine(EVENT)])

    makers = {
        "encoder": lambda: kfdiv.networks.mlp((EVENT,), [16], 2 * LATENT, **given),
        "decoder": lambda: kfdiv.distributions.Normal(
            kfdiv.networks.mlp((LATENT,), [16], EVENT, **given), scale=0.5
        ),
        "critic": lambda: kfdiv.networks.joint_critic(EVENT, LATENT, [16], **given),
        "density": density,
        "data_critic": lambda: kfdiv.networks.mlp((EVENT,), [16], 1, **given),
        "code_critic": lambda: kfdiv.networks.mlp((LATENT,), [16], 1, **given),
        "reconstructor": lambda: kfdiv.networks.mlp((EVENT,), [16], LATENT),
        # Of DRAW, which makes its own networks: a step a latent.
        "event_shape": lambda: EVENT,
        "latent_size": lambda: 1,
        "steps": lambda: LATENT,
        "units": lambda: 4,
        "observation": lambda: "normal",
        "scale": lambda: 0.5,
    }
    # All that Keras's initializers draw from. To seed TensorFlow, too, makes it forget its kernels.
    random.seed(seed)
    taken = makers if name is None else inspect.signature(OBJECTIVES[name]).parameters
    return {key: make() for key, make in makers.items() if key in taken}


# Those of the package, and those that the tests write against the contract alone.
OBJECTIVES = {**kfdiv.models.registry, **objectives.registry}
# The package has objectives of the kinds that the tests write: those are rehearsed.
each = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in kfdiv.models.registry else pytest.mark.rehearsal)
        for name in OBJECTIVES
    ],
)
# What the shared step promises, whatever the losses, is tried on one objective whose critics move
# several times and on one without a critic; `make rehearse` tries all. What depends on an
# objective's own losses or networks is tried on `each` for every change.
_OFTEN = {"age", "variational_f_divergence"}
COSTLY = [
    pytest.param(name, marks=() if name in _OFTEN else pytest.mark.rehearsal) for name in OBJECTIVES
]
by_the_shared_step = pytest.mark.parametrize("name", COSTLY)
# Of every objective what any number of replicas compute; for every change, one by two.
by_replicas = pytest.mark.parametrize(
    ("name", "counts"),
    [
        pytest.param("age", (2,)),
        *(pytest.param(name, (1, 2, 4), marks=pytest.mark.rehearsal) for name in OBJECTIVES),
    ],
)
# Those that are given networks, and do not make their own.
GIVEN = [n for n, cls in OBJECTIVES.items() if "decoder" in inspect.signature(cls).parameters]
CONDITIONAL = [name for name, cls in OBJECTIVES.items() if cls.takes_condition]


def construct(name: str, parts: dict[str, keras.layers.Layer], **options: object) -> keras.Model:
    """Build the objective `name` of those parts that its constructor takes."""
    cls = OBJECTIVES[name]
    parameters = inspect.signature(cls).parameters
    return cls(**{key: part for key, part in parts.items() if key in parameters}, **options)


def build(name: str, seed: int = 0, compile: bool = True, **options: object) -> keras.Model:
    """Build (and compile, in graph mode unless `options` say otherwise) the objective `name`."""
    model = construct(name, networks(name), seed=seed)
    if compile:
        # XLA's compile time is most of a small test's; the tests that are about XLA ask for it.
        model.compile(**{"jit_compile": False, **options})
    return model


# How the models that tests share are run. Eager steps need no trace, but take as long as a hundred
# traced ones.
MODES = {
    "eager": {"run_eagerly": True, "jit_compile": False},
    "graph": {"jit_compile": False},
    "xla": {"jit_compile": True, "steps_per_execution": 2},
}


@functools.cache
def roles(name: str) -> tuple[str, ...]:
    """Return the keywords of the optimizers of those roles that have something to train."""
    model = build(name, compile=False)
    found = [role for role in model.roles if any(x.trainable_weights for x in role.layers(model))]
    return tuple(role.keyword for role in found)


def descent(name: str) -> dict[str, keras.optimizers.Optimizer]:
    """Return gradient descent: Adam hides a wrong scale, and makes much of a rounding error."""
    return {keyword: keras.optimizers.SGD(1e-2, momentum=0.9) for keyword in roles(name)}


@functools.cache
def _started(name: str, mode: str) -> tuple[keras.Model, list[tuple[keras.Variable, np.ndarray]]]:
    model = build(name, **MODES[mode], **descent(name))
    return model, [(variable, variable.numpy()) for variable in variables(model)]


def ready(name: str, mode: str = "graph") -> keras.Model:
    """Return the objective `name` as it was built, to be run by `mode`: one for all tests.

    What takes time is to trace and to compile; that is done once.
    """
    model, start = _started(name, mode)
    for variable, value in start:
        variable.assign(value)
    return model


def build_conditional(
    name: str, kind: str = "labels", seed: int = 0, **options: object
) -> keras.Model:
    """Build the objective `name`, conditional on "labels" or "vectors"; compile it by `options`."""
    made = {"num_classes": CLASSES} if kind == "labels" else {"size": CONDITION}
    condition = kfdiv.networks.condition(**made)
    parts = {**networks(name, condition_size=condition.size), "noise": 0.5}
    model = construct(name, parts, seed=seed, condition=condition)
    if options:
        model.compile(**options)
    return model


def conditions(kind: str) -> np.ndarray:
    """Return the y of `examples()`, for a model that is conditional on "labels" or "vectors"."""
    if kind == "labels":
        return np.arange(EXAMPLES) % CLASSES
    return np.random.default_rng(1).normal(size=(EXAMPLES, CONDITION)).astype("float32")


def examples() -> np.ndarray:
    """Return `EXAMPLES` points of shape `(EVENT,)`."""
    return np.random.default_rng(0).normal(size=(EXAMPLES, EVENT)).astype("float32")


def batch() -> tf.Tensor:
    """Return the first `BATCH` of `examples()`."""
    return tf.constant(examples()[:BATCH])


def dataset(steps: int = EXAMPLES // BATCH):
    """Return examples, as many as an epoch of `steps` has, as the package's own data set."""
    return kfdiv.data.from_arrays(examples()[: steps * BATCH], batch_size=BATCH, seed=0)


def variables(model: keras.Model) -> list[keras.Variable]:
    """Return every variable of the model, optimizers' included, but not its metrics'."""
    optimizer = getattr(model, "optimizer", None)
    return [*model.weights, *(optimizer.variables if optimizer is not None else [])]


def weights(model: keras.Model) -> list[np.ndarray]:
    """Return the values of `variables`."""
    return [keras.ops.convert_to_numpy(variable) for variable in variables(model)]
