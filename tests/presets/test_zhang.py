"""The settings that Zhang et al. 2019 print."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv import presets


def widths(model, steps):
    return [float(model.noise.width(step)) for step in steps]


def rates(model, optimizer, steps):
    found = []
    for step in steps:
        model.step.assign(step)
        found.append(float(optimizer.learning_rate))
    return found


def units(network):
    return [layer.units for layer in network.layers if isinstance(layer, keras.layers.Dense)]


def test_gaussian():
    model = presets.get("zhang/gaussian").model("rkl")
    assert units(model.encoder.network) == [50, 50, 2]
    assert units(model.decoder.network) == [1]
    assert model.noise is None
    x = np.array([[0.9], [1.5], [3.0]], "float32")
    mixture = 0.3 * stats.norm(1, 0.1).pdf(x) + 0.7 * stats.norm(2, 0.5).pdf(x)
    found = model.data_density.log_prob(x, width=None)
    np.testing.assert_allclose(found, np.log(mixture[:, 0]), rtol=1e-5)


def test_ring():
    preset = presets.get("zhang/ring")
    model = preset.model("js")
    assert units(model.encoder.network) == [400] * 5 + [4]
    assert units(model.decoder.network) == [400] * 5 + [3]
    steps = preset.epochs * preset.steps_per_epoch
    found = widths(model, [0, steps // 2, steps, 2 * steps])
    assert found == pytest.approx([1.0, 10**-0.5, 0.1, 0.1])
    assert (preset.batch_size, model.model_samples, model.samples_per_latent) == (100, 100, 10)
    assert model.warmup_steps == steps // 2
    for optimizer in (model.encoder_optimizer, model.decoder_optimizer):
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert rates(model, optimizer, [0, steps]) == pytest.approx([1e-3, 1e-5])


def test_ring_has_one_rate_for_all_moves_of_a_step():
    """Its encoder's count of updates runs five times as fast."""
    small = {"units": 2, "layers": 1, "num_examples": 100, "passes_per_epoch": 1, "epochs": 4}
    model = presets.get("zhang/ring", encoder_steps=5, **small).model("js")
    for expected in (1e-3, 1e-5 + 0.99e-3 * (1 + np.cos(np.pi / 4)) / 2):
        for optimizer in (model.encoder_optimizer, model.decoder_optimizer):
            assert float(optimizer.learning_rate) == pytest.approx(expected)
        model.train_step(tf.zeros([2, 3]))
    assert int(model.encoder_optimizer.iterations) == 10


def test_ring_anneals_over_its_own_epochs_unless_told():
    assert presets.get("zhang/ring", epochs=7).annealing_epochs == 7
    assert presets.get("zhang/ring", epochs=7, annealing_epochs=3).annealing_epochs == 3


@pytest.mark.parametrize(
    ("name", "warmup", "total", "width", "second", "rate", "components"),
    [
        ("zhang/mnist", 20, 60, 0.8, keras.optimizers.SGD, 5e-5, 50),
        ("zhang/celeba", 60, 66, 1.0, keras.optimizers.RMSprop, 1e-7, 100),
    ],
)
def test_images(name, warmup, total, width, second, rate, components):
    filters = {"encoder_base_filters": 1, "decoder_base_filters": 1}
    preset = presets.get(name, **(filters if name == "zhang/celeba" else {}))
    assert (preset.warmup_epochs, preset.epochs, preset.batch_size) == (warmup, total, 100)
    model = preset.model("rkl")
    end = warmup * preset.steps_per_epoch
    assert model.warmup_steps == end
    steps = [0, end - 1, end, total * preset.steps_per_epoch]
    assert widths(model, steps) == pytest.approx([0.2, 0.2, width, width])
    assert model.encoder_steps == 20
    assert float(model.encoder_optimizer.learning_rate) == pytest.approx(1e-4)
    first_part, second_part = model.decoder_optimizer.optimizers
    assert rates(model, first_part, steps) == pytest.approx([1e-4, 1e-4, 0, 0])
    assert isinstance(second_part, second)
    assert rates(model, second_part, steps) == pytest.approx([0, 0, rate, rate])
    density = {"components": components, "neighbors": 30, "temperature": 10.0}
    density["equation_35"] = "meant"
    assert model.data_density.get_config() == {"mode": "pca", **density}

    forward = preset.model("kl")
    assert widths(forward, steps) == pytest.approx([0.2] * 4)
    assert forward.warmup_steps == 0
    assert isinstance(forward.decoder_optimizer, keras.optimizers.Adam)


def test_mnist_networks():
    model = presets.get("zhang/mnist").model("kl")
    assert units(model.encoder.network) == [512] * 5 + [3]
    assert units(model.decoder.network) == [512] * 5 + [784]
    assert model.encoder.scale == "isotropic"
    assert model.prior.size == 2


def test_warmup_keeps_its_share_and_may_be_left_out():
    assert presets.get("zhang/mnist", epochs=6).warmup_epochs == 2
    preset = presets.get("zhang/mnist", warmup_epochs=0, units=4, layers=1)
    model = preset.model("rkl")
    assert widths(model, [0]) == pytest.approx([0.8])
    assert isinstance(model.decoder_optimizer, keras.optimizers.SGD)
    with pytest.raises(ValueError, match="does not fit into epochs=3"):
        presets.get("zhang/mnist", epochs=3, warmup_epochs=4)
