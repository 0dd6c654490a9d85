"""From what a user writes to a `DataDensity`."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv.arguments import check_options
from kfdiv.distributions.data_density import DataDensity
from kfdiv.distributions.empirical.estimator import registry
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
    if isinstance(identifier, dict) and "class_name" in identifier:
        return keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, str):
        return _by_name(identifier)
    if isinstance(identifier, dict):
        options = {name: value for name, value in identifier.items() if name != "mode"}
        return _by_name(identifier.get("mode", "exact"), **options)
    raise ValueError(
        "data_density must be 'exact', 'pca', 'index', 'minibatch', a dict of Empirical's options "
        "or a DataDensity such as "
        f"kfdiv.distributions.GaussianMixture, but got {identifier!r}."
    )


def _by_name(name: Any, **options: Any) -> DataDensity:
    if name == "minibatch":
        check_options("data_density='minibatch'", options, (), "option")
        return MinibatchData()
    if name not in registry:
        names = sorted((*registry, "minibatch"))
        raise ValueError(f"data_density must be one of {', '.join(names)}, but got {name!r}.")
    return NoisedData(name, **options)
