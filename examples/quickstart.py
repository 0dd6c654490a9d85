"""Fit a latent-variable model to handwritten digits by reverse KL, and picture its samples."""

import keras

import kfdiv

keras.utils.set_random_seed(0)
ds = kfdiv.data.load("digits", batch_size=100)
model = kfdiv.models.VariationalFDivergence(
    encoder=kfdiv.networks.mlp((8, 8, 1), [256, 256], 4),
    decoder=kfdiv.networks.mlp((2,), [256, 256], (8, 8, 1)),
    noise=kfdiv.noise.Gaussian(0.5),
)
model.compile(divergence="rkl", warmup_steps=500)
model.fit(ds, epochs=60)
kfdiv.plotting.save_grid(model.sample(64, seed=0), "samples.png")
model.export("sampler")
print("wrote samples.png and sampler/ (a SavedModel)")
