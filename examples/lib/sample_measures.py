"""What Rosca et al. 2018 measure samples by, and more, each beside its value on real test data."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import keras
import numpy as np

import kfdiv
from examples.lib.judges import Judge
from kfdiv import evaluation
from kfdiv.evaluation import Estimate
from kfdiv.models.critic_value import HasCriticValue

NOISE = 0.1
BATCH = 64


@dataclasses.dataclass(frozen=True)
class Budget:
    """What the measures may cost.

    Args:
        samples: drawn from each model, and images of each of two held-out sets.
        critic_steps: of the independent critics.
        critic_filters: of the first layer of the Wasserstein critic.
        neighbors: k of precision and recall.
        subset_size: of the kernel distance.
        tracked: held-out images that a bound is told of while training.
        rehearsal: judges without a meaning where the true ones are large.
    """

    samples: int = 2_000
    critic_steps: int = 200
    critic_filters: int = 4
    neighbors: int = 3
    subset_size: int = 500
    tracked: int = 512
    rehearsal: bool = False


class SampleMeasures:
    """Measures a model's samples against held-out images.

    Held-out images are two sets. Critics are trained on the first, with which samples are compared,
    too; they are judged on the second, which takes the samples' place where real data's own score
    is asked for. Samples are means of p(x|z), as pictures are: of a Bernoulli, its probabilities.

    Args:
        first: images of the first set, shape `(images, height, width, channels)`.
        second: of the second, as many.
        value_range: of their pixels.
        judge: classifier and features.
        budget: what it may cost.
    """

    def __init__(
        self,
        first: np.ndarray,
        second: np.ndarray,
        value_range: tuple[float, float],
        judge: Judge,
        budget: Budget,
    ) -> None:
        self.first, self.held_out = first, second
        self.value_range, self.judge, self.budget = value_range, judge, budget

    def __call__(self, model: kfdiv.models.GenerativeModel) -> dict[str, Any]:
        """Return every score of a compiled model, `[value, standard error]` by name."""
        samples = model.sample(self.budget.samples, seed=1).numpy()
        scores = self.of_images(np.clip(samples, *self.value_range))
        if model.encoder is not None:
            again = model.reconstruct(self.held_out).numpy()
            error = np.abs(again - self.held_out).mean(axis=(1, 2, 3))
            scores["reconstruction"] = Estimate.of(error)
        return {**self.wasserstein(model), **scores, "objective": self.objective(model)}

    def of_data(self) -> dict[str, Any]:
        """Return the scores of the second held-out set, and of it with noise."""
        noise = np.random.default_rng(0).normal(0.0, NOISE, self.held_out.shape)
        noised = np.clip(self.held_out + noise, *self.value_range).astype(np.float32)
        return {"data": self.of_images(self.held_out), "noised": self.of_images(noised)}

    def of_images(self, images: np.ndarray) -> dict[str, Any]:
        """Return the scores that need no model."""
        judge, budget = self.judge, self.budget
        features = judge.features(images)
        distance = evaluation.kernel_distance(
            self._features, features, subset_size=budget.subset_size
        )
        shares = evaluation.precision_recall(self._features, features, k=budget.neighbors)
        found = {
            "diversity": evaluation.sample_diversity(images, value_range=self.value_range).samples,
            "kid": distance.samples,
            # Given the neighbourhoods, each image is in them or not.
            "precision": _share(shares.precision, len(images)),
            "recall": _share(shares.recall, len(self.first)),
        }
        if judge.classifier is not None:
            classified = judge.classified(images)
            score = evaluation.inception_score(
                classified, judge.classifier, value_range=self.value_range
            )
            found["inception_score"] = score.samples
        if judge.modes is not None:
            modes = evaluation.mode_coverage(judge.modes(images), np.ones(judge.num_modes))
            found["modes"] = [modes.covered, None]
        return found

    def wasserstein(self, model: kfdiv.models.GenerativeModel) -> dict[str, Any]:
        """Return the negative of the independent Wasserstein critic's figure, and on real data."""
        shape = model.event_shape
        keras.utils.set_random_seed(0)
        critic = kfdiv.networks.rosca_critic(shape, self.budget.critic_filters, batch_norm=False)
        found = evaluation.independent_critic(
            of_means(model, self.value_range),
            *self._datasets,
            divergence="wasserstein",
            critic=critic,
            steps=self.budget.critic_steps,
            jit_compile=False,
        )
        return {
            "negative_wasserstein": [-found.bound.value, found.bound.standard_error],
            "negative_wasserstein_of_data": [-found.data.value, found.data.standard_error],
            "slope": [found.slope, None],
        }

    def objective(self, model: kfdiv.models.GenerativeModel) -> dict[str, Any]:
        """Return what the training objective says of held-out data, by a critic that is new.

        Where there is no critic, it is what `evaluate` says.
        """
        if not isinstance(model, HasCriticValue):
            return evaluated(model, self._datasets[1])
        found = evaluation.independent_objective(
            model, *self._datasets, steps=self.budget.critic_steps, jit_compile=False
        )
        return {"value": list(found.value), found.name: list(found.bound)}

    @functools.cached_property
    def _features(self) -> np.ndarray:
        return self.judge.features(self.first)

    @functools.cached_property
    def _datasets(self) -> list[Any]:
        return [
            kfdiv.data.from_arrays(images, batch_size=min(BATCH, len(images)))
            for images in (self.first, self.held_out)
        ]


def evaluated(model: kfdiv.models.GenerativeModel, data: Any) -> dict[str, Any]:
    """Return what `evaluate` tells with a standard error: a bound, or an estimate of one."""
    found = model.evaluate(data, verbose=0, return_dict=True)
    return {name: [found[name], found[f"{name}_se"]] for name in found if f"{name}_se" in found}


def of_means(
    model: kfdiv.models.GenerativeModel, value_range: tuple[float, float] = (0.0, 1.0)
) -> kfdiv.models.GenerativeModel:
    """Return a model whose draws are the means of p(x|z): itself, or one that shares its networks.

    Draws of a Bernoulli are black or white, which tells them from grey images at a glance. Means of
    a normal, quantised or not, are clipped to the pixels' range, as in pictures: beyond it nothing
    holds those of pixels that are always black.

    Args:
        model: with a decoder that is deterministic, Bernoulli, or a normal of one scale a pixel.
        value_range: of the pixels.
    """
    decoder = model.decoder
    if isinstance(decoder, kfdiv.distributions.Deterministic):
        return model
    network = decoder.network
    x = network.outputs[0]
    if isinstance(decoder, kfdiv.distributions.Bernoulli):
        x = keras.layers.Activation("sigmoid")(x)
    else:
        x = keras.ops.clip(x, *value_range)
    critic = kfdiv.networks.mlp(model.event_shape, [], 1)
    means = kfdiv.distributions.Deterministic(keras.Model(network.inputs, x))
    return kfdiv.models.RatioGAN(means, critic, seed=model.seed)


def _share(share: float, count: int) -> Estimate:
    return Estimate(share, float(np.sqrt(share * (1.0 - share) / count)))
