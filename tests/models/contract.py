"""What the contract tests build every registered objective from."""

from __future__ import annotations

import inspect

import keras
import numpy as np

import kfdiv
from tests.models import objectives

EVENT, LATENT, BATCH, EXAMPLES = 3, 2, 20, 100
# Of conditional models: labels, or the size of vectors.
CLASSES, CONDITION = 4, 2


def networks(seed: int = 0, condition_size: int = 0) -> dict[str, keras.layers.Layer]:
    """Return one of everything that an objective's constructor may require, by argument name."""
    keras.utils.set_random_seed(seed)
    given = {"condition_size": condition_size}
    density = kfdiv.flows.Flow((EVENT,), [kfdiv.flows.Affine(EVENT)])
    if condition_size:
        density = kfdiv.flows.Unnormalized(kfdiv.networks.mlp(EVENT, [16], 1, **given))
    return {
        "encoder": kfdiv.networks.mlp((EVENT,), [16], 2 * LATENT, **given),
        "decoder": kfdiv.distributions.Normal(
            kfdiv.networks.mlp((LATENT,), [16], EVENT, **given), scale=0.5
        ),
        "critic": kfdiv.networks.joint_critic(EVENT, LATENT, [16], **given),
        "density": density,
        "data_critic": kfdiv.networks.mlp((EVENT,), [16], 1),
        "code_critic": kfdiv.networks.mlp((LATENT,), [16], 1),
        "reconstructor": kfdiv.networks.mlp((EVENT,), [16], LATENT),
    }


# Those of the package, and those that the tests write against the contract alone.
OBJECTIVES = {**kfdiv.models.registry, **objectives.registry}
CONDITIONAL = [name for name, cls in OBJECTIVES.items() if cls.takes_condition]


def construct(name: str, parts: dict[str, keras.layers.Layer], **options: object) -> keras.Model:
    """Build the objective `name` of those parts that its constructor takes."""
    cls = OBJECTIVES[name]
    parameters = inspect.signature(cls).parameters
    return cls(**{key: part for key, part in parts.items() if key in parameters}, **options)


def build(name: str, seed: int = 0, compile: bool = True, **options: object) -> keras.Model:
    """Build (and compile, in graph mode unless `options` say otherwise) the objective `name`."""
    model = construct(name, networks(), seed=seed)
    if compile:
        # XLA's compile time is most of a small test's; the tests that are about XLA ask for it.
        model.compile(**{"jit_compile": False, **options})
    return model


def build_conditional(
    name: str, kind: str = "labels", seed: int = 0, **options: object
) -> keras.Model:
    """Build the objective `name`, conditional on "labels" or "vectors"; compile it by `options`."""
    made = {"num_classes": CLASSES} if kind == "labels" else {"size": CONDITION}
    condition = kfdiv.networks.condition(**made)
    parts = {**networks(condition_size=condition.size), "noise": 0.5}
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
