"""What the adversarial objectives share, and what each promises."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models import Adversarial
from kfdiv.models.batch import Batch
from tests.models import contract

EAGER = contract.MODES["eager"]
# They differ by their losses, which have tests of their own: one is enough for every change.
OBJECTIVES = [
    case for case in contract.COSTLY if issubclass(contract.OBJECTIVES[case.values[0]], Adversarial)
]
each = pytest.mark.parametrize("name", OBJECTIVES)


def build(name: str, **options: object) -> Adversarial:
    return kfdiv.models.registry[name](**{**contract.networks(name), **options})


@each
def test_critic_moves_more_often_than_the_others(name: str) -> None:
    model = build(name)
    model.compile(critic_steps=3, **EAGER)
    for _ in range(2):
        model.train_step(contract.batch())
    assert int(model.critic_optimizer.iterations) == 6
    assert int(model.encoder_optimizer.iterations) == int(model.decoder_optimizer.iterations) == 2


@each
def test_without_an_encoder_the_critic_sees_x_alone(name: str) -> None:
    critic = kfdiv.networks.mlp((contract.EVENT,), [16], 1)
    model = build(name, encoder=None, critic=critic)
    model.compile(**EAGER)
    data = contract.dataset(steps=1)
    history = model.fit(data, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    figures = model.evaluate(data, verbose=0, return_dict=True)
    assert all(value > 0 for name, value in figures.items() if name.endswith("_se"))
    with pytest.raises(ValueError, match="without an encoder"):
        model.encode(contract.examples())


@each
def test_a_step_moves_each_network_by_its_own_loss_alone(name: str) -> None:
    """One SGD step of encoder and decoder is the gradient of their losses at the moved critic."""
    model = build(name)
    # A critic that stands still makes the step's gradient easy to say again.
    model.compile(
        critic_optimizer=keras.optimizers.SGD(0.0),
        encoder_optimizer=keras.optimizers.SGD(1.0),
        decoder_optimizer=keras.optimizers.SGD(1.0),
        **EAGER,
    )
    x = tf.constant(contract.examples()[: contract.BATCH])
    seed = model.draw_seed("generator")
    networks = {"encoder": model.encoder, "decoder": model.decoder}
    expected = {}
    for role, network in networks.items():
        variables = [variable.value for variable in network.trainable_variables]
        with tf.GradientTape() as tape:
            on_data, on_model = model.scores(Batch(x), seed, training=True)
            losses = {
                "encoder": model.loss_of.encoder_loss(on_data),
                "decoder": model.loss_of.decoder_loss(on_model),
            }
            loss = tf.reduce_mean(losses[role])
        gradients = tape.gradient(loss, variables)
        expected[role] = [v - g for v, g in zip(variables, gradients, strict=True)]
    model.train_step(x)
    for role, network in networks.items():
        for variable, value in zip(network.trainable_variables, expected[role], strict=True):
            np.testing.assert_allclose(variable.numpy(), value, atol=1e-6)


@each
def test_split_batches_deal_every_example_to_one_update(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(name)
    model.compile(critic_steps=3, split_batch=True, run_eagerly=True)
    seen = []
    pairs = model.pairs

    def spy(batch: Batch, *arguments: object, **options: object) -> object:
        seen.append(batch.x.numpy())
        return pairs(batch, *arguments, **options)

    monkeypatch.setattr(model, "pairs", spy)
    x = contract.examples()[: contract.BATCH]
    model.train_step(tf.constant(x))
    assert [len(part) for part in seen] == [5, 5, 5, 5]
    np.testing.assert_array_equal(np.concatenate(seen), x)


def test_a_batch_that_cannot_be_split_is_named() -> None:
    model = build("age")
    model.compile(critic_steps=2, split_batch=True, jit_compile=False)
    with pytest.raises(ValueError, match="splits a batch into 3 parts"):
        model.fit(contract.dataset(), verbose=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"critic": kfdiv.networks.mlp((3,), [4], 1)}, r"\[x, z\] has \[\(3,\), \(2,\)\]"),
        ({"critic": kfdiv.networks.joint_critic(3, 5, [4])}, r"\[x, z\] has \[\(3,\), \(2,\)\]"),
        ({"encoder": None}, r"x has \[\(3,\)\]"),
        ({"critic": kfdiv.networks.mlp((3,), [4], 2), "encoder": None}, "one output"),
        ({"critic": "mlp"}, "built keras.Model"),
        (
            {"decoder": kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(2, [4], 3))},
            "those of Bernoulli are discrete",
        ),
    ],
)
def test_critics_that_do_not_fit_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build("fgan", **options)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("fgan", {"divergence": "klr"}, "Choose from"),
        ("fgan", {"decoder_loss": "logd"}, "'alternative'"),
        ("fgan", {"critic_steps": 0}, "critic_steps"),
        ("fgan", {"critic_steps": None}, "critic_steps must be an integer"),
        ("fgan", {"split_batch": 1}, "split_batch must be True or False"),
        ("age", {"clip": 2.0}, r"\[0, 1\]"),
        ("age", {"clip": "0.5"}, r"a number in \[0, 1\], but got '0.5'"),
        ("age", {"divergence": "total_variation"}, "no curvature"),
        ("bigan", {"game": "log_d"}, "Did you mean 'logd'"),
    ],
)
def test_compile_refuses_what_it_cannot_do(name: str, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(name).compile(**options)


def test_an_optimizer_without_a_network_is_refused() -> None:
    model = build("age", encoder=None, critic=kfdiv.networks.mlp((3,), [4], 1))
    with pytest.raises(ValueError, match="encoder_optimizer was given"):
        model.compile(encoder_optimizer="adam")


@pytest.mark.parametrize("kind", ["deterministic", "implicit"])
def test_encoders_and_decoders_without_densities_train(kind: str) -> None:
    def network(inputs: int, outputs: int) -> kfdiv.distributions.ConditionalDistribution:
        if kind == "deterministic":
            return kfdiv.distributions.Deterministic(kfdiv.networks.mlp(inputs, [8], outputs))
        x, noise = keras.Input((inputs,)), keras.Input((2,))
        joined = keras.layers.Concatenate()([x, noise])
        hidden = keras.layers.Dense(8, activation="relu")(joined)
        model = keras.Model([x, noise], keras.layers.Dense(outputs)(hidden))
        return kfdiv.distributions.Implicit(model)

    parts = {
        "encoder": network(contract.EVENT, contract.LATENT),
        "decoder": network(contract.LATENT, contract.EVENT),
    }
    model = build("age", **parts)
    model.compile("all", **EAGER)
    before = contract.weights(model)
    model.train_step(contract.batch())
    moved = [not np.array_equal(a, b) for a, b in zip(before, contract.weights(model), strict=True)]
    assert sum(moved) > len(moved) // 2
    assert model.reconstruct(contract.examples()[:4]).shape == (4, contract.EVENT)


def test_age_compiled_for_all_divergences_is_saved_as_such(tmp_path) -> None:
    model = build("age")
    model.compile("all", critic_steps=2, jit_compile=False)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_compile_config()["divergence"] == "all"
    assert loaded.critic_steps == 2


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("age", {"divergence": "total_variation"}),
        ("age", {"divergence": "rkl", "clip": 3}),
        ("age", {"divergence": "all", "clip": 0.5}),
        ("bigan", {"divergence": "kl", "game": "hinge"}),
        ("fgan", {"divergence": "rkl", "critic_steps": 0}),
        ("ratio_gan", {"divergence": "rkl"}),
    ],
)
def test_a_refused_compile_leaves_the_model_as_it_was(name: str, refused: dict) -> None:
    model = build(name)
    model.compile(jit_compile=False)
    before = (repr(model.divergence), repr(model.get_compile_config()), model.critic_optimizer)
    with pytest.raises(ValueError, match=r".+"):
        model.compile(**refused)
    after = (repr(model.divergence), repr(model.get_compile_config()), model.critic_optimizer)
    assert after == before


def test_a_refused_compile_adds_nothing_to_the_model() -> None:
    model = build("age")
    model.decoder.trainable = False
    model.compile(jit_compile=False)
    model.decoder.trainable = True
    with pytest.raises(ValueError, match="steps_per_execution"):
        model.compile("kl", steps_per_execution=0)
    assert model.decoder_optimizer is None
    never = build("age")
    before = set(vars(never))
    with pytest.raises(ValueError, match="steps_per_execution"):
        never.compile("kl", steps_per_execution=0)
    assert set(vars(never)) == before


@pytest.mark.parametrize("frozen", [["critic"], ["encoder", "decoder"]])
def test_a_move_of_frozen_networks_alone_moves_nothing(frozen: list[str]) -> None:
    model = build("age")
    for role in frozen:
        getattr(model, role).trainable = False
    model.compile(**EAGER)
    before = {role: getattr(model, role).get_weights() for role in ("critic", "encoder", "decoder")}
    model.train_step(contract.batch())
    for role, weights in before.items():
        stayed = all(map(np.array_equal, getattr(model, role).get_weights(), weights))
        assert stayed == (role in frozen)


def test_a_kinked_term_of_a_sum_is_refused_where_it_would_be_lost() -> None:
    both = kfdiv.divergences.get("kl") + 100 * kfdiv.divergences.get("total_variation")
    for refused in (both, 2 * both):
        with pytest.raises(ValueError, match="no curvature"):
            build("age").compile(refused)
    build("fgan").compile(both)


def test_a_generator_without_an_encoder_is_exported(tmp_path) -> None:
    model = build("age", encoder=None, critic=kfdiv.networks.mlp((contract.EVENT,), [4], 1))
    model.export(tmp_path / "sampler")
    served = tf.saved_model.load(str(tmp_path / "sampler"))
    np.testing.assert_allclose(served.sample(4, 1), model.sample(4, seed=1), rtol=1e-5)
    assert not hasattr(served, "encode")


def test_graphs_of_supersteps_take_every_gradient_before_a_weight_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Graphs made anew differ where TensorFlow orders a loop's body anew, so several are made."""

    def fixed(shape: object, seed: tf.Tensor, dtype: str = "float32") -> tf.Tensor:
        return tf.broadcast_to(tf.constant(0.3, dtype), shape)

    monkeypatch.setattr(kfdiv.random, "normal", fixed)
    descent = {f"{role}_optimizer": "sgd" for role in ("critic", "encoder", "decoder")}

    def fit(**options: object) -> list[np.ndarray]:
        model = contract.build("fgan", **descent, **options)
        model.fit(contract.dataset(steps=2), verbose=0)
        return contract.weights(model)

    eager = fit(run_eagerly=True)
    for _ in range(2):
        for a, b in zip(eager, fit(steps_per_execution=2), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_replicas_refuse_batches_of_unknown_size_and_say_what_to_pass(two_replicas) -> None:
    with two_replicas.scope():
        model = contract.build("fgan")
    x = np.zeros((8, contract.EVENT), "float32")
    with pytest.raises(ValueError, match=r"that Python makes \(.*\) pass arrays or"):
        model.fit(iter([x, x]), steps_per_epoch=2)
    with pytest.raises(ValueError, match="batch size is 7"):
        model.fit(x, batch_size=7)


def test_a_model_of_no_strategy_is_not_fitted_under_one(two_replicas) -> None:
    model = build("age")
    model.compile(jit_compile=False)
    with two_replicas.scope(), pytest.raises(ValueError, match="made outside its scope"):
        model.fit(contract.dataset(), verbose=0)


def test_a_divergence_that_teaches_no_critic_is_refused() -> None:
    absolute = kfdiv.divergences.Custom(lambda u: abs(u - 1.0))
    with pytest.raises(ValueError, match="constant between its kinks"):
        build("fgan").compile(absolute)
    build("fgan").compile("total_variation")
    build("ratio_gan").compile(absolute)
