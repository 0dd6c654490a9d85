"""The marginal KL: how far the aggregate posterior of a data set is from the prior."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kfdiv import penalties
from kfdiv.arguments import check_choice, check_count
from kfdiv.evaluation import marginal
from kfdiv.evaluation.averaged import of_averages
from kfdiv.evaluation.check_model import check_model, check_not_its_own
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.marginal import Posteriors, Surgery
from kfdiv.models import GenerativeModel

# Options of each method, and what they are if they are left out.
_METHODS: dict[str, dict[str, Any]] = {
    "monte_carlo": {"batch_size": 2048},
    "ratio": {
        "classifier": None,
        "penalty": None,
        "steps": 2_000,
        "optimizer": None,
        "jit_compile": "auto",
    },
    "density": {"density": "lstm", "steps": 2_000, "optimizer": None, "jit_compile": "auto"},
}


class MarginalKL(NamedTuple):
    """`KL(q(z) || p(z))` in nats, q(z) the aggregate posterior of a data set.

    Attributes:
        kl: in total.
        size: how many latents there are.
        surgery: what the average KL of the posteriors is made of, or None where the encoder has no
            density, and so no such KL.
        fitted: the trained classifier or density, or None.
    """

    kl: Estimate
    size: int
    surgery: Surgery | None
    fitted: keras.layers.Layer | None

    @property
    def per_dimension(self) -> Estimate:
        """Nats per dimension."""
        return Estimate(*(value / self.size for value in self.kl))

    def figures(self) -> dict[str, float]:
        """Return all figures by name, those of the surgery included."""
        if self.surgery is not None:
            return self.surgery.figures()
        return marginal.figures_of("marginal_kl", self.kl, self.size)


@of_averages
def marginal_kl(
    model: GenerativeModel,
    data: Any,
    method: str = "monte_carlo",
    *,
    num_draws: int = 100_000,
    batch_size: int | None = None,
    classifier: keras.Model | None = None,
    penalty: Any = None,
    density: Any = None,
    steps: int | None = None,
    optimizer: Any = None,
    seed: int = 0,
    jit_compile: bool | str | None = None,
) -> MarginalKL:
    """Estimate `KL(q(z) || p(z)) = E_q(z)[log q(z)/p(z)]`, `q(z) = 1/N sum_n q(z|x_n)`.

    - `"monte_carlo"` evaluates q(z) itself, a mixture with a component an example, in blocks. It is
      unbiased, up to `1 / num_draws` where a control variate is fitted to the draws, and needs an
      encoder with a density. It costs `num_draws * N` densities.
    - `"ratio"` trains a classifier between q(z) and p(z), whose output estimates the log ratio. It
      is no bound; it is as a rule too low, the more so the larger the KL.
    - `"density"` fits a density t(z) to q(z) by maximum likelihood. `E_q(z)[log t(z)/p(z)]` is at
      most the KL: too low by KL(q(z) || t(z)).

    The figure is of this data set, and its standard error that of the draws, which nothing was
    fitted to. The encoder is given the data as they are, without spread noise.

    Source: Rosca et al. 2018, section 4.1, eq. 4 to 6, and algorithms 1 to 3 of appendix A.

    Args:
        model: with an encoder; it is left as it is.
        data: the data set of q(z): whatever `fit` takes as x, or a tuple of arrays `(x, y)` or
            `(x, y, w)`. Weights w define the distribution of the data. Pixels are scaled like those
            that the model was fitted on. Several methods may share one reading of them,
            `kfdiv.evaluation.Posteriors(model, data)`.
        method: which of the three.
        num_draws: z that the log ratio is averaged over, each of an example drawn by the weights;
            at least 10, as a standard error is estimated from them.
            The paper takes a million.
        batch_size: of `"monte_carlo"`: examples whose posteriors are evaluated at once, by default
            2,048. The result does not depend on it.
        classifier: of `"ratio"`: a built network from z to one output, untrained: it is trained in
            place. By default three hidden layers of 256 units.
        penalty: of `"ratio"`: on the classifier's slope, as `kfdiv.penalties.get` takes it, between
            draws of q(z) and of p(z); None for none.
        density: of `"density"`: "mixture_10", "mixture_50" or "mixture_100", of diagonal Gaussians;
            "maf", three autoregressive flows; "lstm", Gaussian conditionals of a recurrent network,
            the default and the paper's best; or a `kfdiv.flows.Density` of the latents, which is
            trained in place.
        steps: of training, 2,000 by default.
        optimizer: of training; by default Adam, its learning rate decaying along a cosine to
            nothing, from 1e-2 of a mixture, 5e-3 of an LSTM and 1e-3 of all others.
        seed: of the draws, and of the weights of what is trained by default.
        jit_compile: of training: True, False, or "auto", the default: XLA where it pays, which it
            does not for a few hundred steps.

    Returns:
        The KL in total and per dimension, with standard errors, and the surgery.

    Raises:
        ValueError: if there is no encoder, or for `"monte_carlo"` none with a density; the method
            or the density is unknown, or given an option of another's; the density is not for so
            many latents; the data or the classifier do not fit the model; or the model is
            conditional.

    Example:
        >>> import kfdiv
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 2), scale=1.0)
        >>> model = kfdiv.models.VAE(kfdiv.networks.mlp(2, [], 2), decoder)
        >>> x = np.random.default_rng(0).normal(size=(200, 2))
        >>> found = marginal_kl(model, x, num_draws=1_000)
        >>> surgery = found.surgery
        >>> error = 4 * found.kl.standard_error
        >>> surgery.floor - error < found.kl.value < surgery.average_kl.value + error
        True
    """
    options = _options_of(
        method,
        batch_size=batch_size,
        classifier=classifier,
        penalty=penalty,
        density=density,
        steps=steps,
        optimizer=optimizer,
        jit_compile=jit_compile,
    )
    num_draws = check_count("num_draws", num_draws, least=10)
    _check_model(model, method)
    untrained = _untrained(model, method, options, seed)
    posteriors = _posteriors(model, data)
    if untrained is None:
        mixture = marginal.LogMixture(posteriors, options["batch_size"])

        def log_ratio(z: tf.Tensor, log_prior: tf.Tensor) -> np.ndarray:
            return mixture(z) - log_prior
    else:
        if method == "density":
            fit = marginal.CodeDensity(posteriors, untrained, seed)
        else:
            fit = marginal.CodeClassifier(posteriors, untrained, seed, options["penalty"])
        fit.train(options["steps"], options["optimizer"], options["jit_compile"])
        log_ratio = fit.log_ratio()
    kl, surgery = marginal.average(posteriors, log_ratio, num_draws, seed)
    return MarginalKL(kl, posteriors.size, surgery, untrained)


def _options_of(method: str, **given: Any) -> dict[str, Any]:
    """Return the method's options, checked; raise if one is given that it does not have."""
    known = _METHODS[check_choice("method", method, _METHODS)]
    for name, value in given.items():
        if value is not None and name not in known:
            owners = " and ".join(repr(one) for one, its in _METHODS.items() if name in its)
            raise ValueError(
                f"{name} is an option of method {owners}, and method={method!r} makes no use of "
                "it; leave it out."
            )
    options = {
        name: default if given[name] is None else given[name] for name, default in known.items()
    }
    for name in ("batch_size", "steps"):
        if name in options:
            options[name] = check_count(name, options[name])
    if "penalty" in options:
        options["penalty"] = penalties.get(options["penalty"])
    if "jit_compile" in options:
        check_choice("jit_compile", options["jit_compile"], (True, False, "auto"))
    return options


def _posteriors(model: GenerativeModel, data: Any) -> Posteriors:
    """Return q(z), read from the data unless it is what was given."""
    if not isinstance(data, Posteriors):
        return Posteriors(model, data)
    if data.encoder is not model.encoder:
        raise ValueError(
            "data are Posteriors that another model's encoder made. Pass the model they are of, or "
            "the data themselves."
        )
    return data


def _check_model(model: GenerativeModel, method: str) -> None:
    """Raise unless the model has an encoder that the method can use."""
    check_model(model, "marginal_kl")
    if model.encoder is None:
        raise ValueError(
            f"marginal_kl is of what an encoder makes of data, and this {type(model).__name__} "
            "was built without one; pass encoder=... to its constructor."
        )
    if method == "monte_carlo" and not model.encoder.has_density:
        raise ValueError(
            f"method='monte_carlo' needs log q(z|x), and {type(model.encoder).__name__} has no "
            "density. Use method='ratio' or 'density', which take any encoder."
        )


def _untrained(
    model: GenerativeModel, method: str, options: dict[str, Any], seed: int
) -> keras.layers.Layer | None:
    """Return what the method trains, checked before any data are read, or None."""
    if method == "monte_carlo":
        return None
    make = marginal.density_of if method == "density" else marginal.classifier_of
    name = "density" if method == "density" else "classifier"
    check_not_its_own(model, **{name: options[name]})
    return make(options[name], model.prior.size, seed)
