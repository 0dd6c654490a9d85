"""What is said of a loss that is not finite: the term, the step, and what helps this objective."""

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract
from tests.models.contract import each


def broken(model, term):
    """Return what `fit` says after the model's first step, in which a term was not finite."""
    model.finish_step(tf.constant(0.0), {"one that is": tf.zeros(2), term: tf.constant(np.nan)})
    callback = kfdiv.callbacks.FiniteLoss()
    callback.set_model(model)
    with pytest.raises(FloatingPointError) as error:
        callback.on_train_batch_end(0)
    return str(error.value)


@each
def test_it_names_the_term_the_step_the_objective_and_its_optimizers(name: str) -> None:
    model = contract.build(name)
    model.step.assign(7)
    said = broken(model, "some loss")
    assert f"`some loss` was not finite at step 7 of {type(model).__name__}." in said
    assert "a checkpoint, if there is one, is from before it" in said
    for keyword in contract.roles(name):
        assert keyword in said


@pytest.mark.parametrize(
    ("name", "options", "helps", "does_not"),
    [
        ("age", {"divergence": "kl"}, ["compile(clip=0.5)", "than KL()", "slope"], ["noise"]),
        ("age", {"divergence": "all", "penalty": "r1"}, [], ["clip=", "tails", "slope"]),
        ("fgan", {"divergence": "pearson"}, ["lighter tails than Pearson()"], ["clip="]),
        ("bigan", {}, ["compile(penalty='gradient')"], ["tails", "noise"]),
        ("wasserstein_gan", {}, ["critic_optimizer"], ["tails", "penalty"]),
        ("avb", {}, ["adaptive_contrast=True"], ["tails"]),
        ("avb", {"adaptive_contrast": True}, [], ["adaptive_contrast"]),
        ("variational_f_divergence", {"divergence": "rkl"}, ["warmup_steps", "noise=0.5"], ["wid"]),
        ("variational_f_divergence", {"divergence": "kl"}, ["lighter tails"], ["warmup_steps"]),
        ("fgm", {"divergence": "js"}, ["density_optimizer"], ["tails"]),
        ("vae", {}, ["lower the learning rate (optimizer)"], ["tails", "critic"]),
    ],
)
def test_what_helps_is_the_objective_s(name, options, helps, does_not) -> None:
    parts = contract.networks(name)
    if options.get("divergence") == "rkl":
        known = kfdiv.distributions.GaussianMixture([1.0], [[0.0] * 3], [1.0])
        parts |= {"data_density": known}
    model = contract.construct(name, parts)
    model.compile(jit_compile=False, **options)
    said = broken(model, "decoder loss")
    assert all(text in said for text in helps), said
    assert not any(text in said for text in does_not), said


def test_a_learned_scale_is_to_be_kept_from_vanishing() -> None:
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [], 6))
    model = contract.construct("vae", contract.networks("vae") | {"decoder": decoder})
    model.compile(jit_compile=False)
    assert "Normal(network, min_scale=0.01)" in broken(model, "-log p(x|z)")


@pytest.mark.parametrize(
    ("term", "advice"),
    [
        ("data (x)", "find and clean them"),
        ("condition (labels out of range?)", "number classes from 0"),
        ("weights (below zero?)", "look at sample_weight"),
        ("what layers add to the decoder loss", "regularizers"),
    ],
)
def test_what_is_not_the_objective_s_fault_has_its_own_advice(term: str, advice: str) -> None:
    said = broken(contract.build("vae"), term)
    assert advice in said
    assert "optimizer" not in said
