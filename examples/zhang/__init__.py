"""Zhang et al. 2019, "Variational f-divergence minimization".

- `gaussian_fit`: figure 1, table 2 and figure 8, a Gaussian fitted to a mixture.
- `minibatch_density`: what sections 2.3 and 3.1 say of the batch's density in place of the data's.
- `ring`: figure 3, seven Gaussians on a circle.
- `mnist_forward_reverse`: figure 4, MNIST by forward and by reverse KL.
- `celeba_forward_reverse`: figure 5, the same for CelebA.
"""
