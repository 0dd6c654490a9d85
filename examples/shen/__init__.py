"""Shen et al. 2020, adversarial gradient estimation (AGE).

- `age_mog9`: table 3, the VAE's objective on nine Gaussians, from samples alone.
- `age_mog25`: table 4 and figures 1 and 9, 25 Gaussians.
- `age_stacked_mnist`: tables 5 to 7 and figures 2a and 6, stacked MNIST.
- `age_celeba`: tables 6 and 7 and figures 2b, 3, 11 and 13, CelebA.
- `age_imagenet`: table 6 and figures 2c, 4, 12 and 14, ImageNet.
- `age_latents`: figure 5, walks and neighbours in the latents of any model of images.
"""
