"""Roquero Gimenez and Zou 2022, f-GM.

- `fgm_mnist`: figure 1, MNIST (and Fashion-MNIST) by forward KL and by Jensen-Shannon.
- `fgm_collapse`: figure 2, far-apart Gaussians, and the density that sees a mode lost.
"""
