r"""Fit CelebA's faces by adversarial gradient estimation, hinge and log D.

Regenerates Shen et al. 2020, figures 2b, 3, 11 and 13, and the column of CelebA in tables 6 and 7,
with the paper's crops, networks, optimizers and epochs (preset `shen/celeba`). A GPU is wanted:

    python -m examples.shen.age_celeba --results=results/age_celeba

The figure has samples, and validation images (odd columns) beside their reconstructions (even
columns). Beside the Frechet distance the JSON has what reconstruction changes: the squared error of
a pixel, and the distance in features. Deviations: Inception's weights are Keras's, so distances are
to be compared among themselves; where they cannot be had, images are compared by thumbnails, and
the JSON says so. `--mock` runs all of it on invented
images with small networks, to see that it works; its numbers mean nothing. A run that was
interrupted goes on where it stopped.
"""

from __future__ import annotations

from examples.lib import entry, photographs

# Frechet Inception distances; clipped ones from table 7.
PAPER = {
    "age-all": 8.08,
    "age-ugm": 7.56,
    "hinge": 9.16,
    "logd": 10.01,
    "age-kl@0.5": 7.57,
    "age-hellinger@0.5": 7.96,
    "age-js@0.5": 8.59,
    "age-rkl@0.5": 8.68,
}


def main(_: list[str]) -> None:
    """Fit, measure, draw, write."""
    photographs.run("age_celeba", "shen/celeba", PAPER)


if __name__ == "__main__":
    entry.start(main)
