"""Weights that are not finite: an earlier fit broke them, or they were loaded so."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def check_weights(
    model: keras.Model, method: str, parts: Iterable[keras.layers.Layer] | None = None
) -> None:
    """Raise if a weight is NaN or infinite: whatever is made of it would be, too, or hide it.

    The one check of all that a model is asked for. It looks at every number once, as any use of the
    weights does: less than a millisecond for a million of them. Within a graph, where numbers are
    not known yet, nothing is looked at; `export` looks before it makes its graphs.

    Args:
        model: a built model.
        method: what is about to use the weights.
        parts: the layers whose weights it uses; by default all that learn, and whatever else the
            roles' networks hold, such as averages of batch normalisation.

    Raises:
        ValueError: naming the first of these weights.
    """
    if not tf.executing_eagerly():
        return
    broken, count = _broken(_weights(model, parts))
    if broken:
        raise ValueError(
            f"{method} needs finite weights, but {len(broken)} of {count} are not, {broken[0]!r} "
            "first: an earlier fit broke them, or they were loaded so. Build the model anew, or "
            "load what was saved before: load_weights(...), keras.saving.load_model(...), or fit "
            "with kfdiv.callbacks.ExactResume, which goes on from its last backup."
        )


def warn_of_weights(model: keras.Model, method: str) -> None:
    """Warn if a weight is NaN or infinite, where it is to be written all the same.

    Args:
        model: a built model.
        method: what writes the weights.
    """
    broken, count = _broken(_weights(model, None))
    if broken:
        warnings.warn(
            f"{method} writes weights of which {len(broken)} of {count} are not finite, "
            f"{broken[0]!r} first: enough to look into what broke them, but what is loaded from "
            "the file can neither be used nor trained. Keep what was saved before.",
            stacklevel=3,
        )


def _weights(
    model: keras.Model, parts: Iterable[keras.layers.Layer] | None
) -> list[keras.Variable]:
    if parts is not None:
        found = [variable for part in parts for variable in part.weights]
    else:
        roles: Iterable[Any] = getattr(model, "roles", ())
        found = [v for role in roles for part in role.layers(model) for v in part.weights]
        found += model.trainable_variables
    # A layer may have several places, and seeds are integers.
    floats = {id(v): v for v in found if "float" in keras.backend.standardize_dtype(v.dtype)}
    return list(floats.values())


def _broken(variables: list[keras.Variable]) -> tuple[list[str], int]:
    """Return the paths of those that are not finite, and how many there are."""
    if not variables:
        return [], 0
    # One answer, for which a device is waited for once.
    finite = tf.stack([tf.reduce_all(tf.math.is_finite(v.value)) for v in variables])
    places = np.flatnonzero(~finite.numpy())
    return [variables[place].path for place in places], len(variables)
