"""Weights that are not finite are refused wherever they are used, and may be written."""

import pathlib
from collections.abc import Callable

import keras
import numpy as np
import pytest

import kfdiv
from kfdiv import evaluation
from kfdiv.distributions import Normal
from kfdiv.networks import mlp

X = np.zeros((4, 2), "float32")
Z = np.zeros((4, 1), "float32")


def gaussian(output_size: int, *shape: int) -> keras.Model:
    return keras.Sequential(
        [keras.Input(shape), keras.layers.BatchNormalization(), keras.layers.Dense(output_size)]
    )


def model_of() -> keras.Model:
    model = kfdiv.models.VAE(gaussian(2, 2), Normal(gaussian(2, 1), scale=1.0))
    model.compile(run_eagerly=True)
    return model


@pytest.fixture(scope="module")
def shared() -> keras.Model:
    return model_of()


# Of what each makes use.
USES = {
    "call": (lambda model: model(X), ("encoder", "decoder")),
    "sample": (lambda model: model.sample(3), ("decoder",)),
    "encode": (lambda model: model.encode(X), ("encoder",)),
    "decode": (lambda model: model.decode(Z), ("decoder",)),
    "reconstruct": (lambda model: model.reconstruct(X), ("encoder", "decoder")),
    "predict": (lambda model: model.predict(X, verbose=0), ("encoder", "decoder")),
    "log_prob": (lambda model: model.log_prob(X, num_samples=2), ("encoder", "decoder")),
    "fit": (lambda model: model.fit(X, verbose=0), ("encoder", "decoder")),
    "evaluate": (lambda model: model.evaluate(X, verbose=0), ("encoder", "decoder")),
}


@pytest.mark.parametrize("name", USES)
def test_every_use_of_broken_weights_is_refused(name: str, shared: keras.Model) -> None:
    use, parts = USES[name]
    model = shared
    for part in ("encoder", "decoder"):
        # An infinity that a saturated activation would hide, and an average that is not trained.
        for variable in (getattr(model, part).trainable_variables[-1], average(model, part)):
            whole = variable.numpy()
            variable.assign(np.full_like(whole, np.inf))
            if part in parts:
                with pytest.raises(ValueError, match=r"needs finite weights, but 1 of \d+ are not"):
                    use(model)
            else:
                use(model)
            variable.assign(whole)


def average(model: keras.Model, part: str) -> keras.Variable:
    found = getattr(model, part).non_trainable_variables
    return next(one for one in found if "moving_mean" in one.path)


def test_a_frozen_layer_is_looked_at_too() -> None:
    model = model_of()
    model.decoder.trainable = False
    model.decoder.weights[-1].assign([np.nan, 0.0])
    with pytest.raises(ValueError, match="fit needs finite weights"):
        model.fit(X, verbose=0)


def test_broken_weights_are_written_with_a_warning(tmp_path: pathlib.Path) -> None:
    model = model_of()
    model.decoder.trainable_variables[0].assign([np.nan])
    for method, file in (("save", "model.keras"), ("save_weights", "model.weights.h5")):
        with pytest.warns(UserWarning, match=rf"{method} writes weights of which 1 of \d+ are not"):
            getattr(model, method)(tmp_path / file)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.isnan(loaded.decoder.trainable_variables[0]).all()
    with pytest.raises(ValueError, match="sample needs finite weights"):
        loaded.sample(3)


JUDGES: dict[str, Callable[[object], object]] = {
    "bidirectional": lambda model: evaluation.bidirectional(model, X),
    "marginal_kl": lambda model: evaluation.marginal_kl(model, X),
    "sandwich": lambda model: evaluation.sandwich(model, X, "js", noise=1.0),
    "AnnealedImportanceSampling": evaluation.AnnealedImportanceSampling,
    "independent_critic": lambda model: evaluation.independent_critic(model, X, X),
    "independent_objective": lambda model: evaluation.independent_objective(model, X, X),
}


def test_evaluations_refuse_broken_weights_and_what_is_no_model() -> None:
    decoder = Normal(mlp(1, [], 2), scale=1.0)
    model = kfdiv.models.AVB(mlp(2, [], 2), decoder, kfdiv.networks.joint_critic(2, 1, [4]))
    model.compile(jit_compile=False)
    model.decoder.trainable_variables[0].assign([[np.nan, 0.0]])
    for name, judge in JUDGES.items():
        with pytest.raises(ValueError, match=f"{name} needs finite weights"):
            judge(model)
        for wrong in (None, "model.keras", X, model.decoder):
            with pytest.raises(TypeError, match=rf"{name} needs a model of kfdiv\.models, such as"):
                judge(wrong)


def test_annealed_importance_sampling_looks_at_the_weights_of_now() -> None:
    model = model_of()
    sampling = evaluation.AnnealedImportanceSampling(model, jit_compile=False)
    model.decoder.trainable_variables[0].assign([np.nan])
    with pytest.raises(ValueError, match="AnnealedImportanceSampling needs finite weights"):
        sampling(X)
