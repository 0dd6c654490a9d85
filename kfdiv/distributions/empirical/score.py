"""The gradients of a mixture's log density, from moments of the pass that gave its value."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from kfdiv.noise import SpreadNoise


def with_gradients(
    evaluate: Callable[[tf.Tensor, tf.Tensor], tuple],
    noise: SpreadNoise,
    y: tf.Tensor,
    width: tf.Tensor,
) -> tf.Tensor:
    """Evaluate a log density, its gradients those of the noise's moments under p(n|y).

    Args:
        evaluate: from y and the width to the value `(batch,)` and `noise.moments`.
        noise: the kernel.
        y: `(batch, D)`.
        width: scalar or `(D,)`.

    Returns:
        The value; its second derivatives raise `NotImplementedError`.
    """

    @tf.custom_gradient
    def log_density(y: tf.Tensor, width: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        value, moments = evaluate(y, width)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            score, slope = noise.gradients(y, moments, width)
            score, slope = _first_order(y, width, score, slope)
            by_width = slope if width.shape.rank else slope[:, tf.newaxis]
            by_width = tf.reduce_sum(upstream[:, tf.newaxis] * by_width, axis=0)
            return upstream[:, tf.newaxis] * score, tf.reshape(by_width, width.shape)

        return value, gradient

    return log_density(y, width)


@tf.custom_gradient
def _first_order(
    y: tf.Tensor, width: tf.Tensor, score: tf.Tensor, slope: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], object]:
    """Pass the gradients through; refuse to differentiate them, which would silently lose terms."""

    def refuse(*upstream: tf.Tensor) -> None:
        raise NotImplementedError(
            "Empirical.log_prob has no second derivatives. Take them of the mixture itself, a "
            "tfd.MixtureSameFamily, where the data is small enough."
        )

    return (tf.identity(score), tf.identity(slope)), refuse
