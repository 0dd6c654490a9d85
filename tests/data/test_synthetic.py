import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import logsumexp
from scipy.stats import kstest, norm

from kfdiv import data


def drawn(name, split="train", **options):
    """All examples and labels, in the stored order."""
    batching = {"shuffle": False, "drop_remainder": False, "batch_size": 20_000}
    dataset = data.load(name, split, **batching, **options)
    x, y = zip(*dataset, strict=True)
    return np.concatenate(x), np.concatenate(y), dataset.stream.info


def entropy(x, info):
    """Monte Carlo `-E log p` of an isotropic mixture in two dimensions, in nats."""
    squares = ((x[:, None] - info.modes) ** 2).sum(-1) / info.scale**2
    log_kernel = -squares / 2 - np.log(2 * np.pi * info.scale**2)
    return -logsumexp(log_kernel + np.log(info.weights), axis=1).mean()


def test_two_gaussians_is_the_papers_mixture():
    x, y, info = drawn("two_gaussians", num_examples=40_000)
    assert x.shape == (40_000, 1)
    assert np.allclose(info.weights, [0.3, 0.7])

    def cdf(value):
        return 0.3 * norm.cdf(value, 1, 0.1) + 0.7 * norm.cdf(value, 2, 0.5)

    assert kstest(x[:, 0], cdf).pvalue > 1e-3
    # Mean 0.3 + 1.4 and variance E[s^2] + E[m^2] - 1.7^2, as in the optimum of the forward KL.
    assert x.mean() == pytest.approx(1.7, abs=0.015)
    assert x.std() == pytest.approx(0.6229, abs=0.01)
    assert kstest(x[y == 0, 0], norm(1, 0.1).cdf).pvalue > 1e-3


@pytest.mark.parametrize("scales", [0.2, [0.1, 0.3], [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]])
def test_gaussian_mixture_has_the_moments_asked_for(scales):
    means = np.array([[0.0, 1.0, 2.0], [-3.0, 0.0, 5.0]])
    x, y, info = drawn("gaussian_mixture", weights=[1, 3], means=means, scales=scales)
    width = np.broadcast_to(np.reshape(scales, [-1, 1]) if np.ndim(scales) == 1 else scales, (2, 3))
    assert np.mean(y) == pytest.approx(0.75, abs=0.01)
    for mode in range(2):
        part = x[y == mode]
        assert np.allclose(part.mean(0), means[mode], atol=0.02)
        assert np.allclose(part.std(0), width[mode], rtol=0.04)
    assert info.num_classes == 2
    assert np.array_equal(info.modes, means)
    assert np.allclose(info.scale, scales)


def test_ring_is_seven_flat_gaussians_on_a_tilted_unit_circle():
    x, y, info = drawn("ring")
    centre, turn = (
        np.ones(3) / np.sqrt(3),
        Rotation.from_rotvec(-np.pi / 4 * np.array([1, -1, 0]) / np.sqrt(2)),
    )
    flat = turn.inv().apply(x - centre)
    assert np.abs(flat[:, 2]).max() < 1e-6
    angle = 2 * np.pi * np.arange(7) / 7
    means = np.stack([np.sin(angle), np.cos(angle), 0 * angle], axis=1)
    assert np.allclose(turn.apply(means) + centre, info.modes, atol=1e-6)
    residual = (flat - means[y])[:, :2]
    assert kstest(residual.ravel() / 0.05, norm.cdf).pvalue > 1e-3
    assert np.abs(np.bincount(y) / len(y) - 1 / 7).max() < 0.015
    assert info.scale == 0.05
    assert info.num_classes == 7


def test_ring_takes_another_shape():
    _, y, info = drawn("ring", num_modes=3, radius=2.0, scale=0.1, num_examples=300)
    assert len(y) == 300
    assert np.allclose(np.linalg.norm(info.modes - info.modes.mean(0), axis=1), 2, atol=1e-6)
    assert info.scale == 0.1


@pytest.mark.parametrize(("name", "side", "nats"), [("grid9", 3, 2.191), ("grid25", 5, 3.169)])
def test_grids_have_rare_modes_and_the_known_entropy(name, side, nats):
    x, y, info = drawn(name)
    counts = np.bincount(y)
    assert counts[::2].tolist() == [10_000] * (side * side // 2 + 1)
    assert counts[1::2].tolist() == [500] * (side * side // 2)
    reach = side - 1
    corners = info.modes[[0, side - 1, -side, -1]]
    assert corners.tolist() == [[-reach, -reach], [-reach, reach], [reach, -reach], [reach, reach]]
    assert np.allclose(np.diff(info.modes[:side, 1]), 2)
    assert kstest(((x - info.modes[y]) / 0.3).ravel(), norm.cdf).pvalue > 1e-3
    assert entropy(x, info) == pytest.approx(nats, abs=0.012)
    # Stored in mixed order: the first tenth holds a tenth of each mode, give or take.
    head = np.bincount(y[: len(y) // 10], minlength=side * side)
    assert np.abs(head / (counts / 10) - 1).max() < 0.6


def test_splits_and_sample_seeds_differ_and_the_stream_seed_only_orders():
    train = drawn("ring")[0]
    assert np.array_equal(train, drawn("ring")[0])
    assert np.array_equal(train, drawn("ring", seed=5)[0])
    for other in (drawn("ring", "test")[0], drawn("ring", sample_seed=1)[0]):
        assert not set(map(tuple, other)) & set(map(tuple, train))


@pytest.mark.parametrize(
    ("mixture", "message"),
    [
        ({"weights": [1, 1], "means": [0.0], "scales": 1}, r"shapes \(2,\), \(1,\)"),
        ({"weights": [1, 1], "means": [0.0, 1.0], "scales": [1, 1, 1]}, "shapes"),
        ({"weights": [], "means": [], "scales": 1}, "shapes"),
        ({"weights": [1, -1], "means": [0.0, 1.0], "scales": 1}, "weights .*positive"),
        ({"weights": [1, 1], "means": [0.0, 1.0], "scales": 0}, "scales .*positive"),
        ({"weights": [1, 1], "means": [0.0, np.nan], "scales": 1}, "means .*finite"),
        ({"weights": [1], "means": [0.0], "scales": 1, "num_examples": 0}, "num_examples=0"),
    ],
)
def test_impossible_mixtures_are_refused(mixture, message):
    with pytest.raises(ValueError, match=message):
        data.load("gaussian_mixture", **mixture)


def test_impossible_rings_and_splits_are_refused():
    with pytest.raises(ValueError, match="num_modes=0"):
        data.load("ring", num_modes=0)
    with pytest.raises(ValueError, match=r"scales 0\.0; expected positive"):
        data.load("ring", scale=0.0)
    with pytest.raises(ValueError, match=r"split='dev'.*train, validation, test"):
        data.load("grid9", "dev")
