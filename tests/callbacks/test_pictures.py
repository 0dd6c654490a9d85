import threading

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kfdiv
from kfdiv import callbacks, plotting


class Recorder(callbacks.Picture):
    """Keeps what it was to draw, and in which thread."""

    def __init__(self, path, every=1, error=None):
        super().__init__(path, every)
        self.drawn, self.error = [], error

    def take(self):
        return int(self.model.step.numpy()), threading.current_thread()

    def draw(self, taken, title):
        if self.error is not None:
            raise self.error
        self.drawn.append((*taken, title, threading.current_thread()))


def test_pictures_are_taken_in_training_and_drawn_beside_it(model, dataset, tmp_path):
    picture = Recorder(tmp_path / "a.png", every=2)
    model.fit(dataset, epochs=5, verbose=0, callbacks=[picture])
    # The second epoch always finds the drawer idle, and the end always draws.
    steps = [step for step, *_ in picture.drawn]
    assert steps[0] == 8
    assert steps[-1] == 20
    assert set(steps) <= {8, 16, 20}
    assert picture.drawn[-1][2] == "epoch 5"
    assert all(taken is threading.main_thread() for _, taken, *_ in picture.drawn)
    assert all(drawn is not threading.main_thread() for *_, drawn in picture.drawn)


def test_a_failing_drawing_is_not_silent(model, dataset, tmp_path):
    with pytest.raises(OSError, match="disk full"):
        model.fit(
            dataset,
            epochs=1,
            verbose=0,
            callbacks=[Recorder(tmp_path / "a.png", error=OSError("disk full"))],
        )


def test_drawing_does_not_change_training(restart, dataset, tmp_path):
    picture = callbacks.SampleGrid(tmp_path / "a.png", num=4)
    model = restart()
    model.fit(dataset, epochs=2, verbose=0)
    plain = model.get_weights()
    restart().fit(dataset, epochs=2, verbose=0, callbacks=[picture])
    for expected, drawn in zip(plain, model.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, drawn)


def test_samples_latents_manifold_and_curves(model, dataset, tmp_path):
    log = callbacks.EpochLog(tmp_path / "log.csv")
    x, y = next(iter(dataset))
    at_the_end = {"every": 9}
    model.fit(
        dataset,
        epochs=3,
        verbose=0,
        callbacks=[
            log,
            callbacks.SampleGrid(tmp_path / "samples.png", num=9, seed=4, **at_the_end),
            callbacks.LatentPlot(tmp_path / "latents.png", x, y, **at_the_end),
            callbacks.Manifold(tmp_path / "manifold.png", side=3, **at_the_end),
            callbacks.Curves(tmp_path / "curves.png", log, warmup_epochs=1, **at_the_end),
        ],
    )
    samples = plotting.image_grid(np.asarray(model.sample(9, seed=4)))
    found = np.asarray(Image.open(tmp_path / "samples.png"))
    factor = len(found) // len(samples)
    np.testing.assert_array_equal(found[::factor, ::factor], samples[..., 0])
    # The middle of the manifold is the prior's mean.
    centre = plotting.image_grid(np.asarray(model.decode(np.zeros((1, 2), "float32"))))
    manifold = np.asarray(Image.open(tmp_path / "manifold.png"))
    factor = len(manifold) // (3 * 5 + 1)
    np.testing.assert_array_equal(manifold[::factor, ::factor][6:10, 6:10], centre[1:5, 1:5, 0])
    assert (tmp_path / "latents.png").exists()
    assert (tmp_path / "curves.png").exists()


def shown(path, images, columns):
    """Assert that a picture is a grid of these images."""
    grid = plotting.image_grid(np.asarray(images), columns)
    found = np.asarray(Image.open(path))
    factor = len(found) // len(grid)
    np.testing.assert_array_equal(found[::factor, ::factor], grid[..., 0])


def test_pictures_of_a_conditional_model(conditional, dataset, tmp_path):
    model = conditional
    x, y = next(iter(dataset))
    latents = callbacks.LatentPlot(tmp_path / "latents.png", x, y)
    model.run_eagerly = True
    model.fit(
        dataset.take(1),
        epochs=1,
        verbose=0,
        callbacks=[
            callbacks.SampleGrid(tmp_path / "all.png", num=7, seed=4),
            callbacks.SampleGrid(tmp_path / "one.png", num=4, condition=[2]),
            callbacks.SampleGrid(tmp_path / "two.png", num=4, condition=[2, 0]),
            callbacks.Manifold(tmp_path / "manifold.png", side=3, condition=1),
            latents,
        ],
    )

    def rows(labels, columns, seed=0):
        return np.concatenate([model.sample(columns, seed, condition=k) for k in labels])

    # A row a label, of the same latents, as many as make at least `num`.
    shown(tmp_path / "all.png", rows([0, 1, 2], 3, seed=4), 3)
    shown(tmp_path / "one.png", rows([2], 4), 2)
    shown(tmp_path / "two.png", rows([2, 0], 2), 2)
    found = np.asarray(Image.open(tmp_path / "manifold.png"))
    factor = len(found) // (3 * 5 + 1)
    centre = plotting.image_grid(np.asarray(model.decode(np.zeros((1, 2), "float32"), 1)))
    np.testing.assert_array_equal(found[::factor, ::factor][6:10, 6:10], centre[1:5, 1:5, 0])
    np.testing.assert_array_equal(latents.take(), model.encode(x, condition=y))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (lambda path: callbacks.Manifold(path), "is conditional on .* pass condition="),
        (lambda path: callbacks.SampleGrid(path, condition=[3]), "got labels from 3 to 3"),
        (lambda path: callbacks.LatentPlot(path, np.zeros((2, 4, 4, 1))), "pass condition="),
        (
            lambda path: callbacks.CollapseMonitor(path, np.zeros((4, 1)), [0, 0, 1, 1]),
            "CollapseMonitor .* conditional",
        ),
    ],
)
def test_a_condition_that_is_missing_is_told_before_training(
    conditional, dataset, tmp_path, picture, message
):
    with pytest.raises(ValueError, match=message):
        conditional.fit(dataset, verbose=0, callbacks=[picture(tmp_path / "a.png")])
    assert int(conditional.step.numpy()) == 0


@pytest.mark.parametrize(
    "picture",
    [
        lambda path: callbacks.Manifold(path, condition=1),
        lambda path: callbacks.SampleGrid(path, condition=[1]),
        lambda path: callbacks.LatentPlot(path, np.zeros((2, 4, 4, 1)), condition=1),
    ],
)
def test_a_condition_that_is_too_much_is_told_before_training(model, dataset, tmp_path, picture):
    with pytest.raises(ValueError, match="is not conditional"):
        model.fit(dataset, verbose=0, callbacks=[picture(tmp_path / "a.png")])
    assert int(model.step.numpy()) == 0


def test_curves_part_the_warmup(tmp_path):
    log = callbacks.EpochLog(tmp_path / "log.csv")
    log.rows = [
        {"epoch": e, "step": e, "seconds": e, "loss": 10.0 - e, "width": e / 2} for e in (1, 2, 3)
    ]
    curves = callbacks.Curves(tmp_path / "curves.png", log, warmup_epochs=2).take()
    assert curves == {
        "loss (forward KL warm-up), nats": ([1, 2], [9.0, 8.0]),
        "loss, nats": ([3], [7.0]),
        "width, units of the data": ([1, 2, 3], [0.5, 1.0, 1.5]),
    }


def test_every_must_be_positive(tmp_path):
    with pytest.raises(ValueError, match="positive number of epochs"):
        Recorder(tmp_path / "a.png", every=0)


BYTES = np.random.default_rng(1).integers(0, 256, (20, 4, 4, 1)).astype("uint8")
LABELS = np.arange(20) % 3


def sliced(*parts):
    return tf.data.Dataset.from_tensor_slices(parts).batch(8)


@pytest.mark.parametrize(
    "data",
    [(BYTES, LABELS), (sliced(BYTES, LABELS),), ((item for item in [(BYTES, LABELS)]),)],
    ids=["array", "data set", "generator"],
)
def test_latents_are_those_of_data_of_all_sorts(model, tmp_path, monkeypatch, data):
    drawn = []
    monkeypatch.setattr(plotting, "save_latents", lambda *arguments: drawn.append(arguments))
    stream = kfdiv.data.from_arrays(BYTES, batch_size=10, value_range=(-1, 1))
    model.fit(stream, verbose=0, callbacks=[callbacks.LatentPlot(tmp_path / "a.png", *data)])
    latents, _, labels, *_ = drawn[-1]
    expected = model.encode((BYTES / 127.5 - 1).astype("float32"))
    np.testing.assert_allclose(latents, expected, atol=1e-5)
    np.testing.assert_array_equal(labels, LABELS)


def test_latents_of_weight_zero_are_not_drawn_and_others_are_refused(model, dataset, tmp_path):
    weight = (LABELS > 0).astype("float32")
    plot = callbacks.LatentPlot(tmp_path / "a.png", sliced(BYTES, LABELS, weight))
    plot.set_model(model)
    plot.on_train_begin()
    assert len(plot.take()) == weight.sum()
    for x, message in ((BYTES[..., 0], r"x\[..., None\]"), ([BYTES[:9], BYTES[9:]], "join them")):
        with pytest.raises(ValueError, match=message):
            model.fit(dataset, verbose=0, callbacks=[callbacks.LatentPlot(tmp_path / "a.png", x)])
    assert int(model.step.numpy()) == 0


def test_samples_may_be_grey_without_an_axis_for_it(tmp_path):
    network = kfdiv.networks.mlp
    model = kfdiv.models.FGAN(network((2,), [], (5, 5)), network((5, 5), [], 1))
    model.compile(run_eagerly=True, jit_compile=False)
    pictures = [
        callbacks.SampleGrid(tmp_path / "samples.png", num=4),
        callbacks.Manifold(tmp_path / "manifold.png", side=2),
    ]
    model.fit(np.random.default_rng(0).random((20, 5, 5)), verbose=0, callbacks=pictures)
    expected = plotting.image_grid(np.asarray(model.sample(4))[..., None])
    found = np.asarray(Image.open(tmp_path / "samples.png"))
    factor = len(found) // len(expected)
    np.testing.assert_array_equal(found[::factor, ::factor], expected[..., 0])
    assert (tmp_path / "manifold.png").exists()


def test_points_below_samples_are_read_from_data_of_all_sorts(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plotting, "save_points", lambda *arguments: drawn.append(arguments))
    network = kfdiv.networks.mlp
    model = kfdiv.models.FGAN(network((1,), [], 2), network((2,), [], 1))
    model.compile(run_eagerly=True, jit_compile=False)
    x = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")
    weight = (LABELS > 0).astype("float32")
    for data in (x, sliced(x, LABELS, weight)):
        model.fit(x, verbose=0, callbacks=[callbacks.SampleGrid(tmp_path / "a.png", data=data)])
    np.testing.assert_array_equal(drawn[0][2], x)
    np.testing.assert_array_equal(drawn[-1][2], x[weight > 0])
    with pytest.raises(ValueError, match=r"Received data of shape \(20, 1\)"):
        model.fit(x, callbacks=[callbacks.SampleGrid(tmp_path / "a.png", data=x[:, :1])])
