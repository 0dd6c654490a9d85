"""A few of the pictures of a run, small, from its first epoch to its newest."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

from kfdiv import files, plotting
from kfdiv.arguments import check_count
from kfdiv.callbacks.run_identity import OPEN

_NAME = re.compile(r"epoch-(\d+)\.png")
_RUN = "kfdiv-run"


class PictureHistory:
    """Keeps small copies of a picture, never more than `most`, however long the run.

    Kept are the first picture and those of every s-th epoch, s a power of two that doubles as the
    run goes on; which ones they are depends on the newest epoch alone. A file says of what run it
    is, so that another's is known.

    Args:
        folder: where; it is made with the first.
        every: epochs between pictures.
        most: copies that are kept.
        run: what the pictures are of, as of `ExactResume`.

    Example:
        >>> history = PictureHistory("run/history", most=4)
        >>> [epoch for epoch in range(1, 13) if history.is_kept(epoch, newest=12)]
        [1, 4, 8, 12]
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every: int = 1,
        most: int = 20,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = pathlib.Path(folder)
        self.every = check_count("every", every, expected="a positive number of epochs")
        self.most = check_count("most", most, least=2)
        own = {name: value for name, value in (run or {}).items() if name != OPEN}
        self._run = hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()

    def is_kept(self, epoch: int, newest: int) -> bool:
        """Say whether an epoch's picture is kept, once that of another one is there.

        Args:
            epoch: from 1.
            newest: the last epoch so far.
        """
        index, rest = divmod(epoch, self.every)
        stride = 1
        while newest // self.every // stride >= self.most:
            stride *= 2
        return rest == 0 and index > 0 and (index == 1 or index % stride == 0)

    def add(self, picture: pathlib.Path, epoch: int) -> None:
        """Keep a copy of a picture, and remove those that are no longer kept.

        Args:
            picture: an image file.
            epoch: of the picture, which `is_kept` for itself.
        """
        target = self.folder / f"epoch-{epoch:06d}.png"
        plotting.save_thumbnail(picture, target, text={_RUN: self._run})
        for older, path in self._there():
            if older < epoch and not self.is_kept(older, epoch):
                path.unlink(missing_ok=True)

    def found(self, newest: int) -> tuple[list[tuple[int, pathlib.Path]], list[str]]:
        """Return what is there of the epochs so far, and what is to be told of the others.

        Args:
            newest: the last epoch so far; a run that went on from an earlier state has not reached
                later ones.
        """
        good, notes = [], []
        for epoch, path in self._there():
            if epoch > newest:
                continue
            try:
                self._check(path)
                good.append((epoch, path))
            except files.DamageError as error:
                notes.append(f"{error}: left out.")
        return good, notes

    def _check(self, path: pathlib.Path) -> None:
        from PIL import Image

        name = f"{path.parent.name}/{path.name}"
        try:
            with Image.open(path) as picture:
                picture.verify()
                run = picture.info.get(_RUN)
        except (OSError, SyntaxError, ValueError) as error:
            raise files.DamageError(f"{name} is no whole picture") from error
        if run != self._run:
            raise files.DamageError(f"{name} is of another run")

    def _there(self) -> list[tuple[int, pathlib.Path]]:
        found = [(_NAME.fullmatch(path.name), path) for path in self.folder.glob("epoch-*.png")]
        return sorted((int(match[1]), path) for match, path in found if match)
