"""Raffel 2018, "GANs and divergence minimization".

- `gan_minimises_divergence`: the figures of sections 1 to 5, a Gaussian fitted by GANs and without.
"""
