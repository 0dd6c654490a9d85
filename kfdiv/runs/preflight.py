"""What can be known before a run: whether all that it is to write can be written."""

from __future__ import annotations

import keras
import numpy as np

from kfdiv import files
from kfdiv.models import export
from kfdiv.runs.workdir import Workdir

# The model and a backup; more of each is there only while one takes the other's place.
_CHECKPOINTS = 2
# The weights, and Adam's two moments of each.
_COPIES = 3


def check(workdir: Workdir, model: keras.Model) -> None:
    """Raise if a run could not write its outputs.

    Args:
        workdir: the run's folder; it need not exist yet.
        model: that is trained.

    Raises:
        OSError: if the folder cannot be written to, or the disk is too full; if a file's name is
            taken by a folder, or a folder's by a file; if `export` is not an export.
    """
    files.check_folder_writable(workdir.path, "--workdir")
    for path in workdir.outputs:
        if path in workdir.folders and path.exists() and not path.is_dir():
            raise NotADirectoryError(f"{path} is a file, and is to be a folder. Move it away.")
        if path not in workdir.folders and path.is_dir():
            raise IsADirectoryError(f"{path} is a folder, and is to be a file. Move it away.")
    export.check_target(workdir.export)
    size = sum(4 * int(np.prod(weight.shape)) for weight in model.weights)
    files.check_space(workdir.path, _CHECKPOINTS * _COPIES * size, "two checkpoints")
