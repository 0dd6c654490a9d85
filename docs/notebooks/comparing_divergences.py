# %% [markdown]
# # Compare divergences
#
# One model that cannot represent its data, a Gaussian, and data with two modes: where does each divergence lead it? In one dimension the true
# answers are known by quadrature, so that training can be held against them.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

import kfdiv

NAMES = ["kl", "js", "rkl"]
WEIGHTS, MEANS, SCALES = [0.3, 0.7], [1.0, 2.0], [0.1, 0.5]


def log_p(x):
    """Return the log-density of the data."""
    parts = [
        np.log(w) + stats.norm.logpdf(x, m, s)
        for w, m, s in zip(WEIGHTS, MEANS, SCALES, strict=True)
    ]
    return np.logaddexp(*parts)


best = {
    name: kfdiv.evaluation.best_gaussian(name, log_p, (-4.0, 8.0), [(1.7, 0.6)], points=4_001)
    for name in NAMES
}
for name, fit in best.items():
    print(f"{name}: mean {fit.mu:.3f}, deviation {fit.sigma:.3f}, {fit.divergence:.4f} nats")

# %% [markdown]
# ## Train
#
# p(x, z) is Gaussian, z ~ N(0, 1) and x ~ N(a z + b, s²), so p(x) is; the encoder is a small network. No noise is needed, as both sides have densities.

# %%
data = kfdiv.data.load("two_gaussians", batch_size=500, labels=False)
known = kfdiv.distributions.GaussianMixture(WEIGHTS, MEANS, SCALES)
fitted = {}
for name in NAMES:
    keras.utils.set_random_seed(0)
    model = kfdiv.models.VariationalFDivergence(
        encoder=kfdiv.networks.mlp(1, [32], 2),
        decoder=kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale="shared"),
        noise=None,
        data_density=known,
    )
    rate = keras.optimizers.schedules.CosineDecay(2e-2, 1_000, alpha=0.01)
    model.compile(
        name,
        encoder_optimizer=keras.optimizers.Adam(rate),
        decoder_optimizer=keras.optimizers.Adam(rate),
        warmup_steps=200,
        steps_per_execution=100,
    )
    model.fit(data, epochs=1, steps_per_epoch=1_000, verbose=0)
    draws = model.sample(50_000, observation_noise=True).numpy()
    bound = model.evaluate(data, return_dict=True, verbose=0)
    fitted[name] = draws.mean(), draws.std()
    reached = kfdiv.evaluation.divergence_1d(
        name, log_p, lambda x, f=fitted[name]: stats.norm.logpdf(x, *f), (-4.0, 8.0)
    )
    print(
        f"{name}: mean {draws.mean():.3f}, deviation {draws.std():.3f}, {reached:.4f} nats, "
        f"bound {bound['bound']:.4f} ± {bound['bound_se']:.4f}"
    )

# %%
x = np.linspace(0, 4, 400)
plt.figure(figsize=(8, 3.6))
plt.fill_between(x, np.exp(log_p(x)), color="0.85", label="data")
for k, name in enumerate(NAMES):
    plt.plot(x, stats.norm.pdf(x, *fitted[name]), c=f"C{k}", label=name)
    plt.plot(x, stats.norm.pdf(x, best[name].mu, best[name].sigma), c=f"C{k}", ls=":")
plt.legend(title="dotted: optimum")
plt.show()

# %% [markdown]
# Forward KL keeps mean and variance of the data. Reverse KL would rather leave the narrow mode out than put mass where there are no data. The bound lies above the divergence
# by what the encoder lacks of the posterior, which here is Gaussian and can be met.
#
# ## Judge each by the others
#
# Every column has its minimum on the diagonal, as it must for the optima. By how much the others are worse is what a choice of divergence costs.

# %%
print("fitted by " + "".join(f"{name:>10}" for name in NAMES))
for row in NAMES:
    values = [
        kfdiv.evaluation.divergence_1d(
            name, log_p, lambda x, f=best[row]: stats.norm.logpdf(x, f.mu, f.sigma), (-4.0, 8.0)
        )
        for name in NAMES
    ]
    print(f"{row:10}" + "".join(f"{value:10.4f}" for value in values))

# %% [markdown]
# Where no density is known, `kfdiv.evaluation.independent_critic` and `kfdiv.evaluation.sandwich` judge models by one divergence: see
# [Read the measures](../read_the_measures.md). The [gallery](../gallery.md) shows divergences and estimators on a ring.
