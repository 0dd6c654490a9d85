"""Rosca et al. 2018, "Distribution matching in variational inference".

- `ratio_scaling`: figures 2, 8, 9 and 10, density ratios of Gaussians of 1 to 1,000 dimensions.
- `vae_gan_hybrids`: figures 3 to 5 and 11 to 16 with Table 5, what samples of VAEs, GANs and their
  hybrids are worth.
- `marginal_kl`: Tables 1 and 4, figures 1 and 6, how far aggregate posteriors are from the prior.
- `critic_architectures`: Tables 2 and 3, what classifiers of many architectures say of that.
- `pixel_likelihood`: section 4.2, appendix D and figure 7, Bernoulli and quantised normal pixels.
- `avb`: appendix J and figure 17, adversarial variational Bayes beside the VAE.
"""
