"""What every objective shares: a latent-variable model that samples, infers and ships."""

from __future__ import annotations

import abc
import os
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions, random
from kfdiv.models import checks, export
from kfdiv.models.trainer import Trainer


class GenerativeModel(Trainer, abc.ABC):
    """A latent-variable model, `p(x) = int p(x|z) p(z) dz`.

    A subclass is an objective: it names its optimizers in `compile`, and defines `train_step` and
    `test_step`.

    Args:
        decoder: p(x|z), a `ConditionalDistribution`, or a built network whose output is x itself.
        encoder: q(z|x), a `ConditionalDistribution`, a built network giving the mean and raw scale
            of a Gaussian, or None where the objective needs none.
        prior: p(z), a layer with `distribution()`, `draw(num, seed)` and `size`; standard normal
            by default.
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.

    Raises:
        ValueError: if the networks' shapes do not fit one another.
    """

    def __init__(
        self,
        decoder: keras.layers.Layer,
        encoder: keras.layers.Layer | None = None,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, name=name, **kwargs)
        self.decoder = distributions.get(decoder, role="decoder")
        latent_size = checks.latent_size(self.decoder)
        self.prior = distributions.StandardNormal(latent_size) if prior is None else prior
        self.encoder = None
        if encoder is not None:
            self.encoder = distributions.get(encoder, role="encoder", latent_size=latent_size)
        checks.check_networks(self.decoder, self.encoder, self.prior)
        self.event_shape = tuple(self.decoder.event_shape)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create nothing: the networks came built, and the other parts hold no shapes."""
        for layer in self._flatten_layers(include_self=False, recursive=False):
            if not layer.built:
                layer.build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Reconstruct: decode the posterior mean of `inputs`, shape `(batch, *event_shape)`."""
        z = self._needed_encoder().mean(inputs, training=training)
        return self.decoder.mean(z, training=training)

    def sample(
        self,
        num_samples: int | tf.Tensor,
        seed: int | tf.Tensor = 0,
        observation_noise: bool = False,
    ) -> tf.Tensor:
        """Generate: draw z ~ p(z), then take the mean of p(x|z), or draw from it.

        Args:
            num_samples: how many.
            seed: integer; one seed, one set of latents.
            observation_noise: draw x ~ p(x|z) instead of taking its mean. The mean is what pictures
                are made of; the draw is what the model's density describes.

        Returns:
            A float tensor of shape `(num_samples, *event_shape)`.

        Raises:
            ValueError: if `num_samples` is not positive.
        """
        if not tf.is_tensor(num_samples):
            num_samples = checks.check_count("num_samples", num_samples)
        latent_seed = random.fold(random.seed(self.seed, "sample"), seed)
        z = self.prior.draw(num_samples, latent_seed)
        if not observation_noise:
            return self.decode(z)
        return self.decoder.sample(z, random.fold(latent_seed, 1), training=False)

    def encode(self, x: Any, seed: int | None = None) -> tf.Tensor:
        """Infer latents: the mean of q(z|x), or a draw from it if a `seed` is given.

        Args:
            x: shape `(batch, *event_shape)`.
            seed: None, or an integer.

        Returns:
            A float tensor of shape `(batch, latent_size)`.

        Raises:
            ValueError: if there is no encoder, or x does not fit it.
        """
        encoder = self._needed_encoder()
        x = checks.as_batch(x, self.event_shape, "x")
        if seed is None:
            return encoder.mean(x, training=False)
        return encoder.sample(x, random.seed(self.seed, "encode", seed), training=False)

    def decode(self, z: Any) -> tf.Tensor:
        """Return the mean of p(x|z), shape `(batch, *event_shape)`.

        Args:
            z: shape `(batch, latent_size)`.
        """
        return self.decoder.mean(checks.as_batch(z, (self.prior.size,), "z"), training=False)

    def reconstruct(self, x: Any) -> tf.Tensor:
        """Return `decode(encode(x))`, shape `(batch, *event_shape)`."""
        return self.decode(self.encode(x))

    def log_prob(self, x: Any, num_samples: int = 128, seed: int = 0) -> tf.Tensor:
        """Estimate log p(x) from below, `log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x)`, z_k ~ q(z|x).

        Source: Burda et al. 2016, eq. 8. It tightens as K grows.

        Args:
            x: shape `(batch, *event_shape)`.
            num_samples: K.
            seed: integer.

        Returns:
            Nats, shape `(batch,)`.

        Raises:
            ValueError: if there is no encoder, the decoder has no density, or K is not positive.
        """
        encoder = self._needed_encoder()
        num_samples = checks.check_count("num_samples", num_samples)
        x = checks.as_batch(x, self.event_shape, "x")
        posterior, prior = encoder.distribution(x, training=False), self.prior.distribution()

        def log_weight(index: tf.Tensor) -> tf.Tensor:
            z = encoder.draw(
                posterior, random.fold(random.seed(self.seed, "log_prob", seed), index)
            )
            joint = self.observation(z).log_prob(x) + prior.log_prob(z)
            return joint - posterior.log_prob(z)

        weights = tf.map_fn(log_weight, tf.range(num_samples), fn_output_signature=x.dtype)
        return tf.reduce_logsumexp(weights, axis=0) - tf.math.log(tf.cast(num_samples, x.dtype))

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write a SavedModel that samples, decodes, encodes and reconstructs.

        It loads with TensorFlow alone: `tf.saved_model.load(path).sample(64, 0)`. The folder
        appears whole or not at all.

        Args:
            path: folder to write; an earlier export there is replaced.
        """
        export.export(self, path)

    def observation(self, z: tf.Tensor, training: bool = False) -> tfp.distributions.Distribution:
        """Return the density that scores data given z: p(x|z), here.

        Raises:
            ValueError: if the decoder has no density.
        """
        checks.check_density(self.decoder, type(self).__name__)
        return self.decoder.distribution(z, training=training)

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset`'s structure, or the values of its first batch, do not fit."""
        checks.check_dataset(dataset, self.event_shape, self.decoder)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "name": self.name,
            "decoder": serialize(self.decoder),
            "encoder": serialize(self.encoder),
            "prior": serialize(self.prior),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> GenerativeModel:
        """Rebuild a model from `get_config`."""
        deserialize = keras.saving.deserialize_keras_object
        return cls(
            **{
                key: deserialize(value, custom_objects) if isinstance(value, dict) else value
                for key, value in config.items()
            }
        )

    def _needed_encoder(self) -> distributions.ConditionalDistribution:
        if self.encoder is None:
            raise ValueError(
                f"{type(self).__name__} was built without an encoder, so it cannot infer latents; "
                "pass encoder=... to its constructor."
            )
        return self.encoder
