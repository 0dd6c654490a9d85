"""The pictures below a folder: which files, in which split, and with which label."""

from __future__ import annotations

import concurrent.futures
import hashlib
import itertools
import os
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kfdiv.arguments import check_choice
from kfdiv.data import pictures, splitting
from kfdiv.data.damaged import DamagedFileError, some

# A folder that has subfolders of the first two names has its splits made already.
SPLIT_FOLDERS = ("train", "test", "validation")
ON_UNREADABLE = ("refuse", "skip")

# Files are opened, not computed with: more at once than there are cores, on a network's disk.
_OPENED_AT_ONCE = 16
_CHUNK = 256


class Listing(NamedTuple):
    """Pictures by their paths below a folder.

    Attributes:
        root: the folder, an absolute path.
        names: paths below it, sorted, with `/` between their parts.
        labels: int32 of shape `(names,)`, or None.
        class_names: what the labels mean, or None.
        digest: of all names and sizes in bytes below the folder, in whichever split.
    """

    root: str
    names: Sequence[str]
    labels: np.ndarray | None
    class_names: tuple[str, ...] | None
    digest: str

    def paths(self) -> list[str]:
        """Return the paths of the files."""
        return [os.path.join(self.root, name) for name in self.names]

    def of_rows(self, rows: np.ndarray) -> Listing:
        """Return some of the pictures, by their numbers."""
        labels = None if self.labels is None else self.labels[rows]
        return self._replace(names=[self.names[row] for row in rows], labels=labels)


def pictures_below(path: str | os.PathLike[str], unreadable: str = "refuse") -> Listing:
    """List the PNG and JPEG files below a folder, at any depth.

    Files and folders whose name begins with a dot are not looked at. The label of a picture is the
    subfolder of `path` that it is in, if there are two or more, and no picture beside them.

    Args:
        path: the folder.
        unreadable: "refuse" files that are no PNG or JPEG, by their name or by how they begin; or
            "skip" them, with a warning that names them.

    Raises:
        FileNotFoundError: if there is no such folder, or no picture in it.
        NotADirectoryError: if it is a file.
        ValueError: if there are other files, too.
    """
    check_choice("unreadable", unreadable, ON_UNREADABLE)
    root = os.path.abspath(os.path.expanduser(os.fspath(path)))
    if not os.path.exists(root):
        raise FileNotFoundError(f"There is no folder {root}; check path.")
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root} is a file; path must be the folder that holds pictures.")
    found = _files_below(root)
    names = [name for name in found if name.lower().endswith(pictures.SUFFIXES)]
    if not names:
        others = f", only {some(found)}" if found else ", nor any other file"
        raise FileNotFoundError(
            f"There is no picture below {root}{others}; expected files that end in "
            f"{', '.join(pictures.SUFFIXES)}."
        )
    sizes, wrong = _opened(root, names)
    foreign = sorted(set(found) - set(names))
    faults = [f"{os.path.join(root, name)} is none by its name" for name in foreign] + wrong
    names = [name for name in names if name in sizes]
    report(faults, unreadable, len(names))
    return Listing(root, names, *_labels(names), _digest(sizes))


def report(faults: list[str], unreadable: str, left: int) -> None:
    """Refuse what is wrong with files, or warn of it.

    Args:
        faults: a phrase about each of the files, which begins with its path.
        unreadable: what is to be done.
        left: how many files there are without them.

    Raises:
        DamagedFileError: if there are faults that are not to be skipped, or nothing is left.
    """
    if not faults:
        return
    which = f"{len(faults)} file{'s' * (len(faults) > 1)} that cannot be pictures of the data set"
    if unreadable == "skip" and left:
        warnings.warn(f"Left out {which}: {some(faults)}. {left} are left.", stacklevel=4)
        return
    raise DamagedFileError(
        f"Found {which}: {some(faults)}. Convert them to PNG or JPEG, or move them away"
        + ("; or pass unreadable='skip' to leave them out." if left else ".")
    )


def of_split(listing: Listing, split: str, test_share: float, split_seed: int) -> Listing:
    """Return the pictures of a split; see `kfdiv.data.folder.folder`.

    Raises:
        ValueError: if there is no such split, or there is nothing in it, or pictures lie beside
            the subfolders that are splits, or such are there and a share is given, too.
    """
    tops = {name.split("/")[0] for name in listing.names}
    if not {"train", "test"} <= tops:
        splitting.check(split, test_share, split_seed)
        test = splitting.by_name(listing.names, test_share, split_seed)
        return listing.of_rows(splitting.chosen(test, split, listing.root))
    beside = sorted(tops.difference(SPLIT_FOLDERS))
    if beside:
        raise ValueError(
            f"{listing.root} has subfolders train and test, which are taken for the splits, and "
            f"beside them pictures in {some(beside)}. Move those into one of the splits, or give "
            "another path."
        )
    if (test_share, split_seed) != (splitting.TEST_SHARE, 0):
        raise ValueError(
            f"Received test_share={test_share}, split_seed={split_seed}, but {listing.root} has "
            "subfolders train and test, which are the splits. Leave both out."
        )
    check_choice("split", split, sorted(tops))
    splits, _, below = zip(*(name.partition("/") for name in listing.names), strict=True)
    # Over all splits, so that a label means the same in each.
    labels, classes = _labels(below)
    whole = Listing(os.path.join(listing.root, split), below, labels, classes, listing.digest)
    return whole.of_rows(np.flatnonzero(np.array(splits) == split))


def _files_below(root: str) -> list[str]:
    """Return all files below a folder, through links, each folder once."""
    found, seen = [], {os.path.realpath(root)}
    for folder, subfolders, files in os.walk(root, followlinks=True):
        kept = []
        for name in sorted(subfolders):
            real = os.path.realpath(os.path.join(folder, name))
            if not name.startswith(".") and real not in seen:
                seen.add(real)
                kept.append(name)
        subfolders[:] = kept
        below = os.path.relpath(folder, root)
        prefix = "" if below == "." else below.replace(os.sep, "/") + "/"
        found += [prefix + name for name in files if not name.startswith(".")]
    return sorted(found)


def _opened(root: str, names: list[str]) -> tuple[dict[str, int], list[str]]:
    """Return the sizes of files that begin as pictures do, and what is wrong with the others."""

    def look(start: int) -> list[int | str]:
        chunk = names[start : start + _CHUNK]
        return [_size_or_fault(os.path.join(root, name)) for name in chunk]

    with concurrent.futures.ThreadPoolExecutor(_OPENED_AT_ONCE) as pool:
        chunks = pool.map(look, range(0, len(names), _CHUNK))
        looked = dict(zip(names, itertools.chain.from_iterable(chunks), strict=True))
    sizes = {name: size for name, size in looked.items() if isinstance(size, int)}
    return sizes, [fault for fault in looked.values() if isinstance(fault, str)]


def _size_or_fault(path: str) -> int | str:
    try:
        return pictures.check_begin(path)
    except DamagedFileError as error:
        return str(error)


def _labels(names: Sequence[str]) -> tuple[np.ndarray | None, tuple[str, ...] | None]:
    tops = [name.partition("/")[0] if "/" in name else None for name in names]
    if None in tops or len(set(tops)) < 2:
        return None, None
    classes = sorted(set(tops))
    place = {name: label for label, name in enumerate(classes)}
    return np.array([place[top] for top in tops], np.int32), tuple(classes)


def _digest(sizes: dict[str, int]) -> str:
    lines = "".join(f"{name}\0{size}\n" for name, size in sizes.items())
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()[:16]
