"""The section of RESULTS.md on VAEs, GANs and their hybrids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from examples.lib import hybrid_summary
from examples.lib.hybrid_figures import NAMES
from examples.lib.hybrid_plan import TITLES
from examples.reports.tables import MISSING, Record, listing, plus_minus, table, text

# What the verdicts are told by: figure 4's score, and figure 5's.
TOLD_BY = ("negative_wasserstein", "inception_score")
GANS = ("dcgan", "wasserstein_gan")
HYBRIDS = ("aae", "aae_plus_plus", "aae_gan", "veegan")
# Two scores differ where they do so by more of their standard error than this.
ERRORS = 2


def vae_gan_hybrids(record: Record) -> str:
    """The verdicts; then a table of every score, a row a model."""
    fits, settings = record["fits"], record["settings"]
    seconds = np.sum([fit["cpu_seconds"] for fit in fits], axis=0)
    shown = {name: settings[name] for name in settings if settings[name] is not None}
    verdicts = [_variational(record), _consistently(fits), _hybrids(record)]
    said = "\n".join(f"- {verdict}" for verdict in verdicts if verdict)
    rehearsal = "A rehearsal on invented images: no figure means anything. "
    return (
        f"{rehearsal if record['mock'] else ''}{len(fits)} of the {record['planned']} settings of "
        f"the plan were run, {settings['steps']:,} steps each: what is compared is how far models "
        f"come with that, and the verdicts are of it. Budget: {listing(shown)}; "
        f"{seconds[0] / 60:.0f} CPU minutes of training and {seconds[1] / 60:.0f} of measuring, on "
        f"{record['workers']} of {record['cores']} cores (no GPU), shared with other work. The "
        f"paper's: {listing(record['paper'])}.\n\n{said}\n\n"
        "Best of the sweep ± its standard error; below it median and range over the settings. "
        "Negative Wasserstein: an independent WGAN-GP critic on held-out data, in units of its "
        "slope, which the penalty keeps near one and no nearer; real data's is the mean of what "
        "the same critics say of other test images ± their standard deviation. Diversity is best "
        "where it is nearest to real data's. Classes and features are by "
        f"{record['real_data']['judge']}. The picture has the box plots of figures 4 and 5 with "
        "the best run as a black dot; below samples of each model's best run by the Wasserstein "
        "critic (figure 16), its reconstructions (figure 12), and held-out bounds while training, "
        f"a line a setting (figure 11).\n\n{_table(record)}"
    )


def _variational(record: Record) -> str | None:
    """Figure 4: VAEs perform well on ColorMNIST."""
    if "vae" not in record["summary"] or record["settings"]["dataset"] != "color_mnist":
        return None
    ranks, told = [], []
    for score in TOLD_BY:
        order = _order(record, score)
        if "vae" not in order:
            continue
        ranks.append(order.index("vae") + 1)
        row = record["summary"]["vae"][score]
        first = f"{TITLES[order[0]]}, {_cell(record['summary'][order[0]][score])}"
        told.append(
            f"by {NAMES[score]} the VAE's best run is number {ranks[-1]} of {len(order)} models "
            f"({_cell(row)}; first: {first})"
        )
    half = len(record["summary"]) / 2
    verdict = _of([rank <= half for rank in ranks])
    return f'"VAEs perform well on ColorMNIST" (figure 4) is {verdict}: {"; ".join(told)}.'


def _consistently(fits: Sequence[Record]) -> str | None:
    """Section 6.4: AAE-GAN consistently outperforms AAE++, setting by setting."""
    told, shares = [], []
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
        shares.append(better / len(differences))
        told.append(
            f"by {NAMES[score]} it is better by more than {ERRORS} standard errors in {better}, "
            f"and worse in {worse}, of {len(differences)} pairs of like settings (difference from "
            f"{text(min(values))} to {text(max(values))}, median {text(float(np.median(values)))})"
        )
    if not told:
        return None
    verdict = _of([share == 1.0 for share in shares])
    return f'"AAE-GAN consistently outperforms AAE++" is {verdict}: {"; ".join(told)}.'


def _hybrids(record: Record) -> str | None:
    """The paper's introduction: hybrids are on par with GANs, not better."""
    told, holds = [], []
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
        holds.append(difference <= ERRORS * np.hypot(hybrid["se"], gan["se"]))
        told.append(
            f"by {NAMES[score]} the best hybrid ({TITLES[firsts[0]]}, {_cell(hybrid)}) is "
            f"{text(abs(difference))} {'above' if difference > 0 else 'below'} the best GAN "
            f"({TITLES[firsts[1]]}, {_cell(gan)}), where settings of one of the two spread by "
            f"{text(spread)}"
        )
    if not told:
        return None
    return f'"Hybrids are not better than GANs" is {_of(holds)}: {"; ".join(told)}.'


def _of(holds: Sequence[bool]) -> str:
    if not holds:
        return "not decided"
    if all(holds):
        return "confirmed here"
    return "confirmed in part" if any(holds) else "contradicted here"


def _order(record: Record, score: str) -> list[str]:
    """Return the models that have a score, the best one first."""
    having = {name: row[score] for name, row in record["summary"].items() if row[score]}
    real = record["real_data"]["data"].get(score, [None])[0]
    merits = {name: hybrid_summary.merit(score, row["best"], real) for name, row in having.items()}
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


def _cell(row: Mapping[str, float | None]) -> str:
    return plus_minus(row["best"], row["se"])


def _table(record: Record) -> str:
    scores = [name for name in NAMES if any(row[name] for row in record["summary"].values())]
    rows = []
    for model, row in record["summary"].items():
        runs = f"{row['runs']}" + (f" ({row['failed']} not finite)" if row["failed"] else "")
        rows.append([TITLES[model], runs])
        for score in scores:
            of = row[score]
            median = of and f"{text(of['median'])} ({text(of['lowest'])} to {text(of['highest'])})"
            rows[-1].append(f"{_cell(of)}<br>{median}" if of else MISSING)
    for name, title in (("data", "real test data"), ("noised", "the same with N(0, 0.1) noise")):
        given = record["real_data"][name]
        rows.append([title, MISSING])
        rows[-1] += [plus_minus(*given[score]) if score in given else MISSING for score in scores]
    return table(["model", "runs", *(NAMES[score] for score in scores)], rows)
