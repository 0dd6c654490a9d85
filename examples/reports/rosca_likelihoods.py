"""Sections of RESULTS.md on likelihoods and posteriors of stacked digits, by Rosca et al. 2018."""

from __future__ import annotations

from collections.abc import Sequence

from examples.reports.tables import Record, fixed, listing, mean, spread, table, text

BERNOULLI, QUANTIZED, UNIT = "Bernoulli", "quantised normal", "normal of variance 1"
AVB, CONTRAST, VAE = "AVB", "AVB, adaptive contrast", "VAE"


def pixel_likelihood(record: Record) -> str:
    """The verdict on section 4.2, then one row a distribution of pixels."""
    fits = {
        name: [fit for fit in record["fits"] if fit["system"] == name and not fit["failure"]]
        for name in dict.fromkeys(fit["system"] for fit in record["fits"])
    }
    said = []
    if fits.get(BERNOULLI) and fits.get(QUANTIZED):
        said = _trade_off(fits[BERNOULLI], fits[QUANTIZED], record["paper"])
    if fits.get(BERNOULLI) and fits.get(UNIT):
        said.append(_unit_normal(fits[BERNOULLI], fits[UNIT]))
    header = ["pixels", "KL term", "squared error", "digits kept", "Wasserstein critic", "KID"]
    header += ["KID of reconstructions", "precision", "recall"]
    return f"{' '.join(said)} {_budget(record)}\n\n{_table(record, header)}"


def _trade_off(bernoulli: list[Record], quantized: list[Record], paper: Record) -> list[str]:
    """Judge each claim by the pairs of one seed."""
    pairs = _pairs(bernoulli, quantized)
    claims = {
        "a quantised normal is more effective at inference": {
            "lower squared error": [q["squared_error"] < b["squared_error"] for b, q in pairs],
            "more digits kept": [q["digits_kept"] > b["digits_kept"] for b, q in pairs],
        },
        "a Bernoulli is more effective at generation": {
            "lower Wasserstein critic": [b["wasserstein"] < q["wasserstein"] for b, q in pairs],
            "lower KID": [b["kid"] < q["kid"] for b, q in pairs],
        },
        "the gap between samples and reconstructions is the quantised normal's": {
            "larger difference of their KIDs": [_gap(b) < _gap(q) for b, q in pairs],
        },
    }
    said = [_judged(claim, found) for claim, found in claims.items()]
    kl = [mean(fits, "held_out_kl") for fits in (bernoulli, quantized)]
    said.append(
        f"KL terms of held-out images: {fixed(kl[0], '.1f')} nats of the Bernoulli and "
        f"{fixed(kl[1], '.1f')} of the quantised normal, {paper[BERNOULLI]} and "
        f"{paper[QUANTIZED]} in the paper; the latter's scales have a median of "
        f"{text(mean(quantized, 'pixel_scale'))}."
    )
    return said


def _unit_normal(bernoulli: list[Record], unit: list[Record]) -> str:
    """Say how alike a Bernoulli and the normal of variance 1 are."""
    kl = [mean(fits, "held_out_kl") for fits in (bernoulli, unit)]
    error = [mean(fits, "squared_error") for fits in (bernoulli, unit)]
    return (
        "Appendix D calls a Bernoulli equivalent to a normal of variance 1, as their gradients "
        "have one form; but one is in a logit and the other in a mean, and trained alike the "
        f"normal's KL term is {fixed(kl[1], '.1f')} nats beside {fixed(kl[0], '.1f')}, its squared "
        f"error {text(error[1])} beside {text(error[0])}."
    )


def avb(record: Record) -> str:
    """The verdict on figure 17, then one row a system."""
    fits = {
        name: [fit for fit in record["fits"] if fit["system"] == name and not fit["failure"]]
        for name in dict.fromkeys(fit["system"] for fit in record["fits"])
    }
    failed = [fit["system"] for fit in record["fits"] if fit["failure"]]
    said = []
    if fits.get(AVB):
        said.append(_told_apart(fits))
        said.append(_mismatch(fits[AVB]))
    for better, worse, claim in (
        (VAE, AVB, "AVB underperforms the VAE"),
        (CONTRAST, AVB, "adaptive contrast makes its samples better"),
    ):
        if fits.get(better) and fits.get(worse):
            pairs = _pairs(fits[better], fits[worse])
            found = {
                f"lower {told} of {better}": [one[name] < two[name] for one, two in pairs]
                for name, told in (("wasserstein", "Wasserstein critic"), ("kid", "KID"))
            }
            said.append(_judged(claim, found))
    if failed:
        said.append(f"Not finite: {', '.join(failed)}.")
    header = ["model", "Wasserstein critic", "KID", "precision", "recall", "squared error"]
    header += ["KL term", "KL of the codes' Gaussian", "classifier's KL"]
    return f"{' '.join(said)} {_budget(record)}\n\n{_table(record, header)}"


def _told_apart(fits: dict[str, list[Record]]) -> str:
    """Say how easily a critic tells AVB's samples from data."""
    mine = fits[AVB]
    value, real = mean(mine, "wasserstein"), mean(mine, "wasserstein_of_data")
    apart = [
        fit["wasserstein"] - fit["wasserstein_of_data"]
        > 3 * (fit["wasserstein_se"] + fit["wasserstein_of_data_se"])
        for fit in mine
    ]
    said = (
        "The paper's figure 17: an independent critic easily tells samples of AVB without adaptive "
        f"contrast from data. Ours says {text(value)} of them at the end and {text(real)} of other "
        f"real data in their place, further apart than three standard errors for "
        f"{sum(apart)} of {len(apart)} seeds"
    )
    others = [f"{text(mean(fits[n], 'wasserstein'))} of the {n}" for n in (VAE,) if fits.get(n)]
    return f"{said}; {'; '.join(others)}." if others else f"{said}."


def _mismatch(mine: list[Record]) -> str:
    """Say whether q(z) and p(z) match, and whether AVB's critic knows."""
    least, told = mean(mine, "gaussian_part"), mean(mine, "held_out_kl")
    below = sum(fit["held_out_kl"] < fit["gaussian_part"] for fit in mine)
    return (
        f"Its q(z) and p(z) do not match: KL[q(z) || p(z)] is at least {text(least)} nats, by the "
        "moments of codes alone. The average KL[q(z|x) || p(z)] is larger still, but the critic "
        f"that the model is trained by puts it at {text(told)} nats, below that bound with "
        f"{below} of {len(mine)} seeds."
    )


def _pairs(one: list[Record], two: list[Record]) -> list[tuple[Record, Record]]:
    """Return fits of one seed."""
    by_seed = {fit["seed"]: fit for fit in two}
    return [(fit, by_seed[fit["seed"]]) for fit in one if fit["seed"] in by_seed]


def _gap(fit: Record) -> float:
    return fit["kid"] - fit["kid_of_reconstructions"]


def _judged(claim: str, found: dict[str, list[bool]]) -> str:
    """Return a claim with its verdict, and in how many seeds each measure says so.

    Example:
        >>> _judged("a is b", {"lower c": [True, True], "more d": [True, False]})
        'That a is b is neither confirmed nor contradicted at this budget: lower c with 2 of 2 ...'
    """
    every = [one for values in found.values() for one in values]
    verdict = "neither confirmed nor contradicted"
    if all(every):
        verdict = "confirmed"
    elif not any(every):
        verdict = "contradicted"
    counts = [f"{name} with {sum(v)} of {len(v)}" for name, v in found.items()]
    counts[0] += " seeds"
    return f"That {claim} is {verdict} at this budget: {', '.join(counts)}."


def _budget(record: Record) -> str:
    return (
        "Mean ± standard deviation over seeds. Samples and reconstructions are means of p(x|z), "
        f"all of held-out images. Budget: {listing(record['settings'])}; "
        f"{record['cpu_seconds'] / 60:.0f} CPU minutes, {record['workers']} at a time on "
        f"{record['cores']} cores. The paper's are 100,000 steps of 32 filters."
    )


def _table(record: Record, header: Sequence[str]) -> str:
    rows = []
    for name, row in record["summary"].items():
        measures = [value for key, value in row.items() if key != "seeds"]
        rows.append([name, *map(spread, measures)])
    return table(header, rows)
