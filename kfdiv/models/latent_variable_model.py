"""Latent-variable models: their networks, what data they take, and how they are saved."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions
from kfdiv.arguments import check_flag
from kfdiv.data.elements import parts_of
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks, remedies
from kfdiv.models.averages import Averages
from kfdiv.models.batch import Batch
from kfdiv.models.objective import Objective


class LatentVariableModel(Objective, abc.ABC):
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
        with checks.asking_if_swapped(encoder, decoder):
            latent_size = checks.latent_size(self.decoder)
            self.prior = distributions.StandardNormal(latent_size) if prior is None else prior
            checks.check_prior(self.prior)
            self.encoder = None
            if encoder is None:
                checks.check_encoder_is_optional(type(self))
            else:
                self.encoder = distributions.get(encoder, role="encoder", latent_size=latent_size)
        if condition is not None and not self.takes_condition:
            raise ValueError(
                f"{type(self).__name__} cannot be conditional: its losses give networks no "
                "condition. Leave `condition` out."
            )
        self.condition = condition
        with checks.asking_if_swapped(encoder, decoder):
            checks.check_networks(self.decoder, self.encoder, self.prior, condition)
        self.event_shape = tuple(self.decoder.event_shape)
        self.averages = Averages(self.averaged_layers)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create nothing: the networks came built, and the other parts hold no shapes."""
        for layer in self.layers:
            if not (layer.built or layer is self.averages):
                layer.build(input_shape)

    def averaged_layers(self) -> list[keras.layers.Layer]:
        """Return the layers whose weights `compile(ema=...)` averages: all but critics.

        Encoder and decoder are averaged alike, as a bound is of both together. Any critic, and any
        density of the data, gives a bound.
        """
        found = (self.decoder, self.encoder, self.prior, self.condition)
        return [layer for layer in found if layer is not None]

    @property
    def use_ema(self) -> bool:
        """Whether the model is used by the averages of its weights; see `compile(ema=...)`.

        Raises:
            ValueError: if it is set to True, and `compile` was told of no `ema`.
        """
        return self.averages.used

    @use_ema.setter
    def use_ema(self, value: bool) -> None:
        if check_flag("use_ema", value) and not self.averages.kept:
            raise ValueError(
                "use_ema=True needs averages of the weights, which compile(ema=0.999) keeps."
            )
        self.averages.used = value
        # Traced functions hold which are used.
        self.test_function = self.predict_function = None

    @contextlib.contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Put the averages in the place of the weights, for what uses the networks themselves.

        Without averages, and with `use_ema = False`, nothing happens. To train or to save
        inside is refused.
        """
        if not self.use_ema:
            yield
            return
        # Traced functions read the averages, or the weights, wherever they are then.
        self.test_function = self.predict_function = None
        try:
            with self.averages.in_place():
                yield
        finally:
            self.test_function = self.predict_function = None

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

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        return [*super().remedies(), *remedies.of_scale(self.decoder)]

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
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Rebuild a model from `get_config`."""
        deserialize = keras.saving.deserialize_keras_object
        return cls(
            **{
                key: deserialize(value, custom_objects) if isinstance(value, dict) else value
                for key, value in config.items()
            }
        )
