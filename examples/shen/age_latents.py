r"""Walk between test images through models' latents, and find each image's neighbours there.

Regenerates Shen et al. 2020, figure 5, for any runs of `python -m kfdiv.train`, or of the examples
beside this one, on images whose models have an encoder:

    python -m examples.shen.age_latents --workdir=results/demo --results=results/age_latents
    python -m examples.shen.age_latents --results=results/age_latents_stacked_mnist \
        --workdir=runs/age_stacked_mnist/age-all-0,runs/age_stacked_mnist/logd-0

In a run's first two panels every row begins and ends with a test image. Between them are decoded
latents on the way from the code of the one to that of the other: on a straight line, as in the
paper, and on an arc, `(sin((1 - t) a) z_0 + sin(t a) z_1) / sin(a)`, a the angle between them,
which keeps to lengths that the prior makes likely (White 2016). The third panel has test images
(left), and the four test images whose codes are nearest. Numbers: the share of those four that are
of the image's class, beside that of the four nearest by their pixels, of stacked digits the share
of digits; the squared error of reconstructions, a pixel; and a path's longest step in the pixels,
in mean steps, which is 1 if the change is even.

The paper's is CelebA by AGE. Without `--workdir` the preset `digits`, with eight latents, is
trained first: a minute or two and no download. It is not AGE, but it has an encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from absl import flags

import kfdiv
from examples.lib import batches, entry, latent_geometry, panels, records
from kfdiv import runs

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/age_latents", "Folder for age_latents.json and .png.")
flags.DEFINE_list("workdir", None, "Folders of runs; without, one is trained.")
flags.DEFINE_string("data_dir", None, "Folder of prepared TensorFlow Datasets.")
flags.DEFINE_integer("images", 1_000, "Test images, at most.", lower_bound=20)
flags.DEFINE_integer("steps", 8, "Decoded latents between two images.", lower_bound=2)
flags.DEFINE_string("divergence", "kl", "Of the run that is trained.")
flags.DEFINE_integer("latent_size", 8, "Latents of the run that is trained.", lower_bound=1)
flags.DEFINE_integer("epochs", 40, "Of the run that is trained.", lower_bound=1)

TRAINED = "runs/age_latents"
ROWS = 8
STACKED, PLACES = "shen/stacked_mnist", np.array([100, 10, 1])


def open_runs() -> Iterator[tuple[runs.Workdir, runs.Config]]:
    """Yield the runs that were asked for, or the demonstration's, trained if it is not yet."""
    for folder in FLAGS.workdir or []:
        workdir = runs.Workdir(folder)
        yield workdir, workdir.open_run()
    if FLAGS.workdir:
        return
    workdir = runs.Workdir(f"{TRAINED}/{FLAGS.divergence}-{FLAGS.latent_size}-{FLAGS.epochs}")
    settings = {"latent_size": FLAGS.latent_size}
    config = runs.resolve_config(workdir, "digits", FLAGS.divergence, 0, FLAGS.epochs, settings)
    if not runs.inspect(workdir, config).whole:
        dataset = config.build().dataset("train", config.seed)
        runs.train(workdir, config, dataset, pictures_every=FLAGS.epochs, verbose=2)
    yield workdir, config


def test_images(config: runs.Config) -> tuple[np.ndarray, np.ndarray | None]:
    """Return test images, and their classes if they have any: of stacked digits each channel's."""
    dataset = config.build().dataset("test", data_dir=FLAGS.data_dir)
    x, *labels = batches.first(dataset.stream, FLAGS.images)
    if not labels:
        return x, None
    (classes,) = labels
    return x, classes[:, None] // PLACES % 10 if config.preset == STACKED else classes[:, None]


def choose(labels: np.ndarray | None) -> np.ndarray:
    """Return the images of the rows: the first ones, or the first of every class in turn."""
    if labels is None:
        return np.arange(ROWS)
    firsts = np.sort(np.unique(labels[:, 0], return_index=True)[1])
    others = np.setdiff1d(np.arange(len(labels)), firsts)
    return np.concatenate([firsts, others])[:ROWS]


def share(labels: np.ndarray | None, nearest: np.ndarray) -> float | None:
    """Return the share of neighbours of their image's class, or of its digits."""
    return None if labels is None else float((labels[nearest] == labels[:, None]).mean())


def panels_of(
    x: np.ndarray, rows: np.ndarray, walks: Mapping[str, list[np.ndarray]], nearest: np.ndarray
) -> dict[str, tuple[np.ndarray, int]]:
    """Return images and columns by title: walks between the images of `rows`, their neighbours."""
    ends = list(zip(x[rows], x[np.roll(rows, -1)], strict=True))
    grids = {}
    for name, mine in walks.items():
        strips = [
            np.concatenate([begin[None], walk, end[None]])
            for (begin, end), walk in zip(ends, mine, strict=True)
        ]
        grids[f"from image to image by the {name}"] = np.concatenate(strips), FLAGS.steps + 2
    found = np.concatenate([rows[:, None], nearest[rows]], axis=1)
    grids["images (left), nearest in the latents"] = x[found.ravel()], found.shape[1]
    return grids


def look_around(
    workdir: runs.Workdir, config: runs.Config
) -> tuple[dict[str, Any], dict[str, tuple[np.ndarray, int]]]:
    """Return a run's record, and its panels.

    Raises:
        ValueError: if its model has no encoder, or is not of images.
    """
    model = workdir.load_model()
    if model.encoder is None or len(model.event_shape) != 3:
        raise ValueError(f"The model in {workdir.path} has no encoder, or is not of images.")
    x, labels = test_images(config)
    codes = model.encode(x).numpy()
    rows = choose(labels)
    walks: dict[str, list[np.ndarray]] = {name: [] for name in latent_geometry.PATHS}
    for begin, end in zip(rows, np.roll(rows, -1), strict=True):
        for name, path in latent_geometry.PATHS.items():
            walks[name].append(model.decode(path(codes[begin], codes[end], FLAGS.steps)).numpy())
    nearest = latent_geometry.neighbors(codes)
    by_pixels = latent_geometry.neighbors(x.reshape(len(x), -1))
    again = np.concatenate([model.reconstruct(part) for part in np.array_split(x, 10)])
    record = {
        "run": {"of": config.title, "seed": config.seed, "epochs": config.epochs},
        "images": len(x),
        "latent_size": codes.shape[1],
        "neighbors_of_the_class": share(labels, nearest),
        "neighbors_of_the_class_by_pixels": share(labels, by_pixels),
        "reconstruction_error": float(np.square(again - x).mean()),
        "longest_step": {
            name: float(np.mean([latent_geometry.longest_step(walk) for walk in mine]))
            for name, mine in walks.items()
        },
    }
    return record, panels_of(x, rows, walks, nearest)


def main(_: list[str]) -> None:
    """Load or train, walk, look around, write and draw."""
    found, drawn = [], []
    for workdir, config in open_runs():
        record, grids = look_around(workdir, config)
        print(record)
        found.append(record)
        drawn.append((config, grids))
    records.write("age_latents", FLAGS.results, {"runs": found})
    path = f"{FLAGS.results}/age_latents.png"
    columns = len(drawn[0][1])
    with kfdiv.plotting.figure(path, columns=columns, rows=len(drawn)) as axes:
        for row, (config, grids) in zip(np.reshape(axes, (-1, columns)), drawn, strict=True):
            for panel, (title, (images, across)) in zip(row, grids.items(), strict=True):
                title = title if len(drawn) == 1 else f"{config.title}:\n{title}"
                panels.show(panel, images, title, across, config.build().value_range)


if __name__ == "__main__":
    entry.start(main)
