"""What the figures of VAEs, GANs and their hybrids say of the paper's claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from examples.lib import hybrid_summary
from examples.lib.hybrid_figures import NAMES
from examples.lib.hybrid_plan import TITLES
from examples.reports.tables import Record, plus_minus, text

# Verdicts are told by figure 4's score, and figure 5's.
TOLD_BY = ("negative_wasserstein", "inception_score")
GANS = ("dcgan", "wasserstein_gan")
HYBRIDS = ("aae", "aae_plus_plus", "aae_gan", "veegan")
# Two scores differ where they do so by more of their standard error than this.
ERRORS = 2


def verdicts(record: Record) -> list[str]:
    """Return a sentence a claim that the record has figures for."""
    fits = record["fits"]
    told = [_variational(record), _consistently(fits), _hybrids(record), _bounds(fits)]
    return [one for one in told if one]


def cell(row: Mapping[str, float | None]) -> str:
    """Return the best of a sweep with its standard error."""
    return plus_minus(row["best"], row["se"])


def _variational(record: Record) -> str | None:
    """Figure 4: VAEs perform well on ColorMNIST."""
    if "vae" not in record["summary"] or record["settings"]["dataset"] != "color_mnist":
        return None
    told, holds = [], {}
    for score in TOLD_BY:
        order = _order(record, score)
        if "vae" not in order:
            continue
        rank = order.index("vae") + 1
        row = record["summary"]["vae"][score]
        holds[NAMES[score]] = _among_better_half(record, score, order)
        first = f"{TITLES[order[0]]}, {cell(record['summary'][order[0]][score])}"
        told.append(
            f"by {NAMES[score]} the VAE's best run is number {rank} of {len(order)} models "
            f"({cell(row)}; first: {first})"
        )
    claim = '"VAEs perform well on ColorMNIST" (figure 4; well: among the better half)'
    return f"{claim} is {_of(holds)}: {'; '.join(told)}." if told else None


def _among_better_half(record: Record, score: str, order: Sequence[str]) -> bool | None:
    """Say whether the VAE is; None if the nearest model of the other half is within the noise."""
    half = len(order) // 2
    better = order.index("vae") < half
    nearest = order[half if better else half - 1]
    (mine, error), (other, of_other) = (
        _merit(record, score, record["summary"][name][score]) for name in ("vae", nearest)
    )
    return better if abs(mine - other) > ERRORS * np.hypot(error, of_other) else None


def _consistently(fits: Sequence[Record]) -> str | None:
    """Section 6.4: AAE-GAN consistently outperforms AAE++, setting by setting."""
    told, holds = [], {}
    for score in TOLD_BY:
        differences = [
            (mine[0] - other[0], np.hypot(mine[1], other[1]))
            for mine, other in _pairs(fits, "aae_gan", "aae_plus_plus", score)
        ]
        if not differences:
            continue
        better = sum(value > ERRORS * error for value, error in differences)
        worse = sum(value < -ERRORS * error for value, error in differences)
        values = [value for value, _ in differences]
        # One pair the other way is enough against it; a pair within its noise says nothing.
        within = None if better < len(differences) else True
        holds[NAMES[score]] = False if worse else within
        told.append(
            f"by {NAMES[score]} it is better by more than {ERRORS} standard errors in {better}, "
            f"and worse in {worse}, of {len(differences)} pairs of like settings (difference from "
            f"{text(min(values))} to {text(max(values))}, median {text(float(np.median(values)))})"
        )
    if not told:
        return None
    claim = '"AAE-GAN consistently outperforms AAE++"'
    return f"{claim} is {_of(holds)}: {'; '.join(told)}."


def _hybrids(record: Record) -> str | None:
    """The paper's introduction: hybrids are on par with GANs, not better."""
    told, holds = [], {}
    for score in TOLD_BY:
        order = _order(record, score)
        firsts = [
            next((name for name in order if name in group), None) for group in (HYBRIDS, GANS)
        ]
        if None in firsts:
            continue
        hybrid, gan = (record["summary"][name][score] for name in firsts)
        spread = max(row["highest"] - row["lowest"] for row in (hybrid, gan))
        difference = hybrid["best"] - gan["best"]
        holds[NAMES[score]] = difference <= ERRORS * np.hypot(hybrid["se"], gan["se"])
        told.append(
            f"by {NAMES[score]} the best hybrid ({TITLES[firsts[0]]}, {cell(hybrid)}) is "
            f"{text(abs(difference))} {'above' if difference > 0 else 'below'} the best GAN "
            f"({TITLES[firsts[1]]}, {cell(gan)}), where settings of one of the two spread by "
            f"{text(spread)}"
        )
    if not told:
        return None
    return f'"Hybrids are not better than GANs" is {_of(holds)}: {"; ".join(told)}.'


def _bounds(fits: Sequence[Record]) -> str | None:
    """Figure 11: a VAE's bound rises while it trains, and VEEGAN's does not."""
    told, holds = [], {}
    for model, rising in (("vae", True), ("veegan", False)):
        # What `evaluate` tells is minus the bound.
        curves = [
            -np.asarray(fit["bound_by_look"], np.float64)
            for fit in fits
            if fit["model"] == model and len(fit["bound_by_look"]) > 1
        ]
        rose = sum(curve[-1] > curve[0] for curve in curves)
        if curves:
            holds[TITLES[model]] = rose == (len(curves) if rising else 0)
        changes = ", ".join(f"{text(float(c[0]))} to {text(float(c[-1]))}" for c in curves)
        told += [f"{TITLES[model]}'s rose in {rose} of {len(curves)} runs ({changes})"]
    if len(holds) < len(told):
        return None
    return (
        f"\"A VAE's bound rises while training, VEEGAN's does not\" (figure 11) is {_of(holds)}: "
        f"from the first look to the last, in nats, {'; '.join(told)}."
    )


def _of(holds: Mapping[str, bool | None]) -> str:
    """Return a verdict: by which scores, or of which models, a claim holds, and of which not.

    Args:
        holds: by score or model; None where differences are within their noise.
    """
    words = {True: "confirmed", False: "contradicted", None: "undecided"}
    groups = {
        word: [name for name, one in holds.items() if one == wanted]
        for wanted, word in words.items()
    }
    (first, names), *others = [(word, names) for word, names in groups.items() if names]
    if not others:
        return f"{first} here"
    told = [f"{first} here by {' and '.join(names)}"]
    return ", ".join(told + [f"{word} by {' and '.join(names)}" for word, names in others])


def _order(record: Record, score: str) -> list[str]:
    """Return the models that have a score, the best one first."""
    having = {name: row[score] for name, row in record["summary"].items() if row[score]}
    merits = {name: _merit(record, score, row)[0] for name, row in having.items()}
    return sorted(merits, key=merits.get, reverse=True)


def _pairs(
    fits: Sequence[Record], one: str, other: str, score: str
) -> list[tuple[list[float], list[float]]]:
    """Return a score of both models wherever all their settings are alike."""

    def by_setting(model: str) -> dict[str, list[float]]:
        return {
            str((fit["swept"], fit["latents"], fit["seed"])): fit["scores"][score]
            for fit in fits
            if fit["model"] == model and hybrid_summary.value_of(fit, score) is not None
        }

    mine, others = by_setting(one), by_setting(other)
    return [(mine[key], others[key]) for key in mine if key in others]


def _merit(record: Record, score: str, row: Mapping[str, float | None]) -> tuple[float, float]:
    """Return how good the best of a sweep is, more being better, and its standard error."""
    real = record["real_data"]["data"].get(score, [None])[0]
    return hybrid_summary.merit(score, row["best"], real), row["se"]
