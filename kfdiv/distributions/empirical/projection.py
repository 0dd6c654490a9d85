"""A PCA subspace in which distances are cheap."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA as SklearnPCA
from sklearn.utils.extmath import randomized_svd

from kfdiv.arguments import check_count
from kfdiv.distributions.empirical.points import Points

# A PCA looks at no more numbers than these (256 MB): thousands of images span what a million do.
_FIT_NUMBERS = 2**26


class Projection:
    """Principal axes `U` `(D, components)` of the points, fitted once.

    Source: Zhang et al. 2019, appendix B.

    Args:
        points: the data, which count by their weights; with `components >= D` the axes are those of
            the data space itself.
        components: dimension of the subspace.

    Raises:
        ValueError: if `components` is not positive, or a PCA is asked of a single point.
    """

    def __init__(self, points: Points, components: int) -> None:
        components = check_count("components", components)
        if components >= points.dimension:
            axes = np.eye(points.dimension)
        else:
            if points.size < 2:
                raise ValueError(
                    "A PCA needs two data points or more, received one. Use mode='exact' for data "
                    "this small."
                )
            stride = -(-points.size * points.dimension // _FIT_NUMBERS)
            sample = points.values[::stride].numpy()
            weights = None if points.weights is None else points.weights[::stride]
            axes = _principal_axes(sample, weights, min(components, *sample.shape))
        self.components = axes.shape[1]
        with tf.init_scope():
            self.axes = tf.convert_to_tensor(axes, points.values.dtype)

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """Project `(n, D)` to `(n, components)`, `U^T x`."""
        return tf.matmul(x, self.axes)


def _principal_axes(x: np.ndarray, weights: np.ndarray | None, count: int) -> np.ndarray:
    """Return the first `count` principal axes of the rows of x as columns, `(D, count)`."""
    if weights is None:
        return SklearnPCA(count, random_state=0).fit(x).components_.T
    # scikit-learn's PCA takes no weights; its covariance is that of rows scaled by their roots.
    centred = x - np.average(x, axis=0, weights=weights)
    scaled = np.sqrt(weights)[:, np.newaxis] * centred
    _, _, axes = randomized_svd(scaled, count, n_iter=7, random_state=0)
    return axes.T
