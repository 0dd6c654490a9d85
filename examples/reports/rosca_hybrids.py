"""The section of RESULTS.md on VAEs, GANs and their hybrids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from examples.lib import hybrid_summary
from examples.lib.hybrid_figures import NAMES
from examples.lib.hybrid_plan import TITLES
from examples.reports import hybrid_verdicts
from examples.reports.hybrid_verdicts import cell
from examples.reports.tables import MISSING, Record, listing, plus_minus, table, text

OBJECTIVE = "objective of the best run"


def vae_gan_hybrids(record: Record) -> str:
    """The verdicts; then a table of every score, a row a model."""
    fits, settings = record["fits"], record["settings"]
    seconds = np.sum([fit["cpu_seconds"] for fit in fits], axis=0)
    shown = {name: settings[name] for name in settings if settings[name] is not None}
    said = "\n".join(f"- {verdict}" for verdict in hybrid_verdicts.verdicts(record))
    stopped = ""
    if record["report_only"]:
        stopped = " (by this command without --report_only, which then was stopped)"
    return (
        f"{len(fits)} of the {record['planned']} settings of the plan were run{stopped}, "
        f"{settings['steps']:,} steps each: what is compared is how far models come with that, and "
        f"the verdicts are of it. Budget: {listing(shown)}; "
        f"{seconds[0] / 60:.0f} CPU minutes of training and {seconds[1] / 60:.0f} of measuring, on "
        f"a machine of {record['cores']} cores (no GPU), shared with other work. The paper's: "
        f"{listing(record['paper'])}.\n\n{said}\n\n"
        "Best of the sweep ± its standard error; below it median and range over the settings. "
        "Negative Wasserstein: an independent WGAN-GP critic on held-out data, which has the scale "
        f"of its slope{_slopes(fits)}; real data's is the mean of what the same critics say of "
        "other test images ± their standard deviation. Diversity is best where it is nearest to "
        "real data's; precision is high, too, where samples are all alike. Classes and features "
        f"are by {record['real_data']['judge']}. The objective is the training's own, on held-out "
        "data, in nats (WGAN-GP's: a distance): what `evaluate` tells, or value and bound by a "
        "critic that begins afresh, of the run that the Wasserstein critic finds best. The picture "
        "has the box plots of figures 4 and 5 with the best run as a black dot; below samples of "
        "each model's best run by the Wasserstein critic (figure 16), its reconstructions (figure "
        "12), and held-out bounds while training, a line a setting (figure 11).\n\n"
        f"{_table(record)}"
    )


def _slopes(fits: Sequence[Record]) -> str:
    """Return the range of the critics' slopes, which the penalty keeps near one and no nearer."""
    slopes = [hybrid_summary.value_of(fit, "slope") for fit in fits]
    slopes = [slope for slope in slopes if slope is not None]
    return f" (on average {text(min(slopes))} to {text(max(slopes))})" if slopes else ""


def _table(record: Record) -> str:
    scores = [name for name in NAMES if any(row[name] for row in record["summary"].values())]
    rows = []
    for model, row in record["summary"].items():
        runs = f"{row['runs']}" + (f" ({row['failed']} not finite)" if row["failed"] else "")
        rows.append([TITLES[model], runs])
        for score in scores:
            of = row[score]
            median = of and f"{text(of['median'])} ({text(of['lowest'])} to {text(of['highest'])})"
            rows[-1].append(f"{cell(of)}<br>{median}" if of else MISSING)
        rows[-1].append(_objective([fit for fit in record["fits"] if fit["model"] == model]))
    for name, title in (("data", "real test data"), ("noised", "the same with N(0, 0.1) noise")):
        given = record["real_data"][name]
        rows.append([title, MISSING])
        rows[-1] += [plus_minus(*given[score]) if score in given else MISSING for score in scores]
        rows[-1].append(MISSING)
    return table(["model", "runs", *(NAMES[score] for score in scores), OBJECTIVE], rows)


def _objective(fits: Sequence[Record]) -> str:
    """Return what the training objective says of the run that the Wasserstein critic finds best."""
    best = hybrid_summary.best(fits, hybrid_verdicts.TOLD_BY[0], {})
    if best is None:
        return MISSING
    told = best["scores"]["objective"]
    return "<br>".join(f"{name} {plus_minus(*of)}" for name, of in told.items())
