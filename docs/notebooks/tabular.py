# %% [markdown]
# # Tables
#
# Rows of numbers in a CSV file: load, fit, sample in the units of the file. The table is scikit-learn's of 178 wines, which comes with it.

# %%
import pathlib
import tempfile

import matplotlib.pyplot as plt
import numpy as np
from sklearn import datasets

import kfdiv

wine = datasets.load_wine()
names = ["alcohol", "malic_acid", "flavanoids", "color_intensity", "hue", "proline"]
columns = [wine.feature_names.index(name) for name in names]
path = pathlib.Path(tempfile.mkdtemp()) / "wine.csv"
table = np.column_stack([wine.data[:, columns], wine.target])
np.savetxt(path, table, delimiter=",", header=",".join([*names, "cultivar"]), comments="")
print(path.read_text().splitlines()[:3])

# %% [markdown]
# ## Load
#
# Each column gets mean 0 and deviation 1 over the training split. `stream.info.standardization` remembers how, and turns samples back.

# %%
train = kfdiv.data.load("csv", path=path, label="cultivar", batch_size=40)
test = kfdiv.data.load("csv", "test", path=path, label="cultivar", drop_remainder=False)
units = train.stream.info.standardization
print(units.columns, train.stream.num_examples, "rows to train on")

# %% [markdown]
# ## Fit
#
# Few rows, so the noise is wide: what is finer than it is not learned by heart either.

# %%
model = kfdiv.models.VariationalFDivergence(
    encoder=kfdiv.networks.mlp(6, [64, 64], 6),
    decoder=kfdiv.networks.mlp(3, [64, 64], 6),
    noise=kfdiv.noise.Gaussian(0.4),
)
model.compile(divergence="js", warmup_steps=300, steps_per_execution=100)
model.fit(train, epochs=1, steps_per_epoch=1_000, verbose=0)

# %% [markdown]
# ## Sample
#
# The model describes draws of p(y|z): the decoder's x and the noise. `sample` gives x.

# %%
samples = units.restore(model.sample(500, seed=0))
rows = wine.data[:, columns]
print(f"{'':16}{'mean':>10}{'of samples':>12}{'deviation':>12}{'of samples':>12}")
for k, name in enumerate(names):
    print(
        f"{name:16}{rows[:, k].mean():10.2f}{samples[:, k].mean():12.2f}"
        f"{rows[:, k].std():12.2f}{samples[:, k].std():12.2f}"
    )

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for axis, (a, b) in zip(axes, [(2, 3), (0, 5)], strict=True):
    axis.scatter(samples[:, a], samples[:, b], s=6, alpha=0.5, label="samples")
    axis.scatter(rows[:, a], rows[:, b], s=12, marker="x", c="k", lw=0.8, label="rows")
    axis.set(xlabel=names[a], ylabel=names[b])
axes[0].legend()
plt.show()

# %% [markdown]
# ## Measure
#
# Deviations of the samples are below those of the rows by what the noise swallowed. How far the noised model is from the noised rows is bounded by `evaluate`;
# on 17 rows to test on, its standard error says how little they can tell.

# %%
found = model.evaluate(train, return_dict=True, verbose=0)
print(f"JS at most {found['bound']:.3f} ± {found['bound_se']:.3f} nats")

# %% [markdown]
# The same without Python; samples come as a CSV file in the units of the table:
#
# ```sh
# python -m kfdiv.train --preset=tabular --data=csv:wine.csv --set=label=cultivar --divergence=js --workdir=runs/wine
# python -m kfdiv.sample --workdir=runs/wine --num=500 --output=samples.csv
# ```
