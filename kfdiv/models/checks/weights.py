"""Weights that an earlier fit broke."""

from __future__ import annotations

import keras
import tensorflow as tf


def check_weights(model: keras.Model, method: str) -> None:
    """Raise if a weight that is trained is NaN or infinite: whatever is made of it would be, too.

    Args:
        model: a built model.
        method: what is about to use the weights.

    Raises:
        ValueError: naming the first of these weights.
    """
    broken = [
        variable.path
        for variable in model.trainable_variables
        if not tf.reduce_all(tf.math.is_finite(variable.value))
    ]
    if broken:
        raise ValueError(
            f"{method} needs finite weights, but {len(broken)} of {len(model.trainable_variables)} "
            f"are not, {broken[0]!r} first: an earlier fit broke them. Build the model anew, or "
            "load what was saved before: load_weights(...), keras.saving.load_model(...), or fit "
            "with kfdiv.callbacks.ExactResume, which goes on from its last backup."
        )
