"""Class-probability estimation: f of the ratio that a logistic critic estimates."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import tensorflow as tf

from kfdiv import divergences
from kfdiv.arguments import check_choice
from kfdiv.divergences import Divergence
from kfdiv.losses.adversarial_loss import AdversarialLoss, registry

# f and its tangent at infinity agree in ever more digits: they are subtracted in float64, and
# beyond this log-ratio not at all.
_FAR = 8.0


class DecreasingForm:
    """The f of a divergence that decreases, `f(u) - f'(inf) (u - 1)`, as a loss of log u.

    D_f is the same for every affine term `c (u - 1)`, but descending `E_Q[f(u)]` as if the ratio u
    did not depend on Q is not: f must decrease, or samples are sent away from where data are
    missing them. For log u above 8 the loss goes on along its tangent.

    Source: Mohamed and Lakshminarayanan 2016, section 3.1; Zhang et al. 2019, appendix F. That the
    form matters is ours; the right gradient of any f is that of `kfdiv.models.AGE`.

    Args:
        divergence: D_f.

    Raises:
        ValueError: if f grows faster than any line, as those of forward KL and Pearson do: then no
            form of it decreases.

    Example:
        >>> from kfdiv import divergences
        >>> loss = DecreasingForm(divergences.get("squared_hellinger"))
        >>> [round(float(loss(tf.math.log(u))), 4) for u in (0.25, 1.0, 4.0)]
        [1.0, 0.0, -2.0]
    """

    def __init__(self, divergence: Divergence) -> None:
        self.divergence = divergence
        # The supremum of f', which is its limit.
        self.slope = float(divergence.conjugate_domain[1])
        if not math.isfinite(self.slope):
            raise ValueError(
                f"f of {divergence!r} grows faster than any line, so no form of it decreases, and "
                "the loss E_Q[f(u)] of class probabilities would send samples away from the data. "
                "Use kfdiv.models.AGE, which has the same critic and the right gradient, or FGAN."
            )
        # Of the tangent.
        end = divergence.f_prime(tf.constant(_FAR, tf.float64))
        self.rate = math.exp(_FAR) * (float(end) - self.slope)

    def __call__(self, log_u: tf.Tensor) -> tf.Tensor:
        """Return the loss of estimates of log u, of their shape."""
        near = tf.cast(tf.minimum(log_u, _FAR), tf.float64)
        value = self.divergence.f(near) - self.slope * tf.math.expm1(near)
        return tf.cast(value, log_u.dtype) + self.rate * tf.nn.relu(log_u - _FAR)


class PrintedForm:
    """f as it is, `E_Q[f(u)]`, the loss that Zhang et al. print in appendix F.

    Its value is D_f where u is the ratio, but it is descended as if u did not depend on Q, and f
    need not decrease: its gradient is `E_Q[u f'(u) d(log u)]`, that of forward KL sends samples
    away from the data.

    Args:
        divergence: D_f, any.

    Example:
        >>> from kfdiv import divergences
        >>> loss = PrintedForm(divergences.get("kl"))
        >>> [round(float(loss(tf.math.log(u))), 4) for u in (0.25, 1.0, 4.0)]
        [-0.3466, 0.0, 5.5452]
    """

    def __init__(self, divergence: Divergence) -> None:
        self.divergence = divergence

    def __call__(self, log_u: tf.Tensor) -> tf.Tensor:
        """Return f of estimates of log u, of their shape."""
        return self.divergence.f(log_u)


FORMS = {"decreasing": DecreasingForm, "printed": PrintedForm}


@registry.register("ratio_gan")
@dataclasses.dataclass(frozen=True)
class ClassProbabilities(AdversarialLoss):
    """A logistic critic; encoder and decoder descend f of its ratio, in its decreasing form.

    Args:
        divergence: D_f.
        joint: whether there is an encoder, whose f is that of the dual at 1/u.
        form: "decreasing", or "printed" for f as it is (Zhang et al., appendix F).

    Raises:
        ValueError: on an unknown form, and on a divergence of which no f decreases.

    Example:
        >>> loss = ClassProbabilities("squared_hellinger")
        >>> round(float(loss.decoder_loss(tf.math.log(0.25))), 4)
        1.0
    """

    divergence: Any = "js"
    joint: bool = False
    form: str = "decreasing"
    _of_decoder: Any = dataclasses.field(init=False, repr=False, compare=False)
    _of_encoder: Any = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        divergence = divergences.get(self.divergence)
        object.__setattr__(self, "divergence", divergence)
        form = FORMS[check_choice("form", self.form, FORMS)]
        object.__setattr__(self, "_of_decoder", form(divergence))
        object.__setattr__(self, "_of_encoder", self._dual() if self.joint else None)

    def _dual(self) -> Any:
        try:
            return FORMS[self.form](self.divergence.dual())
        except ValueError as error:
            raise ValueError(
                f"{self.divergence!r} is possible without an encoder alone: an encoder needs its "
                f"dual, and {error}"
            ) from error

    @property
    def bounded(self) -> Divergence:
        """The divergence."""
        return self.divergence

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return f(u) / u, the dual's f of 1/u, in the form that was chosen."""
        return self._of_encoder(-on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return f(u) in the form that was chosen."""
        return self._of_decoder(on_model)
