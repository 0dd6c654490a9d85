# %% [markdown]
# # Your own images
#
# A folder of PNG or JPEG files becomes a data set by its path. This notebook draws such a folder first, so that it runs anywhere;
# put yours in its place.

# %%
import pathlib
import tempfile

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

import kfdiv

folder = pathlib.Path(tempfile.mkdtemp()) / "shapes"
rng = np.random.default_rng(0)
for kind in ("discs", "squares"):
    (folder / kind).mkdir(parents=True)
    for number in range(300):
        picture = Image.new("L", (40, 40), 0)
        x, y, half = *rng.uniform(14, 26, 2), rng.uniform(6, 11)
        draw = ImageDraw.Draw(picture)
        shape = draw.ellipse if kind == "discs" else draw.rectangle
        shape((x - half, y - half, x + half, y + half), fill=255)
        picture.save(folder / kind / f"{number:03}.png")

# %% [markdown]
# ## Load
#
# Pictures may have any size: here the central square is resized to 16 x 16 pixels, in grey. Subfolders are labels. A tenth is kept back as
# the split `"test"`; which pictures these are is decided by their names, and stays so when others come.

# %%
data = {"path": folder, "size": 16, "channels": 1}
train = kfdiv.data.load("folder", batch_size=60, **data)
test = kfdiv.data.load("folder", "test", batch_size=60, drop_remainder=False, **data)
print(len(train) * 60, "of", train.stream.num_examples, train.stream.info.class_names)


# %%
def show(images, columns=12):
    """Show images in a grid."""
    plt.figure(figsize=(9, 0.8 * -(-len(images) // columns)))
    plt.imshow(kfdiv.plotting.image_grid(images, columns=columns), cmap="gray")
    plt.axis("off")
    plt.show()


show(next(iter(train))[0][:24].numpy())

# %% [markdown]
# ## Fit
#
# A conditional model: the label is an input of encoder and decoder, so that samples can be asked for by label. The size of the networks is for this
# toy; for photographs start from `kfdiv.networks.dcgan_generator` and its kin, or from the preset `images`.

# %%
model = kfdiv.models.VariationalFDivergence(
    encoder=kfdiv.networks.mlp((16, 16, 1), [128], 8, condition_size=2),
    decoder=kfdiv.networks.mlp((4,), [128], (16, 16, 1), condition_size=2),
    condition=kfdiv.networks.condition(num_classes=2),
    noise=kfdiv.noise.Gaussian(0.5),
)
model.compile(divergence="js", warmup_steps=400, steps_per_execution=9)
model.fit(train, epochs=60, verbose=0)
for label in (0, 1):
    show(model.sample(12, seed=1, condition=label).numpy())

# %% [markdown]
# ## Measure, and write samples as files
#
# Without labels in the features, the distance of samples is held against that of real test pictures, which no model is below but by chance.

# %%
samples = np.concatenate([model.sample(300, seed=2, condition=label) for label in (0, 1)])
real = np.concatenate([x for x, _ in train])
held_out = np.concatenate([x for x, _ in test])
print(
    "samples:  ", kfdiv.evaluation.frechet_between(real, samples[:: len(samples) // len(held_out)])
)
print("test data:", kfdiv.evaluation.frechet_between(real, held_out))

# %%
written = folder.parent / "fakes"
kfdiv.plotting.save_images(samples[:20], written)
print(len(list(written.iterdir())), "files")

# %% [markdown]
# The same from the command line, without Python:
#
# ```sh
# python -m kfdiv.train --preset=images --data=folder:PATH --set=size=32 --workdir=runs/mine
# python -m kfdiv.sample --workdir=runs/mine --num=5000 --format=pngs --output=fakes
# ```
