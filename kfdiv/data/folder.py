"""Any pictures: a folder of PNG and JPEG files."""

from __future__ import annotations

import os

from kfdiv.arguments import check_choice, check_count
from kfdiv.data import listing, pictures
from kfdiv.data.info import Info
from kfdiv.data.picture_source import PictureSource
from kfdiv.data.prepared import MEMORY_LIMIT
from kfdiv.data.registry import registry
from kfdiv.data.source import Source
from kfdiv.data.splitting import TEST_SHARE

CHANNELS = (1, 3)


@registry.register("folder")
def folder(
    split: str = "train",
    *,
    path: str | os.PathLike[str],
    size: int,
    channels: int = 3,
    resize: str = "crop",
    test_share: float = TEST_SHARE,
    split_seed: int = 0,
    unreadable: str = "refuse",
    in_memory: bool | None = None,
) -> Source:
    """Give the PNG and JPEG files below a folder, at any depth, as squares of one size.

    A picture is turned as its camera says, put on white where it is transparent, made grey or
    given three channels, and resized with antialiasing: by default the central square, as large as
    the picture allows. The label of a picture is the subfolder of `path` that it is in, in
    alphabetical order, if there are two or more and no picture beside them; `stream.info` has
    their names. Files and folders whose name begins with a dot are not looked at.

    Nothing is decoded before it is wanted, so that the first batch is there at once; every file is
    opened, to see that it begins as a PNG or JPEG file does. Pictures are kept in memory once they
    were read if all of them take at most 1 GiB there, else read anew each epoch. Either way a batch
    is a function of the seed and the step.

    Args:
        split: `"train"` or `"test"`: a hash of its path below the folder, and of `split_seed`,
            decides where a picture is, which stays there whatever comes or goes. If the folder has
            subfolders `train` and `test`, and `validation` or not, those are the splits.
        path: the folder.
        size: side of the squares in pixels.
        channels: 3, or 1 for grey.
        resize: `"crop"` takes the central square; `"pad"` the whole picture, on a white square;
            `"stretch"` the whole picture, whatever its proportions.
        test_share: the share of the pictures that is to test on, from 0 to below 1.
        split_seed: of the split.
        unreadable: `"refuse"` the data set if it holds other files; those that begin as a picture
            does, but are damaged, are refused when they are first wanted. `"skip"` leaves either
            out, with a warning that names them; it reads all files at once to find them.
        in_memory: whether to keep pictures in memory; None decides by size.

    Returns:
        A source of images of shape `(size, size, channels)`, and labels if there are any.

    Raises:
        FileNotFoundError: if there is no such folder, or no picture in it.
        NotADirectoryError: if it is a file.
        kfdiv.data.DamagedFileError: a `ValueError`, if there are files that are no PNG or JPEG.
        ValueError: if a setting is none, or the split is empty.

    Example:
        >>> import kfdiv, pathlib, tempfile
        >>> from PIL import Image
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for k, shape in enumerate([(40, 30), (30, 50), (64, 64)]):
        ...     Image.new("RGB", shape).save(root / f"{k}.png")
        >>> options = {"path": root, "size": 32, "test_share": 0.0}
        >>> kfdiv.data.load("folder", batch_size=3, **options).element_spec.shape
        TensorShape([3, 32, 32, 3])
    """
    size = check_count("size", size, expected="a positive number of pixels")
    check_choice("channels", channels, CHANNELS)
    check_choice("resize", resize, pictures.RESIZES)
    found = listing.of_split(
        listing.pictures_below(path, unreadable), split, test_share, split_seed
    )
    if in_memory is None:
        in_memory = len(found.names) * size * size * channels <= MEMORY_LIMIT
    classes = found.class_names
    info = Info(
        "folder",
        split,
        num_classes=None if classes is None else len(classes),
        class_names=classes,
        digest=found.digest,
    )
    source = PictureSource(
        found.paths(), found.labels, size, channels, resize, info, keep=in_memory
    )
    if unreadable == "skip":
        faults = source.faults()
        listing.report(list(faults.values()), unreadable, len(source) - len(faults))
        source = source.without(list(faults)) if faults else source
    return source
