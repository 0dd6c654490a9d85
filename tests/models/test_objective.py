"""The contract's own promises, apart from any objective."""

from __future__ import annotations

import inspect
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models import Objective
from kfdiv.models.roles import Role
from tests.models import contract

# What an objective does in its own way; everything else of a Keras model stays as Keras has it.
OVERRIDDEN = {
    "adapt",
    "add_loss",
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
    "make_test_function",
    "make_train_function",
    "optimizer",
    "predict",
    "save",
    "save_weights",
    "test_on_batch",
    "test_step",
    "train_on_batch",
    "train_step",
    # Private; kfdiv/models/evaluator.py says why.
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


def shared_layer() -> tuple[keras.Model, keras.Model, keras.Model]:
    """Return a network of x, and two critics of one output that begin with it."""
    trunk = kfdiv.networks.mlp((contract.EVENT,), [4], 4)
    x = keras.Input((contract.EVENT,))
    heads = [keras.Model(x, keras.layers.Dense(1)(trunk(x))) for _ in range(2)]
    return trunk, *heads


class TwoHeads(kfdiv.models.FGAN):
    """Has a second critic; what the two share may be a role of its own."""

    def __init__(self, *args: object, other: keras.Model, trunk: keras.Model, **kwargs: object):
        super().__init__(*args, **kwargs)
        self.other, self.trunk = other, trunk


class Refused(TwoHeads):
    roles = (*kfdiv.models.FGAN.roles, Role("other"), Role("trunk"))


class Shared(TwoHeads):
    roles = (*kfdiv.models.FGAN.roles, Role("other"), Role("trunk", shared=True))


def test_layers_of_two_roles_belong_to_one_by_name_or_are_refused() -> None:
    trunk, critic, other = shared_layer()
    decoder = kfdiv.networks.mlp((contract.LATENT,), [4], contract.EVENT)
    with pytest.raises(ValueError, match="belongs to the networks of both critic and other"):
        Refused(decoder, critic, other=other, trunk=trunk).compile()
    model = Shared(decoder, critic, other=other, trunk=trunk)
    model.compile(jit_compile=False)
    owned = {role.name: len(model.optimizer.variables_of(role.name)) for role in model.roles}
    assert owned == {"critic": 2, "encoder": 0, "decoder": 4, "other": 2, "trunk": 4}


def test_not_a_number_in_a_later_batch_is_found_though_the_critic_hides_it() -> None:
    # What XLA makes of max(x, 0) gives zero for NaN, and so a finite loss and finite gradients.
    rectified = keras.layers.Activation(lambda x: keras.ops.where(x > 0.0, x, 0.0))
    critic = keras.Sequential([keras.Input((3,)), rectified, keras.layers.Dense(1)])
    model = kfdiv.models.FGAN(kfdiv.networks.mlp((2,), [4], 3), critic)
    model.compile(run_eagerly=True)
    batches = np.ones((3, 4, 3), "float32")
    batches[1, 0, 0] = np.nan
    with pytest.raises(FloatingPointError, match=r"`data \(x\)` was not finite at step 1"):
        model.fit(tf.data.Dataset.from_tensor_slices(batches), verbose=0)


def test_the_old_format_is_refused_in_one_line(tmp_path: pathlib.Path) -> None:
    model = contract.build("vae", compile=False)
    with pytest.raises(ValueError, match=r"ends in \.keras"):
        model.save(tmp_path / "model.h5")


@pytest.mark.parametrize("name", ["aae_gan", "avb", "marginal_vae", "vae", "veegan"])
def test_networks_that_are_needed_and_priors_are_checked_at_once(name: str) -> None:
    parts = contract.networks(name)
    with pytest.raises(ValueError, match=r"needs an encoder, but got None"):
        contract.construct(name, parts | {"encoder": None})
    with pytest.raises(ValueError, match=r"prior must be a layer .* but 'normal' has no dist"):
        contract.construct(name, parts, prior="normal")


def test_a_prior_that_learns_is_refused_where_it_is_known_by_draws_alone() -> None:
    class Shifted(kfdiv.distributions.StandardNormal):
        def build(self, shape: object = None) -> None:
            self.loc = self.add_weight(name="loc", shape=(contract.LATENT,))
            super().build(shape)

    prior = Shifted(contract.LATENT)
    prior.build()
    for name in ("aae", "avb", "marginal_vae", "veegan"):
        with pytest.raises(ValueError, match=r"knows the prior by its draws alone.*Freeze it"):
            contract.construct(name, contract.networks(name), prior=prior)
    prior.trainable = False
    contract.construct("aae", contract.networks("aae"), prior=prior)


def test_optimizers_and_seeds_that_are_none_are_named() -> None:
    model = contract.build("age", compile=False)
    with pytest.raises(ValueError, match=r"critic_optimizer must be an optimizer, .* got 'adamm'"):
        model.compile(critic_optimizer="adamm")
    with pytest.raises(ValueError, match=r"seed must be an integer, but got 1\.5"):
        model.sample(2, seed=1.5)


def test_broken_weights_are_not_exported(tmp_path: pathlib.Path) -> None:
    model = contract.build("vae", compile=False)
    model.decoder.trainable_variables[0].assign(model.decoder.trainable_variables[0] * np.nan)
    with pytest.raises(ValueError, match="export needs finite weights"):
        model.export(tmp_path / "sampler")
    assert not (tmp_path / "sampler").exists()


def test_rates_that_climb_and_callbacks_that_are_none_are_refused() -> None:
    model = contract.build("age", compile=False)
    for rate in (-1e-3, np.nan, np.inf):
        with pytest.raises(ValueError, match="critic_optimizer must have a finite learning rate"):
            model.compile(critic_optimizer=keras.optimizers.SGD(rate))
    model.compile(critic_optimizer=keras.optimizers.SGD(0.0), jit_compile=False)
    for wrong, hint in (
        (keras.callbacks.EarlyStopping, r"Make an instance of the class: EarlyStopping\("),
        (len, "LambdaCallback"),
        (None, "Leave it out"),
    ):
        for method in (model.fit, model.evaluate, model.predict):
            with pytest.raises(TypeError, match=rf"callbacks must be Keras callbacks, .*{hint}"):
                method(contract.examples(), callbacks=[wrong])


def test_encoder_and_decoder_and_critic_share_nothing_that_learns() -> None:
    encoder = kfdiv.networks.mlp(2, [4], 4)
    hidden = encoder.layers[0]
    z = keras.Input((2,))
    decoder = keras.Model(z, keras.layers.Dense(2)(hidden(z)))
    critic = kfdiv.networks.joint_critic(2, 2, [4])
    model = kfdiv.models.AGE(decoder, critic, encoder)
    with pytest.raises(ValueError, match="belongs to the networks of both encoder and decoder"):
        model.compile()
    x = keras.Input((2,))
    looks = keras.layers.Dense(1)(keras.layers.Concatenate()([encoder(x), z]))
    plain = kfdiv.networks.mlp(2, [4], 2)
    model = kfdiv.models.AGE(plain, keras.Model([x, z], looks), encoder)
    with pytest.raises(ValueError, match="belongs to the networks of both critic and encoder"):
        model.compile()
