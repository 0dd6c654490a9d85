"""How unlike one another samples are, by multi-scale structural similarity."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv.arguments import check_count, check_range
from kfdiv.data import examples
from kfdiv.evaluation.compared import Compared
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.sets import OUTSIDE, read_alike, share_outside, shuffled

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW = 11
_PAIRS = 500


def sample_diversity(
    images: Any,
    real: Any = None,
    *,
    value_range: tuple[float, float] = (0.0, 1.0),
    scales: int | None = None,
    seed: int = 0,
) -> Compared:
    """Estimate `1 - E[MS-SSIM(x, x')]` of two different images, by `tf.image.ssim_multiscale`.

    0 is said of images that are all the same. Neither much nor little is good: hold it against real
    data, whose value `real` puts beside it. Every image is in one pair of random partners, so that
    pairs are independent, and so the standard error is that of their mean.

    MS-SSIM's window of 11 pixels must fit into the coarsest scale, and each scale halves the sides:
    5 scales, as published, need sides of 161 pixels. Taken are as many as fit: 2 for sides from 21
    (28 and 32 pixels), 3 from 41 (64 pixels), 1 below. The exponents are the first of the published
    five, (0.0448, 0.2856, 0.3001, 0.2363, 0.1333), divided by their sum; figures of other numbers
    of scales are not comparable. An odd side's last row is mirrored before it is halved, as in the
    published program; packages that pad it with zeros, or cut it off, give other figures there.

    Source: Wang et al. 2003, "Multiscale structural similarity for image quality assessment"; as a
    measure of diversity: Odena et al. 2017; Rosca et al. 2018, appendix I and figure 5.

    Args:
        images: samples, whatever `fit` takes: shape `(images, height, width, channels)`. Of colour
            images the channels are compared one by one, and averaged.
        real: real test data, likewise, or None.
        value_range: of the pixels. 8-bit ones are scaled to it, and what noise takes out of it is
            clipped.
        scales: how many; by default as many as fit.
        seed: of the pairs.

    Returns:
        The diversities, from 0 to 1, with standard errors.

    Raises:
        ValueError: if images are too small for a window or the scales, of another shape, fewer than
            four, of different weights, or out of their range.

    Example:
        >>> noise = np.random.default_rng(0).random((6, 28, 28, 1))
        >>> found = sample_diversity(noise, real=np.repeat(noise[:1], 4, axis=0))
        >>> found.samples.value > 0.5, round(found.data.value, 6)
        (True, 0.0)
    """
    scale = check_range("value_range", value_range)
    sets = [_read(images, scale, "images"), *([] if real is None else [_read(real, scale, "real")])]
    sizes = {one.x.shape[1:] for one in sets}
    if len(sizes) > 1:
        raise ValueError(f"images and real must be of one shape, but got {sorted(sizes)}.")
    scales = _scales(sets[0].x.shape, scales)
    return Compared(*(_diversity(one.x, scale, scales, seed) for one in sets))


def _read(data: Any, scale: tuple[float, float], name: str) -> examples.Examples:
    why = "diversity is of pairs of images, which have none"
    found = read_alike(data, name, why, value_range=scale)
    if found.x.ndim != 4 or len(found) < 4:
        raise ValueError(
            f"{name} must be four or more, two pairs, without which there is no standard error, of "
            f"shape (images, height, width, channels), but got shape {found.x.shape}."
        )
    if share_outside(found.x, scale) > OUTSIDE:
        raise ValueError(
            f"{name} go from {found.x.min():g} to {found.x.max():g}, far out of the value_range "
            f"{scale}. Say how their pixels are scaled: value_range=(-1, 1), say."
        )
    return found


def _scales(shape: tuple[int, ...], asked: int | None) -> int:
    """Return how many scales are used of images of a shape, or raise if they do not fit."""
    side, room = min(shape[1:3]), 0
    while side >= _WINDOW and room < len(_WEIGHTS):
        side, room = (side + 1) // 2, room + 1
    if room == 0:
        raise ValueError(
            f"Images of {shape[1]} x {shape[2]} pixels are too small for MS-SSIM, whose window has "
            f"{_WINDOW} x {_WINDOW}. Enlarge them: tf.image.resize."
        )
    asked = room if asked is None else check_count("scales", asked)
    if asked > room:
        raise ValueError(
            f"scales must be at most {room} for images of {shape[1]} x {shape[2]} pixels, whose "
            f"sides are halved at each and must hold a window of {_WINDOW}, but got {asked}."
        )
    return asked


def _diversity(x: np.ndarray, scale: tuple[float, float], scales: int, seed: int) -> Estimate:
    low, high = scale
    half = len(x) // 2
    order = shuffled(len(x), seed, "pairs")
    first, second = order[:half], order[half : 2 * half]
    exponents = np.asarray(_WEIGHTS[:scales]) / sum(_WEIGHTS[:scales])
    values = []
    for start in range(0, half, _PAIRS):
        rows = slice(start, start + _PAIRS)
        pair = (
            np.clip((x[side[rows]] - low) / (high - low), 0.0, 1.0).astype(np.float32)
            for side in (first, second)
        )
        values.append(1.0 - tf.image.ssim_multiscale(*pair, 1.0, exponents.tolist()).numpy())
    return Estimate.of(np.concatenate(values))
