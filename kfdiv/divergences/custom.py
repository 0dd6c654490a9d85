"""A user's own f-divergence, from f alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, Self

import keras
import tensorflow as tf

from kfdiv.arguments import check_choice, check_flag
from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry
from kfdiv.divergences.generator import Generator
from kfdiv.divergences.generator_checks import check_generator
from kfdiv.divergences.jet import Jet


@keras.saving.register_keras_serializable(package="kfdiv")
class Custom(Divergence):
    """The divergence of a user's f: f' and u f'' by autodiff, f* by a numeric Legendre transform.

    f must be convex on u > 0 with f(1) = 0, elementwise, and made of TensorFlow or `keras.ops`
    operations with constants written as Python numbers. It is called with float64 tensors whatever
    the dtype asked for, and only where it can be evaluated: at most for |log u| <= 177, less if it
    overflows or is lost to rounding before. Beyond, it is continued by the power law that u f''
    follows there, so that an f of u, too, serves all |log u| <= 1e4 (`tail.py` says when the
    continuation is exact).

    Args:
        function: f, or a string: the name of a registered divergence, whose f is taken, or of a
            function registered by `keras.saving.register_keras_serializable`.
        argument: what f is a function of, `"u"` or `"log_u"`.
        swapped: whether to measure D_f(Q || P) instead, which is what `dual()` sets.
        name: the layer's name.

    Raises:
        TypeError: if `function` is neither callable nor a string, or `swapped` no bool.
        RuntimeError: inside a `tf.function`, where f cannot be tried out.
        ValueError: if f is not finite, elementwise, convex and 0 at 1; the message says what to do.

    Example:
        >>> from kfdiv import divergences
        >>> cubic = divergences.Custom(lambda u: u**3 - 1)
        >>> [float(m(tf.math.log(2.0))) for m in (cubic.f, cubic.f_prime, cubic.curvature)]
        [7.0, 12.0, 24.0]
        >>> float(cubic.conjugate(12.0))  # 2 * 12 - f(2)
        17.0
        >>> divergences.Custom(lambda u: u**2)
        Traceback (most recent call last):
        ...
        ValueError: The generator '<lambda>' has f(1) = 1, but f(1) must be 0. Subtract 1 from it.
    """

    def __init__(
        self,
        function: Callable[[tf.Tensor], tf.Tensor] | str,
        argument: Literal["u", "log_u"] = "u",
        swapped: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.function = function
        self.argument = check_choice("argument", argument, ("u", "log_u"))
        self.swapped = check_flag("swapped", swapped)
        _resolve(function, argument)  # Refuses what is no function, which may be unhashable.
        self._generator = _tried_out(function, argument)

    @property
    def conjugate_domain(self) -> tuple[float, float]:
        """The limits of f' as u tends to 0 and to infinity, read off its tails."""
        above, below = self._generator.above, self._generator.below
        if self.swapped:
            above, below = below, above
        return -below.remainder_limit, above.f_prime_limit

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator as the user gave it."""
        return self._evaluate(log_u, lambda jet: jet.f, lambda jet: jet.u_f_prime)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u), by autodiff."""
        return self._evaluate(log_u, lambda jet: jet.f_prime, lambda jet: jet.curvature)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u)."""
        return self._evaluate(log_u, lambda jet: jet.remainder, lambda jet: jet.u_curvature)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u), by autodiff."""
        return self._evaluate(log_u, lambda jet: jet.curvature)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = b = f(u) / (1 + u), the balance heuristic."""

        def dual_f(log_u: tf.Tensor) -> tf.Tensor:
            return self._evaluate(log_u, lambda jet: jet.f, lambda jet: jet.u_f_prime, dual=True)

        half = stable.balanced(log_u, self.f, dual_f)
        return half, half

    def dual(self) -> Custom:
        """Return the divergence of the same f with P and Q swapped."""
        return Custom(self.function, self.argument, swapped=not self.swapped)

    def _evaluate(
        self,
        log_u: tf.Tensor,
        value: Callable[[Jet], tf.Tensor],
        derivative: Callable[[Jet], tf.Tensor] | None = None,
        dual: bool = False,
    ) -> tf.Tensor:
        log_u = tf.convert_to_tensor(log_u)
        swap = self.swapped != dual

        def jet(x: tf.Tensor) -> Jet:
            return self._generator.at(-x).swapped() if swap else self._generator.at(x)

        def function(x: tf.Tensor) -> tf.Tensor:
            return value(jet(x))

        if derivative is None:
            function = stable.differentiable(function)
        else:
            function = stable.with_derivative(function, lambda x: derivative(jet(x)))
        return tf.cast(function(tf.cast(log_u, "float64")), log_u.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        function = self.function
        return {
            **super().get_config(),
            "function": function
            if isinstance(function, str)
            else keras.saving.serialize_keras_object(function),
            "argument": self.argument,
            "swapped": self.swapped,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build a divergence from what `get_config` returned."""
        function = config["function"]
        if not isinstance(function, str):
            function = keras.saving.deserialize_keras_object(function)
        return cls(**{**config, "function": function})

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", self.function)
        return f"Custom({name}, argument={self.argument!r}, swapped={self.swapped})"


# Once tried out, a function may be met again where that is not possible: `dual()` in a graph.
@functools.lru_cache(maxsize=128)
def _tried_out(function: Callable[[tf.Tensor], tf.Tensor] | str, argument: str) -> Generator:
    """Return what evaluates f and its derivatives, or raise if f is no generator."""
    label = f"The generator {getattr(function, '__name__', function)!r}"
    callback, in_log_u = _resolve(function, argument)
    if not tf.executing_eagerly():
        raise RuntimeError(f"{label} is tried out first: make its divergence outside a graph.")
    check_generator(callback, in_log_u, label)
    return Generator(callback, in_log_u)


def _resolve(
    function: Callable[[tf.Tensor], tf.Tensor] | str, argument: str
) -> tuple[Callable[[tf.Tensor], tf.Tensor], bool]:
    """Return a callable, and whether it takes log u."""
    if isinstance(function, str):
        if function in registry:
            return registry[function]().f, True
        registered = keras.saving.get_registered_object(function)
        if registered is None:
            raise ValueError(
                f"{registry.unknown(function)} Or name a function registered with "
                "`keras.saving.register_keras_serializable(package, name)`, as 'package>name'."
            )
        function = registered
    if isinstance(function, type) or not callable(function):
        raise TypeError(
            "A custom divergence is made from a callable f, such as `lambda u: (u - 1) ** 2`, or "
            f"from a name, not from {function!r}."
        )
    return function, argument == "log_u"
