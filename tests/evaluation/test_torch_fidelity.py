"""Our Frechet and kernel distances are torch-fidelity's, of the same features and the same PNGs.

The figures were computed by torch-fidelity 0.4.0 (PyTorch 2.13.0, NumPy 2.4.6, in float64), which
is no requirement of the tests; where it is installed, `make rehearse` computes them again.
"""

from __future__ import annotations

import importlib
import pathlib

import numpy as np
import pytest
from PIL import Image

from kfdiv import evaluation, plotting

# The function has the name of its module.
kernel_module = importlib.import_module("kfdiv.evaluation.kernel_distance")

# Of `features()`: the Frechet distance, MMD^2 of all examples, its mean over random subsets of 100.
FRECHET, KERNEL, KERNEL_MEAN = 1.7479078355142867, 178.43356151023545, 181.56459296513995
# Of the means of quarters of `images()`, read from PNG files.
PNG_FRECHET, PNG_KERNEL = 0.03032303717726806, 0.014581247138844677


def features() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    mix = rng.random((12, 12))
    return rng.random((400, 12)) @ mix, (rng.random((400, 12)) + 0.05) @ mix


def images() -> tuple[np.ndarray, np.ndarray]:
    """Floats in [0, 1]."""
    rng = np.random.default_rng(0)
    return rng.random((300, 8, 8, 3)), rng.random((300, 8, 8, 3)) ** 1.2


def quarters(x: np.ndarray) -> np.ndarray:
    """Return the mean of each quarter of each channel."""
    return x.reshape(-1, 2, 4, 2, 4, 3).mean(axis=(2, 4)).reshape(len(x), -1)


def saved(folder: pathlib.Path, value_range: tuple[float, float]) -> list[str]:
    """Write the images as folders of PNG files, as `kfdiv.sample --format=pngs` does."""
    low, high = value_range
    for name, x in zip(("real", "fake"), images(), strict=True):
        plotting.save_images(low + (high - low) * x, folder / name, value_range)
    return [str(folder / name) for name in ("real", "fake")]


def read(folder: str) -> np.ndarray:
    return np.stack(
        [np.asarray(Image.open(path)) for path in sorted(pathlib.Path(folder).iterdir())]
    )


def test_figures_of_features_are_those_of_torch_fidelity() -> None:
    real, fake = features()
    assert evaluation.frechet_between(real, fake) == pytest.approx(FRECHET, rel=1e-9)
    assert kernel_module._unbiased(real, fake) == pytest.approx(KERNEL, rel=1e-9)
    # Over other subsets, and ours overlap in none.
    found = evaluation.kernel_distance(real, fake, subset_size=100).samples
    assert found.value == pytest.approx(KERNEL_MEAN, abs=3 * found.standard_error)


def test_figures_of_png_files_are_those_of_torch_fidelity(tmp_path: pathlib.Path) -> None:
    real, fake = (read(folder) / 255.0 for folder in saved(tmp_path, (-1.0, 1.0)))
    found = evaluation.frechet_between(real, fake, quarters)
    assert found == pytest.approx(PNG_FRECHET, rel=1e-6)
    assert kernel_module._unbiased(quarters(real), quarters(fake)) == pytest.approx(PNG_KERNEL)
    # Rounded to 8 bits, so not quite the figure of the images themselves.
    unrounded = evaluation.frechet_between(*images(), quarters)
    assert unrounded == pytest.approx(PNG_FRECHET, rel=1e-2)
    assert unrounded != pytest.approx(PNG_FRECHET, rel=1e-5)


@pytest.mark.rehearsal
@pytest.mark.filterwarnings("ignore::UserWarning:torch")
def test_torch_fidelity_says_so_itself(tmp_path: pathlib.Path) -> None:
    fidelity = pytest.importorskip("torch_fidelity")
    torch = importlib.import_module("torch")
    fid = importlib.import_module("torch_fidelity.metric_fid")
    kid = importlib.import_module("torch_fidelity.metric_kid")
    real, fake = features()
    statistics = [fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (real, fake)]
    (found,) = fid.fid_statistics_to_metric(*statistics, verbose=False).values()
    assert found == pytest.approx(FRECHET, rel=1e-9)
    # Of the subsets that ours are of, ours to rounding.
    kernel = {"kid_kernel": "poly", "kid_kernel_poly_degree": 3, "kid_kernel_poly_coef0": 1.0}
    kernel["kid_kernel_poly_gamma"] = None
    subsets = [
        kernel_module._subsets(x, 100, 0, name) for x, name in ((real, "real"), (fake, "generated"))
    ]
    values = [kid.kernel_mmd(a, b, **kernel) for a, b in zip(*subsets, strict=True)]
    ours = evaluation.kernel_distance(real, fake, subset_size=100).samples
    assert ours.value == pytest.approx(np.mean(values), rel=1e-9)
    assert ours.standard_error == pytest.approx(np.std(values, ddof=1) / 2, rel=1e-9)

    class Quarters(fidelity.FeatureExtractorBase):
        def __init__(self, name: str, features_list: list[str], **_: object) -> None:
            super().__init__(name, features_list)

        @staticmethod
        def get_provided_features_list() -> tuple[str]:
            return ("mean",)

        @staticmethod
        def get_default_feature_layer_for_metric(_: str) -> str:
            return "mean"

        @staticmethod
        def can_be_compiled() -> bool:
            return False

        def forward(self, x: object) -> tuple:
            scaled = x.to(torch.float64) / 255
            return (torch.nn.functional.avg_pool2d(scaled, 4).flatten(1),)

    fidelity.register_feature_extractor("quarters", Quarters)
    real, fake = saved(tmp_path, (0.0, 1.0))
    found = fidelity.calculate_metrics(
        input1=real,
        input2=fake,
        fid=True,
        kid=True,
        feature_extractor="quarters",
        kid_subsets=1,
        kid_subset_size=300,
        cuda=False,
        cache=False,
        verbose=False,
    )
    assert found["frechet_inception_distance"] == pytest.approx(PNG_FRECHET, rel=1e-9)
    assert found["kernel_inception_distance_mean"] == pytest.approx(PNG_KERNEL, rel=1e-9)
