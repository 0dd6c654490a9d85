"""Arrays in a file of `numpy.savez`."""

from __future__ import annotations

import os
import zipfile
from typing import Any

import numpy as np

from kfdiv.arguments import check_flag, did_you_mean
from kfdiv.data import own_file, splitting, validate
from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.registry import registry
from kfdiv.data.source import Source
from kfdiv.data.standardization import Standardization


@registry.register("npz")
def npz(
    split: str = "train",
    *,
    path: str | os.PathLike[str],
    key: str | None = None,
    label_key: str | None = None,
    standardize: bool = False,
    test_share: float = splitting.TEST_SHARE,
    split_seed: int = 0,
) -> Source:
    """Give the examples of an array in an `.npz` file: uint8 pixels, or floats.

    Images are NHWC; grey ones of uint8 pixels may lack the last axis. Where the file has arrays of
    the key's name and a split's, such as `x_train` and `x_test`, those are the splits; else the
    rows are divided at random.

    Args:
        split: `"train"` or `"test"`.
        path: the file.
        key: of the examples; None for the only array, or for `x`.
        label_key: of their labels, if there are any: integers, booleans or texts, which become 0,
            1, ... in their order, and `stream.info.class_names` their names; or floats.
        standardize: give each column of a table mean 0 and deviation 1 over the training split;
            `stream.info.standardization` turns samples back.
        test_share: the share of the rows that is to test on, from 0 to below 1.
        split_seed: of the split.

    Returns:
        A source of the array's examples.

    Raises:
        FileNotFoundError: if there is no such file.
        TypeError: if a dtype or the type of a setting is wrong.
        ValueError: if the file is damaged, has no such key, or holds Python objects; if arrays are
            of different lengths, or not finite; or if the split is empty.

    Example:
        >>> import kfdiv, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.npz"
        >>> np.savez(path, x=np.random.default_rng(0).normal(size=(500, 2)), c=np.arange(500) % 3)
        >>> kfdiv.data.load("npz", path=path, label_key="c").element_spec[0].shape
        TensorShape([100, 2])
    """
    check_flag("standardize", standardize)
    splitting.check(split, test_share, split_seed)
    path = own_file.existing(path, "an .npz file, as numpy.savez writes it")
    with _opened(path) as arrays:
        key = _key(arrays, key, path)
        divided = f"{key}_train" in arrays and key not in arrays
        if divided and (test_share, split_seed) != (splitting.TEST_SHARE, 0):
            raise ValueError(
                f"Received test_share={test_share}, split_seed={split_seed}, but {path} has "
                f"{key}_train, so that the splits are arrays of it. Leave both out."
            )
        suffix = f"_{split}" if divided else ""
        x = validate.examples(_array(arrays, key + suffix, path))
        if x.dtype == np.uint8 and x.ndim == 3:
            x = x[..., None]
        y, class_names = None, None
        if label_key is not None:
            y = _array(arrays, label_key + suffix, path)
            if y.ndim == 1:
                # Over all splits, so that a label means the same in each.
                keys = (
                    [f"{label_key}_{part}" for part in splitting.SPLITS] if divided else [label_key]
                )
                parts = [_array(arrays, name, path) for name in keys if name in arrays]
                labels, class_names = own_file.classes(np.concatenate(parts))
                y = labels[len(parts[0]) :] if split == "test" and divided else labels[: len(y)]
            y = validate.labels(y, len(x))
        train = _array(arrays, f"{key}_train", path) if divided and standardize else x
        if not divided:
            test = splitting.by_place(len(x), test_share, split_seed)
            rows = splitting.chosen(test, split, path)
            train = x[~test]
            x, y = x[rows], None if y is None else y[rows]
        standardization = None
        if standardize:
            standardization = _standardization(train)
            x = standardization.standardize(x)
    info = Info(
        "npz",
        split,
        num_classes=None if class_names is None else len(class_names),
        class_names=class_names,
        standardization=standardization,
        digest=own_file.digest(path),
    )
    return MemorySource(x, y, info)


def _opened(path: str) -> Any:
    # NumPy would leave a file open that is none.
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is no .npz file, or a damaged one. Write it by numpy.savez(path, x=x)."
        )
    return np.load(path)


def _key(arrays: Any, key: str | None, path: str) -> str:
    if key is not None:
        return key
    if len(arrays.files) == 1:
        return arrays.files[0]
    if "x" in arrays or "x_train" in arrays:
        return "x"
    if not arrays.files:
        raise ValueError(f"{path} holds no array. Write it by numpy.savez(path, x=x).")
    raise ValueError(
        f"{path} has several arrays: {_names(arrays)}. Say which one holds the examples: key=..."
    )


def _array(arrays: Any, key: str, path: str) -> np.ndarray:
    if key not in arrays:
        raise ValueError(
            f"{path} has no array {key!r}.{did_you_mean(key, arrays.files)} It has "
            f"{_names(arrays)}."
        )
    try:
        return arrays[key]
    except (EOFError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"The array {key!r} of {path} cannot be read ({error}). Write numbers, or texts as "
            'labels, by numpy.savez; x.astype("float32") makes numbers of objects.'
        ) from error


def _names(arrays: Any) -> str:
    return ", ".join(arrays.files)


def _standardization(train: np.ndarray) -> Standardization:
    if train.ndim != 2 or train.dtype == np.uint8:
        raise ValueError(
            f"Received standardize=True, but examples of shape {train.shape[1:]} and dtype "
            f"{train.dtype}; only columns of floats can be standardised, as they are of the "
            "preset tabular. Leave it out; pictures are for the preset images."
        )
    return Standardization.of(train, [f"x{place}" for place in range(train.shape[1])])
