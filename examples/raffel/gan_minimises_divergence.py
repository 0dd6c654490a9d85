r"""Fit one Gaussian in the plane to one Gaussian and to a mixture of two, by GANs and without.

Regenerates the experiments of Raffel 2018, "GANs and divergence minimization", whose figures are
samples and fitted ellipses, and puts numbers on them:

    python -m examples.raffel.gan_minimises_divergence \
        --results=results/gan_minimises_divergence

The model is x = A z + b, z ~ N(0, I): a `Deterministic` decoder with a linear network. Its density
N(b, A A^T) is known, but a GAN uses its draws alone. It is fitted by

- `maximum-likelihood`, which is forward KL (section 2, eq. 7): the moments of the training data;
- `exact-rkl`, reverse KL with both densities known (section 3, eq. 11): BFGS on 2-D quadrature,
  from the moments of the data and of each component. This is the optimum, without samples;
- `fgan-rkl`, reverse KL from samples alone (section 4, eq. 14): `FGAN`, whose bound that is;
- `ratio-rkl`, the same by a classifier's ratio: `RatioGAN`, which for reverse KL is `AGE`;
- `fgan-js`, Jensen-Shannon from samples alone (section 4, eq. 13): `FGAN`;
- `logd`, the usual GAN, whose generator's loss is the non-saturating form of eq. 13: `BiGAN` on x.

For every fit, the true divergences by 2-D quadrature, the mean log-likelihood of held-out data
(section 5, eq. 15), and what independent critics say, which are trained on one held-out set and
judged on that and on another. Eq. 16 asks for the V that a model was trained by: of a game there is
its own, by a critic of the same layers that begins afresh; over all critics that is the divergence
for `FGAN`, and 2 JS - log 4 where the critic is a classifier. To compare them, of all systems there
is the bound of one more critic on Jensen-Shannon.

Of the two estimators of reverse KL `fgan-rkl` is the better: from the same start it is at the
optimum while `ratio-rkl` still lies across both modes. That one gets there too, given 5,000 steps,
three critic steps each and half the learning rate (tried once, seed 0).

The text states neither the distributions nor the networks nor the optimizer, so those here are
ours. They were chosen on seeds 0 to 2, and seeds 3 to 5 were then run once.
"""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
from absl import flags
from scipy import stats

import kfdiv
from examples.lib import entry, panels, plane_gaussian, records, summaries
from examples.lib.plane_mixture import PlaneMixture

# What is fitted by samples alone: the objective, and how it is compiled.
GANS = {
    "fgan-rkl": (kfdiv.models.FGAN, {"divergence": "rkl"}),
    "ratio-rkl": (kfdiv.models.RatioGAN, {"divergence": "rkl"}),
    "fgan-js": (kfdiv.models.FGAN, {"divergence": "js"}),
    "logd": (kfdiv.models.BiGAN, {"game": "logd"}),
}

FLAGS = flags.FLAGS
flags.DEFINE_string("results", "results/gan_minimises_divergence", "Folder for JSON and PNG.")
flags.DEFINE_multi_enum("data", ["one", "two"], ["one", "two"], "How many Gaussians to fit to.")
flags.DEFINE_multi_enum("gan", list(GANS), list(GANS), "GANs to fit by, beside what needs none.")
flags.DEFINE_list("seeds", ["3", "4", "5"], "Seeds, each a whole repetition on new data.")
flags.DEFINE_integer("examples", 10_000, "Of the training set and of both held-out sets.")
flags.DEFINE_integer("steps", 3_000, "Generator steps.", lower_bound=1)
flags.DEFINE_integer("critic_steps", 2, "Critic steps for each of them.", lower_bound=1)
flags.DEFINE_integer("batch_size", 256, "Draws of data and of model at each step.", lower_bound=2)
flags.DEFINE_float("learning_rate", 1e-2, "The generator's at first; it decays along a cosine.")
flags.DEFINE_float("critic_learning_rate", 5e-3, "The critic's.")
flags.DEFINE_integer("independent_steps", 1_000, "Steps of the independent critic.", lower_bound=1)

SETTINGS = ("examples", "steps", "critic_steps", "batch_size", "learning_rate")
SETTINGS = (*SETTINGS, "critic_learning_rate", "independent_steps")
DIVERGENCES = ("kl", "rkl", "js")
MEASURES = [*DIVERGENCES, "log_likelihood", "bound", "bound_se", "training_bound", "seconds"]
# V by a critic that begins afresh: on data that it was not trained on, and on those (eq. 16).
GAME = ("value", "value_se", "training_value", "training_value_se")
SUPPORT = ((-12.0, 12.0), (-12.0, 12.0))
STEPS_PER_CALL = 100
DATA = {
    "one": PlaneMixture([[1.0, -0.5]], [[[1.0, 0.6], [0.6, 0.8]]]),
    "two": PlaneMixture(
        [[-2.0, -1.5], [2.0, 1.5]], [[[0.5, -0.2], [-0.2, 0.6]], [[0.7, 0.3], [0.3, 0.5]]]
    ),
}


def play(name: str, x: np.ndarray, seed: int) -> kfdiv.models.GenerativeModel:
    """Fit the generator by a game."""
    objective, arguments = GANS[name]
    model = plane_gaussian.build(objective, seed)
    rates = {"critic": FLAGS.critic_learning_rate, "decoder": FLAGS.learning_rate}
    adam, schedule = keras.optimizers.Adam, keras.optimizers.schedules.CosineDecay
    model.compile(
        **arguments,
        **{
            f"{role}_optimizer": adam(schedule(rate, FLAGS.steps), beta_1=0.5)
            for role, rate in rates.items()
        },
        critic_steps=FLAGS.critic_steps,
        steps_per_execution=STEPS_PER_CALL,
    )
    dataset = kfdiv.data.from_arrays(x, batch_size=FLAGS.batch_size, seed=seed)
    model.fit(dataset, steps_per_epoch=FLAGS.steps, verbose=0)
    return model


def measure(
    model: kfdiv.models.GenerativeModel, data: PlaneMixture, held_out: list[np.ndarray], seed: int
) -> dict[str, Any]:
    """Return the true divergences of a fit, and what held-out data say of it.

    Of all, by an independent critic's bound on JS; of a game, by its own V as well (eq. 16).
    """
    mean, covariance = plane_gaussian.moments(model)
    q = stats.multivariate_normal(mean, covariance)
    divergence = kfdiv.evaluation.divergence_2d
    true = {name: divergence(name, data.log_prob, q.logpdf, SUPPORT, 401) for name in DIVERGENCES}
    sets = [kfdiv.data.from_arrays(x, batch_size=FLAGS.batch_size, seed=seed) for x in held_out]
    judged = kfdiv.evaluation.independent_critic(
        model, *sets, divergence="js", steps=FLAGS.independent_steps, seed=seed
    )
    game = dict.fromkeys(GAME)
    if model.compiled:
        independent = kfdiv.evaluation.independent_objective(
            model, *sets, steps=FLAGS.independent_steps, seed=seed
        )
        game = {key: independent.figures()[key] for key in GAME}
    parameters = {"mean": mean.tolist(), "covariance": covariance.tolist()}
    likelihood = {"log_likelihood": float(q.logpdf(held_out[-1]).mean())}
    return {**parameters, **true, **likelihood, **judged.figures(), **game}


def fits_of(data: PlaneMixture, optimum: Any, seed: int) -> list[dict[str, Any]]:
    """Fit by every system on one seed's data, and measure."""
    draws = data.draw(3 * FLAGS.examples, seed).astype("float32")
    x, *held_out = np.split(draws, 3)
    simple = {
        "maximum-likelihood": (x.mean(axis=0), np.cov(x.T, ddof=0)),
        "exact-rkl": (optimum.mean, optimum.covariance),
    }
    fits = []
    for name in (*simple, *FLAGS.gan):
        began = time.perf_counter()
        if name in simple:
            model = plane_gaussian.build(kfdiv.models.FGAN, seed, *simple[name])
        else:
            model = play(name, x, seed)
        seconds = time.perf_counter() - began
        figures = measure(model, data, held_out, seed)
        fits.append({"system": name, "seed": seed, **figures, "seconds": seconds})
        shown = {key: round(figures[key], 4) for key in (*DIVERGENCES, "bound", "bound_se")}
        print(f"  {name}, seed {seed}:", shown, f"{seconds:.1f} s", flush=True)
    return fits


def draw(record: dict[str, Any]) -> None:
    """Draw data, and every fit's ellipses of one and two standard deviations, a colour a seed."""
    columns = len(FLAGS.gan) + 2
    path = f"{FLAGS.results}/gan_minimises_divergence.png"
    with kfdiv.plotting.figure(path, columns, len(FLAGS.data), size=(3.5, 2.5)) as axes:
        for name, row in zip(FLAGS.data, np.reshape(axes, (-1, columns)), strict=True):
            data = DATA[name]
            fits = record["data"][name]["fits"]
            x = data.draw(1_000, seed=0)
            for axis, system in zip(row, dict.fromkeys(f["system"] for f in fits), strict=True):
                axis.scatter(*x.T, s=2, c="0.75")
                mine = [fit for fit in fits if fit["system"] == system]
                for colour, fit in enumerate(mine):
                    panels.ellipses(axis, fit["mean"], fit["covariance"], f"C{colour}")
                axis.set(title=f"{name}: {system}", xlim=(-6, 6), ylim=(-5, 5), aspect="equal")


def main(_: list[str]) -> None:
    """Find the optima, fit, measure, print, write and draw."""
    record: dict[str, Any] = {"settings": {name: FLAGS[name].value for name in SETTINGS}}
    record |= {"seeds": FLAGS.seeds, "data": {}}
    for name in FLAGS.data:
        data = DATA[name]
        optima = {
            divergence: kfdiv.evaluation.best_gaussian_2d(
                divergence, data.log_prob, SUPPORT, data.starts()
            )
            for divergence in DIVERGENCES
        }
        print(f"{name}; optima:", {key: round(fit.divergence, 5) for key, fit in optima.items()})
        fits = [fit for seed in entry.seeds() for fit in fits_of(data, optima["rkl"], seed)]
        record["data"][name] = {
            "means": [component.mean.tolist() for component in data.components],
            "covariances": [component.cov.tolist() for component in data.components],
            "optima": {
                key: {
                    "divergence": fit.divergence,
                    "mean": fit.mean.tolist(),
                    "covariance": fit.covariance.tolist(),
                }
                for key, fit in optima.items()
            },
            "summary": summaries.by_system(fits, MEASURES),
            "fits": fits,
        }
    records.write("gan_minimises_divergence", FLAGS.results, record)
    draw(record)


if __name__ == "__main__":
    entry.start(main)
