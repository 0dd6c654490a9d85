"""What latent-variable models are for: sampling, inferring latents, and export."""

from __future__ import annotations

import abc
import contextlib
import os
from typing import Any

import tensorflow as tf

from kfdiv import distributions, random
from kfdiv.data import inputs as data_inputs
from kfdiv.data.elements import parts_of
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks, execution, export, fit_arguments, inference
from kfdiv.models.averages import by_averages
from kfdiv.models.latent_variable_model import LatentVariableModel

_RECONSTRUCT = "Use reconstruct(x, condition=...)."


class GenerativeModel(LatentVariableModel, abc.ABC):
    """A latent-variable model, `p(x) = int p(x|z) p(z) dz`, that samples and infers latents.

    Inference takes what `fit` takes, and no result depends on `batch_size`.

    Args:
        decoder: p(x|z), as of `LatentVariableModel`, as are all others.
        encoder: q(z|x), or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw, together with the step count.
        name: the model's name.
        condition: what the model is conditional on, of `kfdiv.networks.condition`, or None: data
            then come as `(x, y)`, and networks take the condition that y stands for as a second
            input.
        **kwargs: passed on to `keras.Model`.
    """

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Reconstruct: decode the posterior mean of `inputs`, shape `(batch, *event_shape)`.

        Raises:
            ValueError: if there is no encoder, or the model is conditional.
        """
        checks.check_unconditional(self, "A call of the model", _RECONSTRUCT)
        encoder = self._needed_encoder()
        with contextlib.nullcontext() if training else self.averages.scope():
            checks.check_weights(self, "A call of the model", (encoder, self.decoder))
            x = inference.scaled(inputs, self.pixel_range)
            z = encoder.mean(x, training=training)
            return self.decoder.mean(z, training=training)

    @by_averages
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
            ValueError: if `num_samples` is not positive, a condition is missing or too much, or a
                weight is not finite, as of all that follows.
        """
        checks.check_weights(self, "sample", (self.prior, self.decoder))
        if not tf.is_tensor(num_samples):
            # Shapes are int32.
            num_samples = checks.check_count("num_samples", num_samples, most=2**31 - 1)
        latent_seed = random.fold(random.seed(self.seed, "sample"), seed)
        z = self.prior.draw(num_samples, latent_seed)
        condition = self.conditions(condition, num_samples)
        if not observation_noise:
            return self._means(z, condition, batch_size)
        noise_seed = random.fold(latent_seed, 1)
        return inference.join_draws(
            inference.parts(z, condition, batch_size),
            lambda part: self.decoder.sample(
                self.given(part.x, part.condition), part.seed(noise_seed), training=False
            ),
        )

    @by_averages
    def encode(
        self,
        x: Any,
        seed: int | tf.Tensor | None = None,
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
            ValueError: if there is no encoder, x does not fit it, is not finite or not in the
                decoder's support, or how pixels were scaled is not known.
        """
        encoder = self._needed_encoder()
        checks.check_weights(self, "encode", [encoder])
        if seed is None:
            return inference.join(
                encoder.mean(self.given(part.x, part.condition), training=False)
                for part in inference.examples(self, x, condition, batch_size)
            )
        base = random.seed(self.seed, "encode", seed)
        return inference.join_draws(
            inference.examples(self, x, condition, batch_size, drawing=True),
            lambda part: encoder.sample(
                self.given(part.x, part.condition), part.seed(base), training=False
            ),
        )

    @by_averages
    def decode(self, z: Any, condition: Any = None, batch_size: int | None = None) -> tf.Tensor:
        """Return the mean of p(x|z), shape `(num, *event_shape)`.

        Args:
            z: shape `(num, latent_size)`.
            condition: of a conditional model: one for all, or one for each.
            batch_size: latents decoded at once; by default, and at most, 1,000.
        """
        checks.check_weights(self, "decode", [self.decoder])
        z = checks.as_batch(z, (self.prior.size,), "z", density_dtype(self))
        checks.check_inferred(z, "z")
        return self._means(z, self.conditions(condition, tf.shape(z)[0]), batch_size)

    @by_averages
    def reconstruct(
        self, x: Any, condition: Any = None, batch_size: int | None = None
    ) -> tf.Tensor:
        """Return `decode(encode(x))`, shape `(examples, *event_shape)`; arguments as `encode`."""
        encoder = self._needed_encoder()
        checks.check_weights(self, "reconstruct", (encoder, self.decoder))

        def decoded(part: inference.Part) -> tf.Tensor:
            z = encoder.mean(self.given(part.x, part.condition), training=False)
            return self.decoder.mean(self.given(z, part.condition), training=False)

        return inference.join(
            decoded(part) for part in inference.examples(self, x, condition, batch_size)
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
        checks.check_weights(self, "predict", (self._needed_encoder(), self.decoder))
        fit_arguments.callback_list(callbacks)  # Raises if one is none.
        if batch_size is None and data_inputs.is_examples(x):
            batch_size = inference.BATCH_SIZE
        dataset = self.held_out(x, batch_size=batch_size, steps=steps)
        dataset = dataset.map(lambda *element: parts_of(element if element[1:] else element[0])[0])
        with execution.to_the_end(steps):
            return super().predict(dataset, verbose=verbose, steps=steps, callbacks=callbacks)

    @by_averages
    def log_prob(
        self,
        x: Any,
        num_samples: int | tf.Tensor = 128,
        seed: int | tf.Tensor = 0,
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
            ValueError: if there is no encoder, it or the decoder has no density, or K is not
                positive.
        """
        self.check_log_prob()
        encoder = self._needed_encoder()
        if not tf.is_tensor(num_samples):
            num_samples = checks.check_count("num_samples", num_samples)
        checks.check_weights(self, "log_prob", (encoder, self.decoder, self.prior))
        prior = self.prior.distribution()
        base = random.seed(self.seed, "log_prob", seed)

        def estimate(part: inference.Part) -> tf.Tensor:
            given = self.given(part.x, part.condition)
            posterior, first = encoder.distribution(given, training=False), part.seed(base)

            def log_weight(index: tf.Tensor) -> tf.Tensor:
                z = encoder.draw(posterior, random.fold(first, index))
                observation = self.observation(self.given(z, part.condition))
                return observation.log_prob(part.x) + prior.log_prob(z) - posterior.log_prob(z)

            dtype = part.x.dtype
            signature = tf.TensorSpec(part.x.shape[:1], dtype)
            weights = tf.map_fn(log_weight, tf.range(num_samples), fn_output_signature=signature)
            return tf.reduce_logsumexp(weights, axis=0) - tf.math.log(tf.cast(num_samples, dtype))

        examples = inference.examples(self, x, condition, batch_size, drawing=True)
        return inference.join_draws(examples, estimate)

    def check_log_prob(self) -> None:
        """Raise a ValueError if `log_prob` lacks an encoder, or a density of it or the decoder."""
        checks.check_posterior(self._needed_encoder(), "log_prob")
        self.check_observation()

    def export(
        self,
        path: str | os.PathLike[str],
        format: str = "tf_saved_model",
        verbose: bool = False,
        **kwargs: Any,
    ) -> dict[str, str]:
        """Write what serves without this package: a SavedModel, or ONNX or TFLite of `decode`.

        A SavedModel needs TensorFlow alone. It has `sample(num_samples, seed)`, `decode(z)`,
        `encode(x)`, `encode_sample(x, seed)`, `reconstruct(x)` and `log_prob(x, num_samples,
        seed)`, which return what the model's methods do, of as many rows as they are given; of a
        conditional model all take the condition last, one for all or one for each. What the
        objective lacks is left out.

        A file of ONNX or TFLite has z, and the condition of each, for inputs and x for its output.

        Args:
            path: folder, or file of the other formats, to write; an earlier export there is
                replaced. It appears whole or not at all.
            format: "tf_saved_model", "onnx" (which takes the package tf2onnx) or "tflite".
            verbose: whether to print what was written, and where.
            **kwargs: other arguments are refused, Keras's `input_signature` among them: the
                functions above have signatures of their own.

        Returns:
            What is left out, by name, and why.

        Raises:
            ValueError: if a weight is not finite, the format is unknown or not what the path's
                suffix says, or there are operations that it lacks.
            ImportError: if the package that writes the format is missing.
            OSError: if `path` is something else than an earlier export, or cannot be written.

        Example:
            >>> import pathlib, tempfile
            >>> from kfdiv import models, networks
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "sampler"
            >>> gan = models.AGE(networks.mlp(2, [8], 3), critic=networks.mlp(3, [8], 1))
            >>> sorted(gan.export(path))
            ['encode', 'encode_sample', 'log_prob', 'reconstruct']
            >>> loaded = tf.saved_model.load(path)
            >>> loaded.sample(64, 0).shape
            TensorShape([64, 3])

            Keep `loaded`: TensorFlow's functions do not hold their weights, so one that is called
            as `tf.saved_model.load(path).sample(64, 0)` finds them gone.
        """
        checks.check_options("export(...)", kwargs, ("path", "format", "verbose"))
        return export.export(self, path, format, verbose)

    def _means(
        self, z: tf.Tensor, condition: tf.Tensor | None, batch_size: int | None
    ) -> tf.Tensor:
        return inference.join(
            self.decoder.mean(self.given(part.x, part.condition), training=False)
            for part in inference.parts(z, condition, batch_size)
        )

    def _needed_encoder(self) -> distributions.ConditionalDistribution:
        if self.encoder is None:
            raise ValueError(
                f"{type(self).__name__} was built without an encoder, so it cannot infer latents; "
                "pass encoder=... to its constructor."
            )
        return self.encoder
