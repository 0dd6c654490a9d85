"""f-GM against the VAE, and against the divergence of joint distributions that is known."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models.batch import Batch
from tests.models import contract


class Gaussian(kfdiv.flows.Density):
    """A normalised density with one weight, its mean."""

    def __init__(self, loc: float = 0.0, **kwargs: object) -> None:
        super().__init__((contract.EVENT,), **kwargs)
        initializer = keras.initializers.Constant(loc)
        self.loc = self.add_weight(name="loc", shape=(), initializer=initializer)

    def log_prob(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        distance = tf.reduce_sum(tf.square(x - self.loc), axis=-1)
        return -0.5 * (distance + contract.EVENT * np.log(2 * np.pi))


def build(density: kfdiv.flows.Density) -> kfdiv.models.FGM:
    networks = contract.networks()
    return kfdiv.models.FGM(networks["encoder"], networks["decoder"], density)


def test_with_forward_kl_encoder_and_decoder_have_the_gradient_of_the_vae() -> None:
    x = tf.constant(contract.examples())
    fgm = build(Gaussian())
    fgm.compile("kl", jit_compile=False)
    vae = kfdiv.models.VAE(fgm.encoder, fgm.decoder)
    seed = kfdiv.random.seed(3, "test")
    variables = [
        v.value for v in (*fgm.encoder.trainable_variables, *fgm.decoder.trainable_variables)
    ]
    with tf.GradientTape(persistent=True) as tape:
        sides, _ = fgm.lower_bound(Batch(x), seed, True)
        bound = sum(map(tf.reduce_mean, sides))
        posterior = vae.encoder.distribution(x)
        z = vae.encoder.draw(posterior, kfdiv.random.fold(seed, 1))
        prior = vae.prior.distribution().log_prob(z)
        elbo = vae.decoder.distribution(z).log_prob(x) + prior - posterior.log_prob(z)
        loss = -tf.reduce_mean(elbo)
    for found, expected in zip(
        tape.gradient(bound, variables), tape.gradient(loss, variables), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_with_forward_kl_the_density_is_fitted_by_maximum_likelihood() -> None:
    model, x = build(Gaussian(loc=3.0)), contract.examples()
    # The gradient is `EVENT` times what is missing: every step leaves a tenth of it.
    optimizer = keras.optimizers.SGD(0.9 / contract.EVENT)
    model.compile("kl", density_optimizer=optimizer, **contract.MODES["eager"])
    model.fit(x, batch_size=len(x), epochs=4, verbose=0)
    assert float(model.density.loc.numpy()) == pytest.approx(x.mean(), abs=1e-3)


@pytest.fixture
def flow() -> kfdiv.flows.Flow:
    return kfdiv.flows.Flow(contract.EVENT, [kfdiv.flows.Affine(contract.EVENT)])


@pytest.mark.parametrize("endless", [False, True])
def test_a_density_that_knows_nothing_meets_the_data_at_the_first_fit(flow, endless) -> None:
    x = 20.0 + 3.0 * contract.examples()
    data = kfdiv.data.from_arrays(x, batch_size=15)
    if endless:
        data = tf.data.Dataset.from_tensors(x).repeat()
    model = build(flow)
    model.compile(density_optimizer=keras.optimizers.SGD(0.0), **contract.MODES["eager"])
    model.fit(data, steps_per_epoch=1, verbose=0)
    affine = flow.bijections[-1]
    # Of our data sets, the examples that do not fill a batch too.
    np.testing.assert_allclose(affine.shift, x.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.exp(affine.log_scale), x.std(axis=0), rtol=1e-5)
    model.fit(-x, batch_size=len(x), verbose=0)
    np.testing.assert_allclose(affine.shift, x.mean(axis=0), rtol=1e-5)


def test_a_density_that_is_not_to_train_is_left_alone(flow) -> None:
    flow.trainable = False
    model = build(flow)
    model.compile("js", jit_compile=False)
    data = contract.dataset()
    model.prepare(data, data)
    assert not flow.adapted


# In one dimension, x ~ N(0.3, 1.1^2), of `PAIRS` draws.
PAIRS, LOC, SCALE = 400_000, 0.3, 1.1


class Known(kfdiv.flows.Density):
    """The density of the data, moved."""

    normalized = False

    def __init__(self, shift: float) -> None:
        super().__init__((1,))
        self.shift = self.add_weight(name="shift", shape=())
        self.shift.assign(shift)

    def log_prob(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        z = (x[:, 0] - LOC - self.shift) / SCALE
        return -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - np.log(SCALE)


@pytest.fixture(scope="module")
def models() -> list[kfdiv.models.FGM]:
    """Return one with the data's density, and one with another."""
    normal, dense = kfdiv.distributions.Normal, kfdiv.networks.mlp
    encoder, decoder = normal(dense(1, [], 1), scale=0.8), normal(dense(1, [], 1), scale=0.9)
    for part, (kernel, bias) in {encoder: (0.5, 0.1), decoder: (0.6, 0.2)}.items():
        part.network.layers[0].set_weights([np.array([[kernel]]), np.array([bias])])
    return [kfdiv.models.FGM(encoder, decoder, Known(shift)) for shift in (0.0, 0.4)]


@pytest.fixture(scope="module")
def log_u() -> tf.Tensor:
    """Return log u of pairs of the same models, drawn by NumPy."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(PAIRS, 1))
    drawn = 0.6 * z + 0.2 + 0.9 * rng.normal(size=z.shape)

    def log_normal(value: np.ndarray, loc: np.ndarray | float, scale: float) -> np.ndarray:
        return -0.5 * ((value - loc) / scale) ** 2 - np.log(scale)

    return tf.constant(
        log_normal(drawn, LOC, SCALE)
        + log_normal(z, 0.5 * drawn + 0.1, 0.8)
        - log_normal(z, 0.0, 1.0)
        - log_normal(drawn, 0.6 * z + 0.2, 0.9)
    )


@pytest.mark.parametrize("name", ["kl", "rkl", "js", "squared_hellinger"])
def test_bound_is_that_of_the_divergence_for_any_density_and_tight_at_the_data_s(
    models, log_u, name
) -> None:
    """With the divergence of two joint Gaussians, D = E_Q[f(u)], by sampling 400,000 pairs."""
    x = np.random.default_rng(1).normal(LOC, SCALE, size=(PAIRS, 1)).astype("float32")
    bounds = []
    for model in models:
        model.compile(name, **contract.MODES["eager"])
        bounds.append(model.evaluate(x, batch_size=PAIRS, verbose=0, return_dict=True))
    values = kfdiv.divergences.get(name).f(log_u).numpy()
    error = values.std() / np.sqrt(PAIRS) + bounds[0]["lower_bound_se"]
    assert bounds[0]["lower_bound"] == pytest.approx(values.mean(), abs=4 * error)
    assert bounds[1]["lower_bound"] < values.mean() - 4 * error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"density": kfdiv.networks.mlp(3, [4], 1)}, "kfdiv.flows.Density"),
        (
            {"density": kfdiv.flows.Unnormalized(kfdiv.networks.mlp(5, [4], 1))},
            r"data of shape \(5,\)",
        ),
        ({"decoder": kfdiv.networks.mlp(2, [4], 3)}, "no density"),
    ],
)
def test_parts_that_do_not_fit_are_named(options: dict, message: str) -> None:
    parts = {key: contract.networks()[key] for key in ("encoder", "decoder", "density")}
    with pytest.raises(ValueError, match=message):
        kfdiv.models.FGM(**{**parts, **options})
