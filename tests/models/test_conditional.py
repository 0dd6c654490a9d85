"""What every registered objective promises of conditional models, whichever it is."""

from __future__ import annotations

import functools
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kfdiv
from tests.models import contract

EAGER = {"run_eagerly": True, "jit_compile": False}
LABELS = contract.conditions("labels")

# An objective that is another by its loss alone treats a condition as the others do.
OBJECTIVES = [case for case in contract.COSTLY if case.values[0] in contract.CONDITIONAL]
every_objective = pytest.mark.parametrize("name", OBJECTIVES)
given_networks = pytest.mark.parametrize(
    "name", [case for case in OBJECTIVES if case.values[0] in contract.GIVEN]
)
# Vectors go the way of labels, so one objective with them does. For every change it has no others.
BY_VECTORS = "vae"
every_case = pytest.mark.parametrize(
    ("name", "kind"),
    [
        (BY_VECTORS, "vectors"),
        pytest.param(BY_VECTORS, "labels", marks=pytest.mark.rehearsal),
        *(
            pytest.param(*case.values, "labels", marks=case.marks)
            for case in OBJECTIVES
            if BY_VECTORS not in case.values
        ),
    ],
)


@functools.cache
def untrained(name: str, kind: str = "labels") -> keras.Model:
    """Return a compiled model that no test trains, one for all."""
    return contract.build_conditional(name, kind, **EAGER)


def descend(model: keras.Model, **options: object) -> None:
    """Compile for gradient descent: Adam hides a wrong scale, and makes much of rounding errors."""
    trained = {role.keyword for role in model.roles if role.layers(model)} - {"noise_optimizer"}
    model.compile(**dict.fromkeys(trained, "sgd"), **options)


@every_case
def test_fits_evaluates_saves_and_goes_on(name: str, kind: str, tmp_path: pathlib.Path) -> None:
    x, y = contract.examples(), contract.conditions(kind)
    whole = contract.build_conditional(name, kind, **EAGER)
    data = kfdiv.data.from_arrays(x[:20], y[:20], batch_size=20)
    logs = whole.fit(data, verbose=0, validation_data=(x[:10], y[:10])).history
    assert np.isfinite([value for values in logs.values() for value in values]).all()
    whole.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    # A data set of y's own is as good as ours, and as arrays.
    plain = tf.data.Dataset.from_tensors((x[20:40], y[20:40]))
    whole.fit(plain, verbose=0)
    loaded.fit(x[20:40], y[20:40], batch_size=20, shuffle=False, verbose=0)
    for a, b in zip(contract.weights(whole), contract.weights(loaded), strict=True):
        np.testing.assert_array_equal(a, b)
    expected = whole.evaluate(plain, verbose=0, return_dict=True)
    found = loaded.evaluate(x[20:40], y[20:40], verbose=0, return_dict=True)
    assert found == expected
    assert all(np.isfinite(value) for value in found.values())


# One objective of those that draw and infer by the same functions is enough for every change.
INFERENCE = ("sample", "decode", "encode", "reconstruct", "log_prob", "observation")
SORTS = {
    tuple(getattr(contract.OBJECTIVES[name], function) for function in INFERENCE): name
    for name in contract.CONDITIONAL
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(
            pytest.param(
                name, "labels", marks=() if name in SORTS.values() else pytest.mark.rehearsal
            )
            for name in contract.CONDITIONAL
        ),
        (BY_VECTORS, "vectors"),
    ],
)
def test_draws_and_infers_given_conditions(name: str, kind: str) -> None:
    model, y = untrained(name, kind), contract.conditions(kind)
    one = model.sample(4, seed=1, condition=y[3]).numpy()
    assert one.shape == (4, contract.EVENT)
    np.testing.assert_array_equal(one, model.sample(4, seed=1, condition=np.stack([y[3]] * 4)))
    assert not np.allclose(one, model.sample(4, seed=2, condition=y[3]))
    # Of other conditions at the same latents.
    mixed = model.sample(4, seed=1, condition=y[:4], batch_size=3).numpy()
    np.testing.assert_allclose(mixed[3], one[3], rtol=1e-5)
    assert not np.isclose(mixed[0], one[0]).any()
    noisy = model.sample(4, seed=1, condition=y[:4], observation_noise=True)
    assert not np.isclose(mixed, noisy).any()

    x = contract.examples()[:6]
    z = model.encode(x, condition=y[:6])
    assert not np.allclose(z, model.encode(x, condition=y[6]))
    data = tf.data.Dataset.from_tensor_slices((x, y[:6])).batch(4)
    calls = {
        "encode": lambda x, **options: model.encode(x, **options),
        "draws": lambda x, **options: model.encode(x, seed=3, **options),
        "reconstruct": lambda x, **options: model.reconstruct(x, **options),
    }
    if name != "variational_f_divergence":
        calls["log_prob"] = lambda x, **options: model.log_prob(x, num_samples=2, **options)
    for call in calls.values():
        found = call(x, condition=y[:6], batch_size=4)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(call(data), found, rtol=1e-5)
    decoded = model.decode(z, condition=y[:6])
    np.testing.assert_allclose(model.reconstruct(x, condition=y[:6]), decoded, rtol=1e-5)


@every_objective
def test_refuses_a_condition_that_is_missing_or_wrong(name: str) -> None:
    model, x = untrained(name), contract.examples()
    asked = rf"{type(model).__name__} is conditional on integer labels 0 to 3"
    with pytest.raises(ValueError, match=rf"{asked}; pass condition="):
        model.sample(3)
    with pytest.raises(ValueError, match=rf"{asked}; pass condition="):
        model.encode(tf.data.Dataset.from_tensors(x))
    with pytest.raises(ValueError, match=r"labels from 4 to 4\. Number the classes from 0"):
        model.sample(3, condition=4)
    with pytest.raises(ValueError, match="Received 2 conditions for 3"):
        model.sample(3, condition=[0, 1])
    with pytest.raises(ValueError, match=rf"predict takes no condition, but this {asked}"):
        model.predict(x)
    with pytest.raises(
        ValueError, match=rf"call of the model takes no condition, but this {asked}"
    ):
        model(x)
    with pytest.raises(ValueError, match=r"must come as \(x, y\), but they are x alone"):
        model.fit(x)
    with pytest.raises(ValueError, match=r"must come as \(x, y\)"):
        model.fit(x, LABELS, validation_data=x)
    with pytest.raises(ValueError, match=r"got values of dtype float32\. Cast labels"):
        model.fit(x, LABELS.astype("float32"))
    with pytest.raises(ValueError, match="labels from 0 to 4"):
        model.evaluate(x, np.arange(len(x)) % 5)
    assert int(model.step.numpy()) == 0


@every_objective
def test_refuses_a_condition_that_is_too_much(name: str) -> None:
    model, x = contract.build(name, compile=False), contract.examples()
    for call in (
        lambda: model.sample(3, condition=0),
        lambda: model.encode(x, condition=0),
        lambda: model.decode(np.zeros((1, contract.LATENT)), condition=0),
        lambda: model.reconstruct(x, condition=0),
    ):
        with pytest.raises(ValueError, match="is not conditional; leave `condition` out"):
            call()


@given_networks
def test_refuses_networks_that_do_not_fit_the_condition(name: str) -> None:
    model = contract.build(name, compile=False)
    plain = contract.networks(name)
    with pytest.raises(ValueError, match="so its decoder must take the condition as its second"):
        type(model)(**plain, condition=kfdiv.networks.condition(contract.CLASSES))
    with pytest.raises(ValueError, match=r"condition must be made by kfdiv.networks.condition"):
        type(model)(**plain, condition=contract.CLASSES)
    given = contract.networks(name, condition_size=contract.CLASSES)
    with pytest.raises(ValueError, match=r"If the second is a condition, say of what"):
        type(model)(**given)
    for part in ("critic", "code_critic", "data_critic", "density"):
        if part in given:
            with pytest.raises(ValueError, match=r"condition_size=4\)"):
                type(model)(
                    **{**given, part: plain[part]},
                    condition=kfdiv.networks.condition(contract.CLASSES),
                )


@pytest.mark.parametrize("name", sorted(contract.OBJECTIVES.keys() - set(contract.CONDITIONAL)))
def test_an_objective_that_makes_nothing_of_a_condition_refuses_it(name: str) -> None:
    cls = contract.OBJECTIVES[name]
    with pytest.raises(ValueError, match=f"{cls.__name__} cannot be conditional"):
        contract.build_conditional(name)


def test_every_objective_of_the_package_is_conditional() -> None:
    assert set(kfdiv.models.registry) <= set(contract.CONDITIONAL)


class Deaf(keras.layers.Layer):
    """Lets a condition in, and makes nothing of it."""

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        return inputs[0] + tf.zeros_like(inputs[1][:, :1])


def deafen(network: keras.Model) -> keras.Model:
    """Return the network with a condition as its last input, which it ignores."""
    inputs = [keras.Input(tensor.shape[1:]) for tensor in network.inputs]
    condition = keras.Input((contract.CLASSES,))
    output = network(inputs if len(inputs) > 1 else inputs[0])
    return keras.Model([*inputs, condition], Deaf()([output, condition]))


@given_networks
def test_networks_that_ignore_the_condition_train_as_without_one(name: str) -> None:
    """The same losses and gradients, to the last bit but those of another order of sums."""
    runs = []
    for conditional in (False, True):
        wrap = deafen if conditional else lambda network: network
        parts = contract.networks(name)
        wrapped = {key: wrap(parts[key]) for key in parts if key not in ("decoder", "density")}
        network = wrap(parts["decoder"].network)
        wrapped["decoder"] = kfdiv.distributions.Normal(network, scale=0.5)
        if "density" in parts:
            network = wrap(kfdiv.networks.mlp(contract.EVENT, [16], 1))
            wrapped["density"] = kfdiv.flows.Unnormalized(network)
        if conditional:
            wrapped["condition"] = kfdiv.networks.condition(contract.CLASSES)
        model = kfdiv.models.registry[name](**wrapped)
        descend(model, **EAGER)
        history = model.fit(
            contract.examples()[:20], LABELS[:20], batch_size=20, epochs=1, verbose=0
        )
        runs.append((history.history["loss"], model.trainable_variables))
    (loss, plain), (conditional_loss, deaf) = runs
    np.testing.assert_allclose(conditional_loss, loss, rtol=1e-6)
    for a, b in zip(plain, deaf, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def fitted(
    divergence: str, steps: int, weights: np.ndarray | None = None, **options: object
) -> list[np.ndarray]:
    """Return the weights after some steps of the objective that does most with a condition.

    It has the data's density given labels.
    """
    count = steps * contract.BATCH
    parts = [part[:count] for part in (contract.examples(), LABELS, weights) if part is not None]
    data = tf.data.Dataset.from_tensor_slices(tuple(parts))
    data = data.batch(contract.BATCH, drop_remainder=True)
    model = contract.build_conditional("variational_f_divergence")
    descend(model, divergence=divergence, **options)
    model.fit(data, verbose=0)
    return contract.weights(model)


@pytest.mark.parametrize(
    ("divergence", "jit_compile"),
    # To compile takes ten seconds; what both have, an element of stacked batches, is one code.
    [("rkl", False), pytest.param("js", True, marks=pytest.mark.rehearsal)],
)
def test_eager_steps_and_supersteps_agree(divergence: str, jit_compile: bool) -> None:
    eager = fitted(divergence, 2, **EAGER)
    together = fitted(divergence, 2, jit_compile=jit_compile, steps_per_execution=2)
    for a, b in zip(eager, together, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.rehearsal
def test_replicas_take_the_step_of_one_device(
    two_replicas: tf.distribute.Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each replica's draws of the model have the conditions of its own share of the data.

    So have their weights, under forward KL in the warm-up and under the divergence after it.
    """

    def fixed(shape: object, seed: tf.Tensor, dtype: str = "float32") -> tf.Tensor:
        return tf.broadcast_to(tf.constant(0.3, dtype), shape)

    monkeypatch.setattr(kfdiv.random, "normal", fixed)
    given = {"weights": np.linspace(0.0, 3.0, contract.EXAMPLES), "warmup_steps": 1}
    one = fitted("rkl", 2, **given, **EAGER)
    with two_replicas.scope():
        two = fitted("rkl", 2, **given, jit_compile=False)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-6)


def test_a_label_out_of_range_in_a_later_batch_is_told() -> None:
    """In a graph: there, layers that are fused with their ReLU turn NaN into zero."""
    x, y = contract.examples()[:40], LABELS[:40].copy()
    y[33] = contract.CLASSES
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(20, drop_remainder=True)
    model = contract.build_conditional("vae", jit_compile=False)
    figures = model.evaluate(data, verbose=0, return_dict=True)
    assert np.isnan(figures["negative_elbo"])
    with pytest.raises(
        FloatingPointError, match=r"condition \(labels out of range\?\). was .*step 1"
    ):
        model.fit(data, verbose=0)


# A model that is known in closed form, x = W z + m_c + noise, and data in one dimension.
W, SCALE, WIDTH, MEANS = 0.8, 0.5, 0.6, np.array([-0.3, 1.5])
POINTS, CLASSES = np.array([-1.0, 0.5, 2.0]), np.array([0, 0, 1])


def linear(name: str, variance: float, **options: object) -> keras.Model:
    """Return p(x|z, c) = N(W z + m_c, SCALE^2), with the posterior for noise of that variance."""
    encoder = kfdiv.networks.mlp(1, (), 1, condition_size=2)
    decoder = kfdiv.networks.mlp(1, (), 1, condition_size=2)
    gain = W / (W**2 + variance)
    encoder.set_weights([np.concatenate([[gain], -gain * MEANS])[:, np.newaxis], np.zeros(1)])
    decoder.set_weights([np.concatenate([[W], MEANS])[:, np.newaxis], np.zeros(1)])
    spread = float(np.sqrt(variance / (W**2 + variance)))
    return kfdiv.models.registry[name](
        encoder=kfdiv.distributions.Normal(encoder, scale=spread),
        decoder=kfdiv.distributions.Normal(decoder, scale=SCALE),
        condition=kfdiv.networks.condition(2),
        **options,
    )


def tiled(times: int) -> tuple[np.ndarray, np.ndarray]:
    return np.tile(POINTS, times)[:, np.newaxis].astype("float32"), np.tile(CLASSES, times)


def test_the_elbo_is_that_of_the_conditional_model() -> None:
    vae = linear("vae", SCALE**2)
    vae.compile(**EAGER)
    truth = stats.norm(MEANS[CLASSES], np.hypot(W, SCALE)).logpdf(POINTS)
    x, y = tiled(1)
    # With the posterior for encoder, one draw tells it exactly.
    np.testing.assert_allclose(vae.log_prob(x, num_samples=1, condition=y), truth, rtol=1e-5)
    logs = vae.evaluate(*tiled(1_000), batch_size=1_000, verbose=0, return_dict=True)
    assert abs(logs["negative_elbo"] + truth.mean()) < 4 * logs["negative_elbo_se"]


def test_the_upper_bound_is_of_the_conditional_divergence_averaged_over_the_data() -> None:
    model = linear("variational_f_divergence", SCALE**2 + WIDTH**2, noise=WIDTH)
    model.compile("rkl", **EAGER)
    model.adapt(*tiled(1))
    y = np.linspace(-12.0, 12.0, 20_001)
    kernels = stats.norm(POINTS, WIDTH).pdf(y[:, np.newaxis])
    generators = {
        "kl": lambda u: u * np.log(u),
        "rkl": lambda u: -np.log(u),
        "js": lambda u: 0.5 * (u * np.log(u) - (u + 1) * np.log((u + 1) / 2)),
    }

    def divergence(name: str, data: np.ndarray, of_model: np.ndarray) -> float:
        return float(np.trapezoid(of_model * generators[name](data / of_model), y))

    scale = np.sqrt(W**2 + SCALE**2 + WIDTH**2)
    of_model = stats.norm(MEANS, scale).pdf(y[:, np.newaxis])
    for name in generators:
        logs = model.evaluate(
            *tiled(2_000), batch_size=2_000, verbose=0, return_dict=True, divergence=name
        )
        each = [
            divergence(name, kernels[:, np.equal(CLASSES, c)].mean(axis=1), of_model[:, c])
            for c in (0, 1)
        ]
        truth = np.mean(np.array(each)[CLASSES])
        assert abs(logs["bound"] - truth) < 4 * logs["bound_se"], name
        mixed = divergence(name, kernels.mean(axis=1), of_model[:, CLASSES].mean(axis=1))
        assert abs(logs["bound"] - mixed) > 10 * logs["bound_se"], name


def test_a_density_that_is_not_known_given_the_condition_is_refused() -> None:
    vectors = contract.build_conditional("variational_f_divergence", "vectors")
    with pytest.raises(ValueError, match="RKL needs the density of the noised data"):
        vectors.compile("rkl")
    vectors.compile("kl", **EAGER)
    with pytest.raises(ValueError, match=r"adapt needs the density .* vectors of 2 numbers"):
        vectors.adapt(contract.examples(), contract.conditions("vectors"))
    with pytest.raises(ValueError, match="RKL needs the density"):
        vectors.evaluate(contract.examples(), contract.conditions("vectors"), divergence="rkl")
    known = kfdiv.distributions.GaussianMixture([1.0], [0.0], [1.0])
    with pytest.raises(ValueError, match=r"data_density needs .* GaussianMixture does not give"):
        linear("variational_f_divergence", SCALE**2, data_density=known)
