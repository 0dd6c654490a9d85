"""The settings that Rosca et al. 2018 print, and what is ours."""

import keras
import numpy as np
import pytest

from kfdiv import presets


def test_draw_on_cifar10_has_the_paper_s_latents():
    preset = presets.get("rosca/draw_cifar10", units=2)
    model = preset.model()
    assert (model.prior.size, model.event_shape, preset.batch_size) == (49_152, (32, 32, 3), 64)
    recurrent = model.encoder.network.layers[-1]
    assert recurrent.decoder.latent_shape == (16, 16, 12)
    assert isinstance(model.optimizer_of("vae"), keras.optimizers.Adam)
    assert model.optimizer_of("vae").beta_1 == 0.5
    with pytest.raises(ValueError, match="bounds forward KL alone"):
        preset.model("rkl")


@pytest.mark.rehearsal
def test_draw_on_cifar10_takes_a_step_at_full_size():
    preset = presets.get("rosca/draw_cifar10", batch_size=2, num_examples=2)
    model = preset.model()
    model.run_eagerly = True
    x = np.random.default_rng(0).random((2, 32, 32, 3)).astype("float32")
    before = model.get_weights()
    history = model.fit(x, batch_size=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(moved) > len(model.trainable_variables) - 1
    assert model.sample(2).shape == (2, 32, 32, 3)


def test_draw_on_digits_may_look_through_windows():
    model = presets.get("rosca/draw_digits", units=4, steps=2, read_size=3, write_size=5).model()
    recurrent = model.encoder.network.layers[-1]
    assert (recurrent.read.size, recurrent.decoder.write.size) == (3, 5)
    assert model.prior.size == 8
