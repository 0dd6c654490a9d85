"""Sections of RESULTS.md for the experiments of Rosca et al. 2018."""

from __future__ import annotations

from collections.abc import Sequence

from examples.reports import rosca_classifiers, rosca_likelihoods, rosca_marginal
from examples.reports.papers import Paper, Section
from examples.reports.rosca_hybrids import vae_gan_hybrids
from examples.reports.tables import Record, listing, spread, table, text

# An estimate is off where it is so by more standard errors than this.
ERRORS = 3


def ratio_scaling(record: Record) -> str:
    """The verdict at each number of dimensions; then one row a figure and number of dimensions."""
    fits = record["fits"]
    dimensions = list(dict.fromkeys(fit["dimensions"] for fit in fits))
    said = [_verdict(d, [fit for fit in fits if fit["dimensions"] == d]) for d in dimensions]
    paper = record["paper"]
    return (
        f"The paper has pictures, and says: the true KL falls at d = "
        f"{text(paper['true KL falls at'])}, and the estimate is right nowhere. Ours: "
        f"{'; '.join(said)}. The KL is KL[model || data] in nats. At first both are fixed and a "
        "classifier alone learns; the same classifier then meets a model that learns. "
        f"An estimate is off where it is {ERRORS} of its standard "
        "errors or more from the truth. Mean ± standard deviation over seeds, each with Gaussians "
        f"of its own. Budget: {listing(record['settings'])}; {record['seconds'] / 60:.0f} minutes "
        f"of training on {record['workers']} of {record['cores']} cores, shared with other work. "
        f"The paper's: {listing({key: paper[key] for key in ('steps', 'runs', 'critic')})}. Rates, "
        "layers and critic steps of the figures: "
        f"{'; '.join(f'{name}: {listing(value)}' for name, value in record['figures'].items())}."
        f"\n\n{_table(record)}"
    )


def _verdict(dimensions: int, fits: Sequence[Record]) -> str:
    """Say in how many runs the true KL fell, and how near the estimates were."""
    done = [fit for fit in fits if not fit["failure"]]
    fell = sum(fit["fell"] for fit in done)
    parts = [f"at d = {dimensions} the true KL fell in {fell} of {len(fits)} runs"]
    if len(done) < len(fits):
        parts[0] += f" ({len(fits) - len(done)} were not finite)"
    for name, of in (("initial", "of the fixed pair"), ("final", "at the end of learning")):
        # Figures share runs whose pair is fixed.
        found = {
            (fit[f"estimate_of_{name}"], fit[f"estimate_of_{name}_se"], fit[f"{name}_kl"])
            for fit in done
        }
        off = sum(abs(value - truth) >= ERRORS * error for value, error, truth in found)
        said = f"the estimate {of} was off in {off} of {len(found)}"
        if found:
            furthest = max(found, key=lambda one: abs(one[0] - one[2]))
            said += f" (furthest: {text(furthest[0])} for {text(furthest[2])})"
        parts.append(said)
    return ", ".join(parts)


def _table(record: Record) -> str:
    rows = []
    for name, row in record["summary"].items():
        fits = [fit for fit in record["fits"] if fit["system"] == name]
        done = [fit for fit in fits if not fit["failure"]]
        fell = f"{sum(fit['fell'] for fit in done)} of {len(fits)}"
        weights = f"{done[0]['critic_parameters']:,}"
        rows.append([*name.split(", d = "), weights, spread(row["initial_kl"])])
        rows[-1] += [spread(row["estimate_of_initial"]), spread(row["final_kl"]), fell]
        rows[-1].append(spread(row["estimate_of_final"]))
    header = ["figure", "d", "critic's weights", "true KL, start", "estimate, both fixed"]
    header += ["true KL, end", "fell", "estimate, end"]
    return table(header, rows)


PAPER = Paper(
    citation="Rosca et al. 2018",
    place=5,
    sections={
        "ratio_scaling": Section(
            "Density ratios of Gaussians (Rosca et al., figures 2, 8, 9 and 10)", ratio_scaling
        ),
        "vae_gan_hybrids": Section(
            "VAEs, GANs and hybrids (Rosca et al., figures 4, 5, 11, 12 and 16)", vae_gan_hybrids
        ),
        "marginal_kl": Section(
            "Marginal KL of variational autoencoders (Rosca et al., Tables 1 and 4, figures 1 and "
            "6)",
            rosca_marginal.marginal_kl,
        ),
        "critic_architectures": Section(
            "Marginal KL by classifiers of many architectures (Rosca et al., Tables 2 and 3)",
            rosca_classifiers.critic_architectures,
        ),
        "pixel_likelihood": Section(
            "Bernoulli and quantised normal pixels (Rosca et al., section 4.2, figure 7)",
            rosca_likelihoods.pixel_likelihood,
        ),
        "avb": Section(
            "Adversarial variational Bayes (Rosca et al., appendix J, figure 17)",
            rosca_likelihoods.avb,
        ),
    },
)
