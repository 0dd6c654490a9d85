"""The collapse monitor, on fabricated densities and on f-GM itself."""

import types
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kfdiv
from kfdiv import callbacks

CENTRES = np.array([[-4.0, -4.0], [-4.0, 4.0], [4.0, -4.0], [4.0, 4.0]], "float32")


def data(count=200):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), count) * 10
    x = CENTRES[labels // 10] + 0.5 * rng.normal(size=(len(labels), 2))
    return x.astype("float32"), labels


class Fabricated:
    """A model with a density of four Gaussians, whose heights and samples are given by epoch."""

    condition = None

    def __init__(self, heights, shares):
        self.heights, self.shares, self.epoch = heights, shares, 0
        self.density = types.SimpleNamespace(log_prob=self.log_prob)

    def log_prob(self, x):
        squares = np.square((x[:, None] - CENTRES) / 0.5).sum(axis=-1)
        return np.max(self.heights[self.epoch] - 0.5 * squares, axis=1)

    def sample(self, num_samples, seed, observation_noise):
        rng = np.random.default_rng(seed)
        modes = rng.choice(4, p=self.shares[self.epoch], size=num_samples)
        return CENTRES[modes] + 0.5 * rng.normal(size=(num_samples, 2))


def run(monitor, model):
    """Go through the model's epochs; return the logs and the warnings."""
    monitor.set_model(model)
    monitor.on_train_begin()
    logs = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", callbacks.ModeCollapseWarning)
        for epoch in range(len(model.heights)):
            model.epoch = epoch
            logs.append({})
            monitor.on_epoch_end(epoch, logs[-1])
    monitor.on_train_end()
    messages = [str(w.message) for w in caught if w.category is callbacks.ModeCollapseWarning]
    return [entry["dead_modes"] for entry in logs], messages


def test_a_density_that_loses_a_mode_is_reported_by_the_mode_s_label(tmp_path):
    path = tmp_path / "collapse.png"
    heights = [[-3, -3, -3, -3], [-3, -3, -3, -3]] + [[-2, -2, -40, -2]] * 4
    model = Fabricated(heights, [[0.25] * 4] * 6)
    monitor = callbacks.CollapseMonitor(path, *data(), patience=2)
    dead, messages = run(monitor, model)
    assert dead == [0, 0, 0, 1, 1, 1]
    (message,) = messages
    assert "epoch 4: mode 20 died (mean log-density of its data fallen to -40.87 nats)" in message
    assert monitor.collapse.dead == {2: 4}
    assert np.asarray(Image.open(path)).std() > 0


def test_a_density_that_keeps_every_mode_is_not_reported(tmp_path):
    drift = np.linspace(0, -30, 8)[:, None] + [-3, -4, -3, -6]
    monitor = callbacks.CollapseMonitor(tmp_path / "a.png", *data(), patience=1)
    dead, messages = run(monitor, Fabricated(drift, [[0.3, 0.3, 0.3, 0.1]] * 8))
    assert dead == [0] * 8
    assert messages == []
    assert (tmp_path / "a.png").exists()


def test_a_generator_that_loses_modes_is_reported_with_its_shares(tmp_path):
    monitor = callbacks.CollapseMonitor(tmp_path / "a.png", *data(), patience=1)
    model = Fabricated([[-3] * 4] * 3, [[0.25] * 4, [0.5, 0.5, 0, 0], [1, 0, 0, 0]])
    dead, messages = run(monitor, model)
    assert dead == [0, 2, 3]
    assert "mode 20 died (0.00% of the samples, 25.00% of the data). mode 30 died" in messages[0]
    assert "mode 10 died" in messages[1]
    assert "mode 20" not in messages[1]


def test_modes_likelihoods_and_looks_can_be_chosen(tmp_path):
    x, labels = data()
    seen = []

    def log_prob(x):
        seen.append(x.shape)
        return np.zeros(len(x))

    monitor = callbacks.CollapseMonitor(
        tmp_path / "a.png",
        x,
        labels,
        weights=[0.97, 0.01, 0.01, 0.01],
        log_prob=log_prob,
        assign=lambda samples: np.zeros(len(samples), int),
        num_samples=1_000,
        every=2,
        patience=2,
    )
    model = Fabricated([[-3] * 4] * 5, [[0.25] * 4] * 5)
    assert run(monitor, model)[0] == [0, 0, 0, 3, 3]
    assert seen == [(800, 2)] * 2
    np.testing.assert_allclose(monitor.collapse.weights, [0.97, 0.01, 0.01, 0.01])
    assert monitor.collapse.history[0].share.tolist() == [1, 0, 0, 0]


@pytest.mark.rehearsal
def test_without_a_density_the_generator_s_likelihood_is_taken_or_none(model, dataset, tmp_path):
    """The model of the other callbacks' tests is deterministic; a VAE is not."""
    x, labels = next(iter(dataset.unbatch().batch(20)))
    monitor = callbacks.CollapseMonitor(tmp_path / "a.png", x, labels, patience=9)
    model.fit(dataset, epochs=1, verbose=0, callbacks=[monitor])
    assert np.isnan(monitor.collapse.history[0].log_prob).all()
    network = kfdiv.networks.mlp
    decoder = kfdiv.distributions.Normal(network((2,), [4], (4, 4, 1)), scale=0.5)
    vae = kfdiv.models.VAE(network((4, 4, 1), [4], 4), decoder)
    vae.compile(run_eagerly=True)
    vae.fit(dataset.take(1), epochs=1, verbose=0, callbacks=[monitor])
    # In a graph, for it loops over draws.
    expected = tf.function(vae.log_prob, autograph=False)(x).numpy()
    found = monitor.collapse.history[0].log_prob
    for mode, value in enumerate(found):
        assert value == pytest.approx(expected[labels == mode].mean(), rel=1e-5)


def test_examples_may_come_in_batches_and_with_weights(tmp_path):
    x, labels = data(20)
    weight = np.where(labels == 10, 3.0, 1.0)
    weight[::4] = 0
    seen = []

    def log_prob(x):
        seen.append(x)
        return x[:, 0]

    batches = tf.data.Dataset.from_tensor_slices((x, labels, weight.astype("float32"))).batch(30)
    monitor = callbacks.CollapseMonitor(tmp_path / "a.png", batches, log_prob=log_prob)
    run(monitor, Fabricated([[-3] * 4], [[0.25] * 4]))
    kept = weight > 0
    np.testing.assert_array_equal(seen[0], x[kept])
    shares = [weight[labels == mode].sum() / weight.sum() for mode in (0, 10, 20, 30)]
    np.testing.assert_allclose(monitor.collapse.weights, shares, rtol=1e-6)
    expected = [np.average(x[labels == m, 0], weights=weight[labels == m]) for m in (0, 10, 20, 30)]
    np.testing.assert_allclose(monitor.collapse.history[0].log_prob, expected, rtol=1e-5)
    with pytest.raises(ValueError, match="batches without labels"):
        callbacks.CollapseMonitor("a.png", tf.data.Dataset.from_tensor_slices(x).batch(30))


def test_bytes_are_scaled_like_the_data_of_the_model(model, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1)).astype("uint8")
    seen = []
    monitor = callbacks.CollapseMonitor(
        tmp_path / "a.png", pixels, np.arange(20) % 2, log_prob=lambda x: seen.append(x) or x[:, 0]
    )
    for value_range in ((0, 1), (-1, 1)):
        stream = kfdiv.data.from_arrays(pixels, batch_size=10, value_range=value_range)
        model.fit(stream, verbose=0, callbacks=[monitor])
    np.testing.assert_allclose(seen[0], pixels / 255, atol=1e-6)
    np.testing.assert_allclose(seen[-1], pixels / 127.5 - 1, atol=1e-6)


# Densities that keep their modes, and that lose one, are fabricated above.
@pytest.mark.rehearsal
@pytest.mark.parametrize(("divergence", "collapses"), [("js", True), ("kl", False)])
def test_f_gm_on_modes_far_apart(tmp_path, divergence, collapses):
    """With JS the generator gathers on one mode, and p_eta forgets the others; with KL not."""
    keras.utils.set_random_seed(0)
    network = kfdiv.networks.mlp
    model = kfdiv.models.FGM(
        encoder=network(2, [64, 64], 4),
        decoder=kfdiv.distributions.Normal(network(2, [64, 64], 2), scale=0.5),
        density=kfdiv.flows.Unnormalized(network(2, [64, 64], 1)),
    )
    model.compile(divergence, jit_compile=False, steps_per_execution=50)
    dataset = kfdiv.data.load(
        "gaussian_mixture",
        weights=[1] * 4,
        means=CENTRES,
        scales=0.5,
        num_examples=10_000,
        batch_size=200,
    )
    monitor = callbacks.CollapseMonitor(tmp_path / "a.png", *data())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", callbacks.ModeCollapseWarning)
        model.fit(dataset, epochs=10, verbose=0, callbacks=[monitor])
    last = monitor.collapse.history[-1]
    if not collapses:
        assert monitor.collapse.dead == {}
        assert last.share.min() > 0.05
        return
    assert len(monitor.collapse.dead) == 3
    assert max(monitor.collapse.dead.values()) <= 7
    lost = list(monitor.collapse.dead)
    assert last.share[lost].max() < 0.025
    assert last.likelihood_dropped[lost].all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [0, 1]}, "one for each of the 800 examples"),
        ({"weights": [0.5, 0.5]}, "one for each of the 4 labels"),
        ({"num_samples": 39}, "take at least 40"),
        ({"every": 0}, "positive number of epochs"),
        ({"patience": 0}, "patience must be"),
    ],
)
def test_what_cannot_be_watched_is_refused(change, message):
    x, labels = data()
    with pytest.raises(ValueError, match=message):
        callbacks.CollapseMonitor("a.png", **{"x": x, "labels": labels, **change})
