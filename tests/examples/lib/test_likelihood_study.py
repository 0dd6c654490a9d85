"""What a fit of the studies of likelihoods is scored by, and what is read again."""

import dataclasses
import json

import numpy as np
import pytest

import kfdiv
from examples.lib import likelihood_study, sample_measures
from examples.lib.encoder_fits import Fit
from examples.lib.judges import Judge
from examples.lib.sample_measures import SampleMeasures


@pytest.fixture(scope="module")
def measures():
    """Of images of 4 x 4 whose mode is whether they are bright."""
    x = np.random.default_rng(0).random((2, 12, 4, 4, 1)).astype("float32")

    def modes(images):
        return (images.mean(axis=(1, 2, 3)) > 0.5).astype(int)

    judge = Judge(lambda x: np.reshape(x, (len(x), -1)), lambda x: x, None, modes, 2, "brightness")
    budget = sample_measures.Budget(samples=12, critic_steps=1, neighbors=2, subset_size=6)
    return SampleMeasures(*x, (0.0, 1.0), judge, budget)


def test_scores_are_of_reconstructions_and_samples_of_held_out_images(measures, monkeypatch):
    # Of images that are large enough for its scales.
    monkeypatch.setattr(
        SampleMeasures, "of_images", lambda self, images: {"kid": [images.mean(), 0]}
    )
    encoder = kfdiv.networks.mlp((4, 4, 1), [], 4)
    decoder = kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(2, [], (4, 4, 1)))
    model = kfdiv.models.VAE(encoder, decoder)
    model.compile(run_eagerly=True, jit_compile=False)
    found = likelihood_study.flat(likelihood_study.scores_of(model, measures))
    again = model.reconstruct(measures.held_out).numpy()
    errors = np.square(again - measures.held_out).mean(axis=(1, 2, 3))
    assert found["squared_error"] == pytest.approx(errors.mean(), rel=1e-5)
    assert found["squared_error_se"] == pytest.approx(errors.std(ddof=1) / np.sqrt(12), rel=1e-5)
    kept = measures.judge.modes(again) == measures.judge.modes(measures.held_out)
    assert found["digits_kept"] == pytest.approx(kept.mean())
    assert found["kid"] == pytest.approx(model.sample(12, seed=1).numpy().mean(), rel=1e-5)
    (kl,) = {
        float(
            np.mean(
                model.encoder.distribution(measures.held_out).kl_divergence(
                    model.prior.distribution()
                )
            )
        )
    }
    assert found["held_out_kl"] == pytest.approx(kl, rel=1e-4)
    other = kfdiv.evaluation.kernel_distance(
        measures.first.reshape(12, -1), again.reshape(12, -1), subset_size=6
    ).samples
    assert found["kid_of_reconstructions"] == pytest.approx(other.value, rel=1e-4)


def test_what_is_finished_is_read_and_another_fit_refused(tmp_path):
    budget = likelihood_study.Budget(sample_measures.Budget())
    fit = Fit("bernoulli-0", "rosca/color_mnist", (("source", "digits"),), 4)
    job = (fit, budget, str(tmp_path), None)
    folder = likelihood_study.folder_of(job)
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps({"failure": "read"}))
    assert likelihood_study.train(job) == {"failure": "read"}
    other = dataclasses.replace(fit, steps=8)
    with pytest.raises(ValueError, match="holds another run: steps is 4 there, 8 here"):
        likelihood_study.train((other, *job[1:]))
