"""Which examples of one's own data are for training, and which are kept back to test on."""

from __future__ import annotations

import hashlib

import numpy as np

from kfdiv.arguments import check_choice, check_count, check_number

SPLITS = ("train", "test")
TEST_SHARE = 0.1

_BYTES = 8


def check(split: str, test_share: float, split_seed: int) -> None:
    """Raise a ValueError where these are no settings of a split.

    Args:
        split: `"train"` or `"test"`.
        test_share: of the examples, from 0 to below 1.
        split_seed: an integer, 0 or more.
    """
    check_choice("split", split, SPLITS)
    check_number("test_share", test_share, least=0.0, below=1.0)
    check_count("split_seed", split_seed, least=0)


def by_name(names: list[str], test_share: float, split_seed: int) -> np.ndarray:
    """Say of each name whether it is to test on: a hash of it and the seed decides.

    So it stays where it is, whatever names come or go.

    Args:
        names: such as paths of files below a folder.
        test_share: the expected share of them.
        split_seed: another one makes another split.

    Returns:
        A boolean array of shape `(names,)`.

    Example:
        >>> names = [f"{k}.png" for k in range(1_000)]
        >>> test = by_name(names, 0.1, 0)
        >>> bool((test[:500] == by_name(names[:500], 0.1, 0)).all()), float(test.mean())
        (True, 0.1)
    """
    places = [_place(f"{split_seed}/{name}") for name in names]
    return np.array(places, np.float64) < test_share


def by_place(count: int, test_share: float, split_seed: int) -> np.ndarray:
    """Say of each row whether it is to test on; rows that are added at the end change no other's.

    Args:
        count: how many rows.
        test_share: the expected share of them.
        split_seed: another one makes another split.

    Returns:
        A boolean array of shape `(count,)`.

    Example:
        >>> bool((by_place(500, 0.1, 0) == by_place(1_000, 0.1, 0)[:500]).all())
        True
    """
    return np.random.default_rng(split_seed).random(count) < test_share


def chosen(test: np.ndarray, split: str, what: str) -> np.ndarray:
    """Return the numbers of the examples of a split.

    Args:
        test: which are to test on.
        split: `"train"` or `"test"`.
        what: the data, for the error.

    Raises:
        ValueError: if there are none.
    """
    found = np.flatnonzero(test if split == "test" else ~test)
    if not len(found):
        raise ValueError(
            f"None of the {len(test)} examples of {what} is in the split {split!r}. Change "
            f"test_share or split_seed, or take split={'train' if split == 'test' else 'test'!r}."
        )
    return found


def _place(text: str) -> float:
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()[:_BYTES]
    return int.from_bytes(digest, "big") / 2 ** (8 * _BYTES)
