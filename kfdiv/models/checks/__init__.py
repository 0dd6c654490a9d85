"""Everything that can be known to be wrong before training starts."""

from kfdiv.arguments import check_count, check_flag, check_options, check_share
from kfdiv.models.checks.data import (
    UnsynchronizedWarning,
    as_batch,
    check_dataset,
    check_inferred,
    check_minibatches,
    check_replicas,
    check_shares,
    check_split,
    pixel_range,
)
from kfdiv.models.checks.densities import (
    check_adapted,
    check_density,
    check_density_estimator,
    check_fixed_prior,
    check_noise,
    check_posterior,
    check_reparameterized,
)
from kfdiv.models.checks.execution import check_execution, check_execution_of
from kfdiv.models.checks.networks import (
    asking_if_swapped,
    check_critic,
    check_encoder_is_optional,
    check_networks,
    check_prior,
    check_unbounded,
    check_unconditional,
    latent_size,
)
from kfdiv.models.checks.penalized import check_penalized, layers_of
from kfdiv.models.checks.weights import check_weights, warn_of_weights

__all__ = [
    "UnsynchronizedWarning",
    "as_batch",
    "asking_if_swapped",
    "check_adapted",
    "check_count",
    "check_critic",
    "check_dataset",
    "check_density",
    "check_density_estimator",
    "check_encoder_is_optional",
    "check_execution",
    "check_execution_of",
    "check_fixed_prior",
    "check_flag",
    "check_inferred",
    "check_minibatches",
    "check_networks",
    "check_noise",
    "check_options",
    "check_penalized",
    "check_posterior",
    "check_prior",
    "check_reparameterized",
    "check_replicas",
    "check_share",
    "check_shares",
    "check_split",
    "check_unbounded",
    "check_unconditional",
    "check_weights",
    "latent_size",
    "layers_of",
    "pixel_range",
    "warn_of_weights",
]
