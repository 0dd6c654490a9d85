"""Paths between latent codes, and neighbours among them."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

NEAREST = 4


def line(begin: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """Return `count` points evenly on the straight line from `begin` to `end`, ends included."""
    t = np.linspace(0, 1, count)[:, None]
    return (1 - t) * begin + t * end


def arc(begin: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """Return points at even angles about the origin; on the line if there is no angle."""
    lengths = np.linalg.norm(begin) * np.linalg.norm(end)
    cosine = np.clip(begin @ end / lengths, -1, 1) if lengths else 1.0
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-3:
        return line(begin, end, count)
    t = np.linspace(0, 1, count)[:, None]
    return (np.sin((1 - t) * angle) * begin + np.sin(t * angle) * end) / np.sin(angle)


PATHS = {"line": line, "arc": arc}


def longest_step(images: np.ndarray) -> float:
    """Return the longest step of a path of images, in mean steps."""
    steps = np.linalg.norm(np.diff(images.reshape(len(images), -1), axis=0), axis=1)
    return float(steps.max() / steps.mean())


def neighbors(codes: np.ndarray) -> np.ndarray:
    """Return the indices of the nearest others of each code, shape `(codes, NEAREST)`."""
    search = NearestNeighbors(n_neighbors=NEAREST).fit(codes)
    # Without arguments none is its own neighbour.
    return search.kneighbors(return_distance=False)
