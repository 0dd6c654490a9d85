"""Fit latent-variable models to data by any f-divergence, `D_f(P || Q) = E_Q[f(p/q)]`.

Which divergence is minimised and how it is estimated are one word each:
`model.compile(divergence="rkl"); model.fit(dataset)`.
"""

from kfdiv import startup

with startup.without_log_lines():
    import keras

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"kfdiv needs Keras's TensorFlow backend, but Keras is running on "
        f"{keras.backend.backend()!r}. Set the environment variable KERAS_BACKEND=tensorflow "
        "before Keras is first imported."
    )

from kfdiv import (
    callbacks,
    data,
    distributions,
    divergences,
    evaluation,
    flows,
    losses,
    metrics,
    models,
    networks,
    noise,
    optimizers,
    penalties,
    plotting,
    presets,
    random,
    strategies,
)

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "callbacks",
    "data",
    "distributions",
    "divergences",
    "evaluation",
    "flows",
    "losses",
    "metrics",
    "models",
    "networks",
    "noise",
    "optimizers",
    "penalties",
    "plotting",
    "presets",
    "random",
    "strategies",
]
