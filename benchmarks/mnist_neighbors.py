"""Which neighbours the paper's estimator of p^(y) draws on MNIST: eq. 33, and both forms of eq. 35.

    TFDS_DATA_DIR=... python benchmarks/mnist_neighbors.py

Softmaxes over all training images are computed in NumPy, in the subspace of the paper's 50
principal components, at test digits x with noise of the paper's width .8 on them, y. Told are

- the effective number of neighbours, 1 / sum_n p(n|y)^2, and the exponential of the entropy;
- the variance of one neighbour, the trace of its covariance: that of the score is this over T
  neighbours and the width to the power of four;
- the bias, the distance of the mean neighbour from that of the exact p(n|y), of all pixels.

Means over the digits. Source: Zhang et al. 2019, appendix B, eq. 33 to 35.
"""

from __future__ import annotations

import numpy as np
import timing
from absl import app, flags

_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for the JSON file.")
_DIGITS = flags.DEFINE_integer("digits", 200, "Test digits to look at.", lower_bound=1)
_COMPONENTS = flags.DEFINE_integer("components", 50, "Of the subspace.", lower_bound=1)
_WIDTH = flags.DEFINE_float("width", 0.8, "Of the noise.", lower_bound=1e-3)
_TEMPERATURE = flags.DEFINE_float("temperature", 10.0, "T of eq. 35.", lower_bound=1e-3)
_SEED = flags.DEFINE_integer("seed", 0, "Of the noise.")
BLOCK = 100


def images(split: str) -> np.ndarray:
    """Return a split's images, `(N, 784)`, pixels in [0, 1]."""
    import kfdiv

    stream = kfdiv.data.load("mnist", split, batch_size=1_000).stream
    batches = stream.examples().as_numpy_iterator()
    return np.concatenate([batch[0].reshape(len(batch[0]), -1) for batch in batches])


def principal(x: np.ndarray, count: int) -> np.ndarray:
    """Return the directions of the largest variance of centred points, `(D, count)`."""
    return np.linalg.eigh(x.T @ x)[1][:, -count:]


def softmax(at: np.ndarray, points: np.ndarray, precision: float) -> np.ndarray:
    """Return `softmax_n(-precision |at - points_n|^2)`."""
    logits = -precision * (np.square(points).sum(1) - 2 * at @ points.T)
    weights = np.exp((logits - logits.max(1, keepdims=True)).astype("float64"))
    return weights / weights.sum(1, keepdims=True)


def measure() -> dict[str, dict[str, float]]:
    """Return the figures of every form by name."""
    train, test = images("train"), images("test")[: _DIGITS.value]
    centre = train.mean(0)
    train, test = train - centre, test - centre
    rng = np.random.default_rng(_SEED.value)
    noised = test + _WIDTH.value * rng.standard_normal(test.shape, "float32")
    basis = principal(train, _COMPONENTS.value)
    projected, squares = train @ basis, np.square(train).sum(1)
    inverse, temperature = 0.5 / _WIDTH.value**2, _TEMPERATURE.value
    forms = {
        "eq. 33": (noised @ basis, projected, inverse),
        "eq. 35 as printed": (test @ basis, projected, 1 / temperature),
        "eq. 35 as meant": (test @ basis, projected, temperature),
        "exact": (noised, train, inverse),
    }
    found: dict[str, list[list[float]]] = {name: [] for name in forms}
    for start in range(0, len(test), BLOCK):
        rows, means = slice(start, start + BLOCK), {}
        for name, (at, points, precision) in reversed(forms.items()):
            weights = softmax(at[rows], points, precision)
            entropy = -(weights * np.log(np.where(weights > 0, weights, 1.0))).sum(1)
            means[name] = mean = weights.astype("float32") @ train
            variance = weights @ squares - np.square(mean).sum(1)
            bias = np.linalg.norm(mean - means["exact"], axis=1)
            effective = 1.0 / np.square(weights).sum(1)
            columns = (effective, np.exp(entropy), variance, bias)
            found[name] += np.stack(columns, 1).tolist()
    names = ("effective_neighbours", "perplexity", "variance", "bias")
    return {
        name: dict(zip(names, np.mean(rows, 0).tolist(), strict=True))
        for name, rows in found.items()
    }


def publish(found: dict[str, dict[str, float]], machine: dict[str, object]) -> None:
    """Print the figures, and write them as `timing.publish` does."""
    flags_taken = (_DIGITS, _COMPONENTS, _WIDTH, _TEMPERATURE, _SEED)
    header = ("p(n given y)", *(name.replace("_", " ") for name in next(iter(found.values()))))
    rows = [(name, *figures.values()) for name, figures in found.items()]
    record = {
        "benchmark": "mnist_neighbors",
        **{flag.name: flag.value for flag in flags_taken},
        "machine": machine,
        "forms": found,
        "note": "No times: neighbours that Zhang et al.'s estimator of p^(y) draws on MNIST, by "
        "the forms of their appendix B; means over test digits.",
    }
    timing.publish(record, header, rows, _RESULTS.value)


def main(_: list[str]) -> None:
    """Measure, print and write."""
    machine = timing.machine(1)
    timing.pin(1)
    publish(measure(), machine)


if __name__ == "__main__":
    app.run(main)
