"""Which settings of which model are run, and in which order: Table 5 of Rosca et al. 2018."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from examples.lib.hybrid_study import Run, Settings

_VAE = (1e-3, 5e-4, 5e-3)
_GAN = (1e-4, 2e-4, 3e-4)
_WEIGHTS = (1.0, 5.0, 10.0, 50.0)
_GAN_SWEEP = {"learning_rate": _GAN, "critic_learning_rate": _GAN}
_TWO_CRITICS = {"learning_rate": (1e-4, 5e-4), "reconstruction_weight": _WEIGHTS}
# Of the paper's Table 5 and appendix K.1; rates that are not swept are the presets'. DRAW's are
# ours, those of a VAE.
SWEEPS: dict[str, dict[str, Sequence[float]]] = {
    "vae": {"learning_rate": _VAE},
    "dcgan": _GAN_SWEEP,
    "wasserstein_gan": _GAN_SWEEP,
    "aae": {"learning_rate": _VAE, "code_critic_learning_rate": (5e-4, 5e-5, 1e-5)},
    "aae_plus_plus": _TWO_CRITICS,
    "aae_gan": _TWO_CRITICS,
    "veegan": {"learning_rate": (1e-3, 5e-4), "critic_learning_rate": (5e-5, 1e-4)},
    "draw": {"learning_rate": _VAE},
}
# Numbers of latents, the sweep's first: of ColorMNIST as in appendix K.5.1, of the others as in
# Table 1.
LATENTS = {"color_mnist": (50, 10, 75), "cifar10": (100, 200), "celeba": (100, 200)}
# DRAW's, where its latents are maps, which cannot be as few; none where there is no preset.
LATENTS_OF_DRAW: dict[str, Sequence[int]] = {"cifar10": (49_152,), "celeba": ()}
TITLES = {
    "vae": "VAE",
    "dcgan": "DCGAN",
    "wasserstein_gan": "WGAN-GP",
    "aae": "AAE",
    "aae_plus_plus": "AAE++",
    "aae_gan": "AAE-GAN",
    "veegan": "VEEGAN",
    "draw": "DRAW",
}
CRITICS = ("dcgan", "wasserstein_gan", "aae_plus_plus", "aae_gan", "veegan")
CODE_CRITICS = ("aae", "aae_plus_plus", "aae_gan", "veegan")


def settings_of(model: str) -> list[Settings]:
    """Return every setting of a model's sweep; the first is that of the first rates.

    Those that go through all values side by side come next, so that a part of the sweep has met
    each of them; the remaining combinations follow.

    Example:
        >>> settings_of("vae")
        [(('learning_rate', 0.001),), (('learning_rate', 0.0005),), (('learning_rate', 0.005),)]
        >>> [[value for _, value in setting] for setting in settings_of("veegan")]
        [[0.001, 5e-05], [0.0005, 0.0001], [0.001, 0.0001], [0.0005, 5e-05]]
    """
    sweep = SWEEPS[model]
    lists = list(sweep.values())
    side_by_side = [
        tuple(values[k % len(values)] for values in lists) for k in range(max(map(len, lists)))
    ]
    every = dict.fromkeys([*side_by_side, *itertools.product(*lists)])
    return [tuple(zip(sweep, values, strict=True)) for values in every]


def widths_of(model: str, widths: dict[str, Any]) -> Settings:
    """Return those of all widths that a model has.

    Args:
        model: its name.
        widths: `base_filters`, `critic_filters`, `code_units`, `head_units`, `draw_units`, and what
            all models have.

    Example:
        >>> widths_of("dcgan", {"base_filters": 8, "code_units": 9, "source": "mnist"})
        (('base_filters', 8), ('source', 'mnist'))
    """
    draw = model == "draw"
    has = {
        "base_filters": not draw,
        "critic_filters": model in CRITICS,
        "code_units": model in CODE_CRITICS,
        "head_units": model == "veegan",
        "draw_units": draw,
    }
    return tuple(
        (name.removeprefix("draw_"), value) for name, value in widths.items() if has.get(name, True)
    )


def plan(
    dataset: str,
    models: Sequence[str],
    latents: Sequence[int],
    seeds: Sequence[int],
    widths: dict[str, Any],
    **budget: int,
) -> list[Run]:
    """Return the runs of a sweep, in an order that makes a part of it a comparison, too.

    One run of every model comes first, then a second one, and so on. Those of a model are every
    setting with the first number of latents and the first seed, and the first setting with all
    others; numbers of latents take turns with settings, seeds come last. DRAW has no run where it
    has no preset.

    Args:
        dataset: its name.
        models: their names.
        latents: numbers of latents, the sweep's first.
        seeds: likewise.
        widths: as of `widths_of`.
        **budget: further fields of `Run`.

    Raises:
        ValueError: if a model is unknown.

    Example:
        >>> runs = plan("color_mnist", ["vae", "dcgan"], [50, 10], [0, 1], {})
        >>> len(runs), [run.name for run in runs][2:5:2]
        (16, ['vae-50-learning_rate=0.0005-0', 'vae-10-learning_rate=0.001-0'])
    """
    unknown = [model for model in models if model not in SWEEPS]
    if unknown:
        raise ValueError(f"There is no model {unknown[0]!r}. Choose from {', '.join(SWEEPS)}.")
    of_models = []
    for model in models:
        first, *rest = settings_of(model)
        sizes = LATENTS_OF_DRAW.get(dataset, latents) if model == "draw" else latents
        if not sizes:
            continue

        def run(swept: Settings, size: int, seed: int, model: str = model) -> Run:
            return Run(dataset, model, size, swept, seed, widths_of(model, widths), **budget)

        others = [run(swept, sizes[0], seeds[0]) for swept in rest]
        turns = itertools.zip_longest(others, [run(first, n, seeds[0]) for n in sizes[1:]])
        mine = [run(first, sizes[0], seeds[0]), *filter(None, itertools.chain(*turns))]
        of_models.append([*mine, *(run(first, sizes[0], seed) for seed in seeds[1:])])
    rounds = itertools.zip_longest(*of_models)
    return [one for one in itertools.chain(*rounds) if one is not None]


def rounds(runs: Sequence[Run], count: int | None) -> list[Run]:
    """Return the first rounds of a plan: at most so many runs of each model.

    Example:
        >>> runs = plan("color_mnist", ["vae", "dcgan"], [50], [0], {})
        >>> [run.model for run in rounds(runs, 2)], len(rounds(runs, None))
        (['vae', 'dcgan', 'vae', 'dcgan'], 12)
    """
    seen: dict[str, int] = {}
    kept = []
    for run in runs:
        seen[run.model] = seen.get(run.model, 0) + 1
        if count is None or seen[run.model] <= count:
            kept.append(run)
    return kept
