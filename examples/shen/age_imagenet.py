r"""Fit ImageNet's photographs by adversarial gradient estimation and hinge.

Regenerates Shen et al. 2020, figures 2c, 4, 12 and 14, and the column of ImageNet in table 6, with
the paper's networks, optimizers and epochs (preset `shen/imagenet`). GPUs are wanted:

    python -m examples.shen.age_imagenet --results=results/age_imagenet

The figure has samples, and validation images (odd columns) beside their reconstructions (even
columns). For measures, deviations and `--mock` see `age_celeba.py`; the crops are read as
`kfdiv.data.images.imagenet` says.
"""

from __future__ import annotations

from examples.lib import entry, photographs

# Frechet Inception distances.
PAPER = {"age-all": 15.88, "age-ugm": 18.51, "hinge": 17.20}


def main(_: list[str]) -> None:
    """Fit, measure, draw, write."""
    photographs.run("age_imagenet", "shen/imagenet", PAPER)


if __name__ == "__main__":
    entry.start(main)
