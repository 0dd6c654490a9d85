"""From what a user writes to a `DataDensity`."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv.distributions.data_density import DataDensity
from kfdiv.distributions.minibatch_data import MinibatchData
from kfdiv.distributions.noised_data import NoisedData


def get_data_density(identifier: Any) -> DataDensity:
    """Return the `DataDensity` that `identifier` stands for.

    Args:
        identifier: a `DataDensity`; "exact", "pca" or "index", for the noised data set by that
            method; "minibatch", for the step's batch in its place, which is biased; a dict of
            `Empirical`'s options, such as `{"mode": "pca", "components": 50}`; or a serialised
            density.

    Returns:
        The density; a noised data set has yet to be adapted.

    Raises:
        ValueError: on anything else.

    Example:
        >>> get_data_density("exact").adapted
        False
    """
    if isinstance(identifier, DataDensity):
        return identifier
    if isinstance(identifier, str):
        return MinibatchData() if identifier == "minibatch" else NoisedData(identifier)
    if isinstance(identifier, dict):
        if "class_name" in identifier:
            return keras.saving.deserialize_keras_object(identifier)
        return NoisedData(**identifier)
    raise ValueError(
        "data_density must be 'exact', 'pca', 'index', 'minibatch', a dict of Empirical's options "
        "or a DataDensity such as "
        f"kfdiv.distributions.GaussianMixture, but got {identifier!r}."
    )
