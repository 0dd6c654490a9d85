"""What noise on data and model would do to the critic of an f-divergence, to first order."""

from __future__ import annotations

import dataclasses

import keras
import tensorflow as tf

from kfdiv.divergences import Divergence
from kfdiv.losses import AdversarialLoss
from kfdiv.losses.fenchel import Fenchel
from kfdiv.penalties.penalty import (
    Critic,
    Inputs,
    Penalty,
    Sides,
    outputs_and_squared_slopes,
    registry,
)


@registry.register("roth")
@keras.saving.register_keras_serializable(package="kfdiv")
@dataclasses.dataclass(frozen=True)
class Roth(Penalty):
    """`weight / 2 * E_Q[f*''(T) |dT/dx|^2]`, T the critic of Fenchel's bound on D_f.

    Of a classifier with logit v it is `weight / 2` times
    `E_P[(1 - sigmoid(v))^2 |dv/dx|^2] + E_Q[sigmoid(v)^2 |dv/dx|^2]`, which is the same at the
    optimum for the divergence of the GAN. At the optimal critic, and to first order in the weight,
    this is what Gaussian noise of that variance, added to data and model, takes from the bound.
    Source: Roth et al. 2017.

    Args:
        weight: the noise's variance, their gamma; by default 2.

    Example:
        >>> import tensorflow as tf
        >>> linear = lambda inputs: 4.0 * inputs[0][:, 0]
        >>> a, b = Roth(1.0)(linear, [tf.zeros((1, 1))], [tf.zeros((1, 1))], tf.constant([0, 1]))
        >>> a.numpy(), b.numpy()
        (array([2.], dtype=float32), array([2.], dtype=float32))
    """

    weight: float = 2.0

    def check(self, loss: AdversarialLoss | None) -> None:
        """Raise a ValueError if the critic is neither a classifier nor that of Fenchel's bound."""
        if loss is not None and not loss.estimates_log_ratio and not isinstance(loss, Fenchel):
            raise ValueError(
                "The penalty 'roth' is of classifiers and of critics of an f-divergence, but this "
                f"critic minimises {type(loss).__name__}. Choose 'gradient' or 'r1'."
            )

    def sides(
        self,
        critic: Critic,
        data: Inputs,
        model: Inputs,
        seed: tf.Tensor,
        loss: AdversarialLoss | None = None,
    ) -> Sides:
        """Return both sides of a classifier's penalty, or that of the model alone."""
        if loss is None or loss.estimates_log_ratio:
            v, squared = outputs_and_squared_slopes(critic, data)
            on_data = 0.5 * tf.square(tf.sigmoid(-v)) * squared
            v, squared = outputs_and_squared_slopes(critic, model)
            return on_data, 0.5 * tf.square(tf.sigmoid(v)) * squared
        v, squared = outputs_and_squared_slopes(critic, model)
        return None, 0.5 * _curvature(loss.divergence, v) * squared


def _curvature(divergence: Divergence, v: tf.Tensor) -> tf.Tensor:
    """Return `f*''(g(v)) g'(v)^2`, which is `s'(v) g'(v)` with `s = f*'(g) = (f*(g))' / g'`."""
    with tf.GradientTape() as outer:
        outer.watch(v)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(v)
            activation = divergence.output_activation(v)
            conjugate = divergence.conjugate_of_activation(v)
        slope = inner.gradient(activation, v)
        ratio = tf.math.divide_no_nan(inner.gradient(conjugate, v), slope)
    change = outer.gradient(ratio, v, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return change * slope
