"""A PCA subspace in which distances are cheap."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA as SklearnPCA

from kfdiv.arguments import check_count
from kfdiv.distributions.empirical.points import Points

# A PCA looks at no more numbers than these (256 MB): thousands of images span what a million do.
_FIT_NUMBERS = 2**26


class Projection:
    """Principal axes `U` `(D, components)` of the points, fitted once.

    Source: Zhang et al. 2019, appendix B.

    Args:
        points: the data; with `components >= D` the axes are those of the data space itself.
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
            pca = SklearnPCA(min(components, *sample.shape), random_state=0).fit(sample)
            axes = pca.components_.T
        self.components = axes.shape[1]
        with tf.init_scope():
            self.axes = tf.convert_to_tensor(axes, points.values.dtype)

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """Project `(n, D)` to `(n, components)`, `U^T x`."""
        return tf.matmul(x, self.axes)
