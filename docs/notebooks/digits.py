# %% [markdown]
# # Digits
#
# Handwritten digits under reverse KL, from data to samples, on a CPU in half a minute. The images come with
# scikit-learn: nothing is downloaded.

# %%
import matplotlib.pyplot as plt

import kfdiv

train = kfdiv.data.load("digits", batch_size=100)
test = kfdiv.data.load("digits", "test", batch_size=100, drop_remainder=False)
train.element_spec


# %%
def show(images, columns=12):
    """Show images in a grid."""
    plt.figure(figsize=(9, 0.8 * -(-len(images) // columns)))
    plt.imshow(kfdiv.plotting.image_grid(images, columns=columns), cmap="gray")
    plt.axis("off")
    plt.show()


images, labels = next(iter(train))
show(images[:24].numpy())

# %% [markdown]
# ## Model
#
# Two latents, so that the whole latent space can be drawn. The decoder is deterministic: noise of width 0.5 gives data
# and model densities, between which reverse KL is bounded from above. The first steps are by forward KL: under reverse
# KL a model that covers nothing yet learns slowly.

# %%
model = kfdiv.models.VariationalFDivergence(
    encoder=kfdiv.networks.mlp((8, 8, 1), [128, 128], 4),
    decoder=kfdiv.networks.mlp((2,), [128, 128], (8, 8, 1)),
    noise=kfdiv.noise.Gaussian(0.5),
)
model.compile(divergence="rkl", warmup_steps=350, steps_per_execution=14)
history = model.fit(train, epochs=50, verbose=0)

plt.plot(history.history["loss"])
plt.axvline(25, ls=":", c="k")
plt.xlabel("epoch (dotted: from forward to reverse KL)")
plt.ylabel("bound, nats")
plt.show()

# %% [markdown]
# The two halves are different divergences, so the curve jumps where they meet: figures compare within a half only.
#
# ## Samples, codes, reconstructions

# %%
show(model.sample(24, seed=0).numpy())

# %%
images, labels = next(iter(test))
codes = model.encode(images, seed=0).numpy()
plt.figure(figsize=(5, 4))
plt.scatter(*codes.T, c=labels, cmap="tab10", s=12)
plt.colorbar(label="digit")
plt.title("latent codes of test images")
plt.show()

# %%
show(images[:12].numpy())
show(model.reconstruct(images[:12]).numpy())

# %% [markdown]
# ## How far from the data?
#
# `evaluate` gives the bound with its standard error, here of the training data, whose noised density it is. It can be had of other
# divergences, too.

# %%
for name in ("rkl", "js"):
    found = model.evaluate(train, divergence=name, return_dict=True, verbose=0)
    print(f"{name}: at most {found['bound']:.3f} ± {found['bound_se']:.3f} nats")

# %% [markdown]
# The same as a run with pictures, logs and a checkpoint: `python -m kfdiv.train --preset=digits --divergence=rkl --workdir=runs/digits`.
