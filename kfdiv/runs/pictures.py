"""The pictures of a run."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from kfdiv import callbacks, models, plotting
from kfdiv.runs.config import Config
from kfdiv.runs.run_record import history_of
from kfdiv.runs.workdir import Workdir

# Examples that a latent plot shows, and samples that a plot of vectors shows.
_MAX_POINTS = 2_000
# Classes that have colours of their own in it.
_MAX_CLASSES = 50
_GRID = 100


def make(
    workdir: Workdir,
    config: Config,
    dataset: tf.data.Dataset,
    model: models.GenerativeModel,
    log: callbacks.EpochLog,
    every: int,
) -> list[callbacks.Picture]:
    """Return the pictures that this model has; images of the data are drawn at once.

    Args:
        workdir: the run's folder.
        config: what the run is.
        dataset: of the training split.
        model: that is trained.
        log: of its epochs.
        every: epochs between pictures.
    """
    preset = config.build()
    x, y, labels = _examples(dataset)
    condition = None if model.condition is None else y
    warmup_epochs = preset.warmup(config.divergence).steps // preset.steps_per_epoch
    pictures = [
        callbacks.LatentPlot(
            workdir.latents, x, labels, every, condition, dataset.stream.info.class_names
        ),
        callbacks.Curves(workdir.curves, log, every, warmup_epochs),
    ]
    if len(model.event_shape) != 3:
        samples = callbacks.SampleGrid(workdir.samples, len(x), every=every, data=x)
        samples.thumbnails = history_of(workdir, config, every)
        return [samples, *pictures]
    plotting.save_grid(x[:_GRID], workdir.data, value_range=preset.value_range)
    images = {"every": every, "value_range": preset.value_range}
    # Of a conditional model there is one for every condition; the samples show how they differ.
    if model.prior.size == 2 and condition is None:
        pictures.append(callbacks.Manifold(workdir.manifold, **images))
    samples = callbacks.SampleGrid(workdir.samples, _GRID, **images)
    samples.thumbnails = history_of(workdir, config, every)
    return [samples, *pictures]


def _examples(
    dataset: tf.data.Dataset,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Return some 2,000 first examples at most, y, and y again where a plot has colours for it.

    They are the same ones however often the run was resumed.
    """
    stream = dataset.stream
    batches = min(-(-_MAX_POINTS // stream.batch_size), stream.steps_per_epoch)
    elements = list(stream.batches(0).take(batches))
    if not isinstance(stream.element_spec, tuple):
        return np.concatenate(elements)[:_MAX_POINTS], None, None
    x, y = (np.concatenate(part)[:_MAX_POINTS] for part in zip(*elements, strict=True))
    has_colours = y.ndim == 1 and (stream.info.num_classes or 0) <= _MAX_CLASSES
    return x, y, y if has_colours else None
