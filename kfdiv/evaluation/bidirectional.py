"""How well an encoder and a decoder fit one another: cycle consistency and the joint objective."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kfdiv import random
from kfdiv.arguments import check_count
from kfdiv.data import examples
from kfdiv.distributions import Normal
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.evaluation.averaged import of_averages
from kfdiv.evaluation.check_model import check_model
from kfdiv.evaluation.estimate import Estimate, check_two
from kfdiv.models import GenerativeModel


class Bidirectional(NamedTuple):
    """Two figures of a pair of Gaussian networks, in nats.

    Attributes:
        objective: `-E[log p(x|z)] + E[KL(q(z|x) || p(z))]`, L_VAE; at least the entropy of the
            data, whose excess is the joint KL.
        cycle_consistency: `-E[log p(x|z)]`, x from the data, z ~ q(z|x).
        constant: `(d/2) log 2 pi`, d the dimension of x.
    """

    objective: Estimate
    cycle_consistency: Estimate
    constant: float

    def figures(self) -> dict[str, float]:
        """Return both figures in both conventions by name, with their standard errors.

        Those called "without constant" lack `(d/2) log 2 pi`, as figures do whose densities drop
        it.
        """
        figures = {"constant": self.constant}
        for name in ("objective", "cycle_consistency"):
            value, error = getattr(self, name)
            figures |= {name: value, f"{name}_without_constant": value - self.constant}
            figures[f"{name}_se"] = error
        return figures


@of_averages
def bidirectional(
    model: GenerativeModel,
    x: Any,
    num_samples: int = 16,
    batch_size: int = 1_000,
    seed: int = 0,
    sample_weight: Any = None,
) -> Bidirectional:
    """Measure cycle consistency and L_VAE of a model with Gaussian encoder and decoder.

    The KL is analytic; the expectation over q(z|x) is a mean of `num_samples` draws. Standard
    errors are over the examples, whose values are independent.

    Source: Shen et al. 2020, eq. 5 and 8, and table 3. The table's likelihood lies below the
    entropy of its data unless `(d/2) log 2 pi` is added, so hold both conventions against it.

    Args:
        model: with an encoder and a decoder that are both `kfdiv.distributions.Normal`.
        x: data, whatever `fit` takes: examples of shape `(examples, *event_shape)`, or batches
            x, `(x, y)` or `(x, y, w)`.
        num_samples: draws of z for each example.
        batch_size: examples at once.
        seed: integer.
        sample_weight: how often each example of an array counts, shape `(examples,)`.

    Returns:
        Both estimates, and the constant that the other convention subtracts.

    Raises:
        ValueError: if a network is not Gaussian, `x` does not fit the model, or that is
            conditional.

    Example:
        >>> import kfdiv
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 2), scale=1.0)
        >>> model = kfdiv.models.VAE(kfdiv.networks.mlp(2, [], 2), decoder)
        >>> found = bidirectional(model, np.zeros((10, 2)))
        >>> bool(found.objective.value > found.cycle_consistency.value)
        True
        >>> round(found.constant, 4)
        1.8379
    """
    check_model(model, "bidirectional")
    if model.encoder is None:
        raise ValueError(
            f"bidirectional needs an encoder, and this {type(model).__name__} was built without "
            "one; pass encoder=... to its constructor."
        )
    for role, network in (("encoder", model.encoder), ("decoder", model.decoder)):
        if not isinstance(network, Normal):
            raise ValueError(
                f"bidirectional needs a Gaussian {role}, kfdiv.distributions.Normal, but the "
                f"model's is {type(network).__name__}."
            )
    num_samples = check_count("num_samples", num_samples)
    batch_size = check_count("batch_size", batch_size)
    found = examples.read(
        x,
        sample_weight=sample_weight,
        event_shape=model.event_shape,
        value_range=model.known_pixel_range(),
    ).counted()
    check_two(len(found), "x")
    x = tf.cast(found.x, density_dtype(model))
    prior = model.prior.distribution()

    def parts(x: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        posterior = model.encoder.distribution(x, training=False)

        def cost(index: tf.Tensor) -> tf.Tensor:
            z = model.encoder.draw(posterior, random.fold(seed, index))
            return -model.decoder.distribution(z, training=False).log_prob(x)

        costs = tf.map_fn(cost, tf.range(num_samples), fn_output_signature=x.dtype)
        return tf.reduce_mean(costs, axis=0), posterior.kl_divergence(prior)

    # A concrete one: TensorFlow warns of functions that every call of this one traces anew.
    graph = tf.function(parts, autograph=False).get_concrete_function(
        tf.TensorSpec([None, *x.shape[1:]], x.dtype), tf.TensorSpec([2], tf.int32)
    )
    starts = range(0, len(x), batch_size)
    batches = [x[start : start + batch_size] for start in starts]
    results = [
        graph(batch, random.seed(seed, "bidirectional", k)) for k, batch in enumerate(batches)
    ]
    cost, kl = (np.concatenate(part, dtype=np.float64) for part in zip(*results, strict=True))
    constant = 0.5 * math.prod(model.event_shape) * math.log(2 * math.pi)
    return Bidirectional(
        Estimate.of(cost + kl, found.weight), Estimate.of(cost, found.weight), constant
    )
