"""What every objective shares: a latent-variable model that samples, infers and ships."""

from __future__ import annotations

import abc
import os
from collections.abc import Iterator
from typing import Any, ClassVar

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions, random
from kfdiv.data import inputs as data_inputs
from kfdiv.data.elements import parts_of
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks, execution, export, inference
from kfdiv.models.batch import Batch
from kfdiv.models.objective import Objective

_RECONSTRUCT = "Use reconstruct(x, condition=...)."


class GenerativeModel(Objective, abc.ABC):
    """A latent-variable model, `p(x) = int p(x|z) p(z) dz`.

    With a `condition` it is `p(x|c) = int p(x|z, c) p(z) dz`: data come as `(x, y)`, and encoder
    and decoder take the condition that y stands for as a second input. Bounds are those of the
    conditional distributions, averaged over the data's y.

    Args:
        decoder: p(x|z), a `ConditionalDistribution`, or a built network whose output is x itself.
        encoder: q(z|x), a `ConditionalDistribution`, a built network giving the mean and raw scale
            of a Gaussian, or None where the objective needs none.
        prior: p(z), a layer with `distribution()`, `draw(num, seed)` and `size`; standard normal
            by default.
        condition: what the model is conditional on, of `kfdiv.networks.condition`, or None.
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.

    Raises:
        ValueError: if the networks' shapes do not fit one another, or the objective cannot be
            conditional.
    """

    takes_condition: ClassVar[bool] = False
    """Whether the losses give networks their condition; where not, a condition is refused."""

    def __init__(
        self,
        decoder: keras.layers.Layer,
        encoder: keras.layers.Layer | None = None,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        condition: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, name=name, **kwargs)
        self.decoder = distributions.get(decoder, role="decoder")
        latent_size = checks.latent_size(self.decoder)
        self.prior = distributions.StandardNormal(latent_size) if prior is None else prior
        self.encoder = None
        if encoder is not None:
            self.encoder = distributions.get(encoder, role="encoder", latent_size=latent_size)
        if condition is not None and not self.takes_condition:
            raise ValueError(
                f"{type(self).__name__} cannot be conditional: its losses give networks no "
                "condition. Leave `condition` out."
            )
        self.condition = condition
        checks.check_networks(self.decoder, self.encoder, self.prior, condition)
        self.event_shape = tuple(self.decoder.event_shape)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create nothing: the networks came built, and the other parts hold no shapes."""
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Reconstruct: decode the posterior mean of `inputs`, shape `(batch, *event_shape)`.

        Raises:
            ValueError: if there is no encoder, or the model is conditional.
        """
        checks.check_unconditional(self, "A call of the model", _RECONSTRUCT)
        x = inference.scaled(inputs, self.pixel_range)
        z = self._needed_encoder().mean(x, training=training)
        return self.decoder.mean(z, training=training)

    def sample(
        self,
        num_samples: int | tf.Tensor,
        seed: int | tf.Tensor = 0,
        observation_noise: bool = False,
        condition: Any = None,
        batch_size: int | None = None,
    ) -> tf.Tensor:
        """Generate: draw z ~ p(z), then take the mean of p(x|z), or draw from it.

        Args:
            num_samples: how many.
            seed: integer; one seed, one set of latents.
            observation_noise: draw x ~ p(x|z) instead of taking its mean. The mean is what pictures
                are made of; the draw is what the model's density describes.
            condition: of a conditional model: one for all samples, or one for each.
            batch_size: samples decoded at once; by default, and at most, 1,000. Which samples they
                are does not depend on it.

        Returns:
            A float tensor of shape `(num_samples, *event_shape)`.

        Raises:
            ValueError: if `num_samples` is not positive, or a condition is missing or too much.
        """
        if not tf.is_tensor(num_samples):
            num_samples = checks.check_count("num_samples", num_samples)
        latent_seed = random.fold(random.seed(self.seed, "sample"), seed)
        z = self.prior.draw(num_samples, latent_seed)
        condition = self.conditions(condition, num_samples)
        if not observation_noise:
            return self._means(z, condition, batch_size)
        noise_seed = random.fold(latent_seed, 1)
        return inference.join(
            self.decoder.sample(
                self.given(part.x, part.condition), part.seed(noise_seed), training=False
            )
            for part in inference.parts(z, condition, batch_size)
        )

    def encode(
        self,
        x: Any,
        seed: int | None = None,
        condition: Any = None,
        batch_size: int | None = None,
    ) -> tf.Tensor:
        """Infer latents: the mean of q(z|x), or a draw from it if a `seed` is given.

        Args:
            x: whatever `fit` takes, with the same meaning: examples of shape `(examples,
                *event_shape)`, or batches x, `(x, y)` or `(x, y, w)`. 8-bit pixels are scaled like
                the data that the model was fitted on. Weights change nothing.
            seed: None, or an integer.
            condition: of a conditional model: one for all examples, or one for each; a data set of
                batches `(x, y)` brings its own.
            batch_size: examples encoded at once; by default, and at most, 1,000. A data set brings
                its own. No result depends on it.

        Returns:
            A float tensor of shape `(examples, latent_size)`.

        Raises:
            TypeError: if x are neither floats nor pixels.
            ValueError: if there is no encoder, x does not fit it, or how pixels were scaled is not
                known.
        """
        encoder = self._needed_encoder()
        if seed is None:
            return inference.join(
                encoder.mean(given, training=False)
                for given, _ in self._examples(x, condition, batch_size)
            )
        base = random.seed(self.seed, "encode", seed)
        return inference.join(
            encoder.sample(given, part.seed(base), training=False)
            for given, part in self._examples(x, condition, batch_size, drawing=True)
        )

    def decode(self, z: Any, condition: Any = None, batch_size: int | None = None) -> tf.Tensor:
        """Return the mean of p(x|z), shape `(num, *event_shape)`.

        Args:
            z: shape `(num, latent_size)`.
            condition: of a conditional model: one for all, or one for each.
            batch_size: latents decoded at once; by default, and at most, 1,000.
        """
        z = checks.as_batch(z, (self.prior.size,), "z", density_dtype(self))
        return self._means(z, self.conditions(condition, tf.shape(z)[0]), batch_size)

    def reconstruct(
        self, x: Any, condition: Any = None, batch_size: int | None = None
    ) -> tf.Tensor:
        """Return `decode(encode(x))`, shape `(examples, *event_shape)`; arguments as `encode`."""
        encoder = self._needed_encoder()
        return inference.join(
            self.decoder.mean(
                self.given(encoder.mean(given, training=False), part.condition), training=False
            )
            for given, part in self._examples(x, condition, batch_size)
        )

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return what `reconstruct` does, as an array.

        Args:
            x: as of `encode`.
            batch_size: of an array; 1,000 by default.
            verbose: as of `keras.Model.predict`, as are the next two.
            steps: batches to take.
            callbacks: Keras callbacks.

        Raises:
            ValueError: if there is no encoder, or the model is conditional.
        """
        checks.check_unconditional(self, "predict", _RECONSTRUCT)
        self._needed_encoder()
        if batch_size is None and data_inputs.is_examples(x):
            batch_size = inference.BATCH_SIZE
        dataset = self.held_out(x, batch_size=batch_size, steps=steps)
        dataset = dataset.map(lambda *element: parts_of(element if element[1:] else element[0])[0])
        with execution.to_the_end(steps):
            return super().predict(dataset, verbose=verbose, steps=steps, callbacks=callbacks)

    def log_prob(
        self,
        x: Any,
        num_samples: int = 128,
        seed: int = 0,
        condition: Any = None,
        batch_size: int | None = None,
    ) -> tf.Tensor:
        """Estimate log p(x) from below, `log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x)`, z_k ~ q(z|x).

        Source: Burda et al. 2016, eq. 8. It tightens as K grows.

        Args:
            x: as of `encode`.
            num_samples: K.
            seed: integer.
            condition: as of `encode`.
            batch_size: as of `encode`.

        Returns:
            Nats, shape `(examples,)`.

        Raises:
            ValueError: if there is no encoder, the decoder has no density, or K is not positive.
        """
        encoder = self._needed_encoder()
        num_samples = checks.check_count("num_samples", num_samples)
        prior = self.prior.distribution()
        base = random.seed(self.seed, "log_prob", seed)

        def estimate(given: Any, part: inference.Part) -> tf.Tensor:
            posterior, first = encoder.distribution(given, training=False), part.seed(base)

            def log_weight(index: tf.Tensor) -> tf.Tensor:
                z = encoder.draw(posterior, random.fold(first, index))
                observation = self.observation(self.given(z, part.condition))
                return observation.log_prob(part.x) + prior.log_prob(z) - posterior.log_prob(z)

            dtype = part.x.dtype
            weights = tf.map_fn(log_weight, tf.range(num_samples), fn_output_signature=dtype)
            return tf.reduce_logsumexp(weights, axis=0) - tf.math.log(tf.cast(num_samples, dtype))

        examples = self._examples(x, condition, batch_size, drawing=True)
        return inference.join(estimate(given, part) for given, part in examples)

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write a SavedModel that samples, decodes, encodes and reconstructs.

        It loads with TensorFlow alone: `tf.saved_model.load(path).sample(64, 0)`. The folder
        appears whole or not at all. Of a conditional model every function takes the conditions
        last.

        Args:
            path: folder to write; an earlier export there is replaced.
        """
        export.export(self, path)

    def observation(self, z: Any, training: bool = False) -> tfp.distributions.Distribution:
        """Return the density that scores data given z: p(x|z), here.

        Raises:
            ValueError: if the decoder has no density.
        """
        checks.check_density(self.decoder, type(self).__name__)
        return self.decoder.distribution(z, training=training)

    def check_observation(self) -> None:
        """Raise if `observation` has no density, which tells before training."""
        z = tf.zeros((1, self.prior.size), density_dtype(self))
        c = None if self.condition is None else tf.zeros((1, self.condition.size), z.dtype)
        self.observation(self.given(z, c))

    # Data -------------------------------------------------------------------------------------

    def batch(self, data: Any) -> Batch:
        """Return a batch of an element `x`, `(x, y)` or `(x, y, w)`; y where it is a condition."""
        x, y, weight = parts_of(data)
        condition = None if self.condition is None else self.condition(y)
        return Batch.of(tf.cast(x, density_dtype(self)), condition, weight)

    def given(self, values: tf.Tensor, condition: tf.Tensor | None) -> Any:
        """Return what a network takes: `values`, and the condition beside them if there is one."""
        return values if condition is None else (values, condition)

    def conditions(self, condition: Any, count: int | tf.Tensor) -> tf.Tensor | None:
        """Return what networks take beside `count` examples or draws, shape `(count, size)`.

        Args:
            condition: one for all of them, or one for each; None for an unconditional model.
            count: how many.

        Returns:
            A tensor, or None where the model has no condition.

        Raises:
            ValueError: if a condition is missing, too much, or not of the model's kind.
        """
        if self.condition is None:
            if condition is not None:
                raise ValueError(
                    f"This {type(self).__name__} is not conditional; leave `condition` out, or "
                    "build the model with condition=kfdiv.networks.condition(...)."
                )
            return None
        if condition is None:
            raise ValueError(
                f"This {type(self).__name__} is conditional on {self.condition.describe()}; pass "
                "condition=..., one for all or one for each, or a data set of batches (x, y)."
            )
        return self.condition.rows(condition, count)

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset`'s structure, or the values of its first batch, do not fit."""
        checks.check_dataset(dataset, self.event_shape, self.decoder, self.condition)

    def load_own_variables(self, store: Any) -> None:
        """Read the model's own variables; older files hold fewer of them."""
        for index, variable in enumerate((self.step, self.nonfinite, self.pixel_range)):
            if str(index) in store:
                variable.assign(store[str(index)])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.saving.serialize_keras_object
        config = {
            **super().get_config(),
            "name": self.name,
            "decoder": serialize(self.decoder),
            "encoder": serialize(self.encoder),
            "prior": serialize(self.prior),
            "seed": self.seed,
        }
        if self.condition is not None:
            config["condition"] = serialize(self.condition)
        return config

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

    def _means(
        self, z: tf.Tensor, condition: tf.Tensor | None, batch_size: int | None
    ) -> tf.Tensor:
        return inference.join(
            self.decoder.mean(self.given(part.x, part.condition), training=False)
            for part in inference.parts(z, condition, batch_size)
        )

    def _examples(
        self, x: Any, condition: Any, batch_size: int | None, drawing: bool = False
    ) -> Iterator[tuple[Any, inference.Part]]:
        """Yield what the encoder takes, and which examples they are, some at a time."""
        shape, dtype = self.event_shape, density_dtype(self)
        if data_inputs.is_examples(x):
            x = inference.as_examples(x, shape, dtype, self.pixel_range)
            condition = self.conditions(condition, tf.shape(x)[0])
            for part in inference.parts(x, condition, batch_size):
                yield self.given(part.x, part.condition), part
            return
        if condition is not None:
            raise ValueError("A data set brings its conditions: yield (x, y), and leave them out.")
        scale = self.known_pixel_range()
        for part in inference.parts_of_data_set(x, shape, dtype, scale, batch_size, drawing):
            c = None
            if self.condition is not None:
                c = self.conditions(part.condition, tf.shape(part.x)[0])
            yield self.given(part.x, c), part._replace(condition=c)

    def _needed_encoder(self) -> distributions.ConditionalDistribution:
        if self.encoder is None:
            raise ValueError(
                f"{type(self).__name__} was built without an encoder, so it cannot infer latents; "
                "pass encoder=... to its constructor."
            )
        return self.encoder
