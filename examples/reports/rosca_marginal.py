"""What RESULTS.md says of marginal KLs: Tables 1 to 4 of Rosca et al. 2018."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examples.reports.tables import Record, listing, plus_minus, table, text

# As many standard errors may an order be violated by.
ERRORS = 3
_NAMES = {
    "monte_carlo": "Monte Carlo",
    "ratio": "density ratio",
    "mixture_10": "mixture of 10",
    "mixture_50": "of 50",
    "mixture_100": "of 100",
    "maf": "MAF",
    "lstm": "LSTM",
}


def marginal_kl(record: Record) -> str:
    """The verdict of each system, Table 1 with every estimator, and Table 4."""
    fits, lambdas = record["fits"], record["lambdas"]
    budget = listing(record["settings"])
    said = [
        "The paper finds the marginal KL far from zero by Monte Carlo, and underestimated by the "
        "density ratio and by every density. In nats per dimension it has, on ColorMNIST with 50 "
        "latents, .244 of an average KL of .468.",
        f"Ours: {'; '.join(map(_verdict, fits))}." if fits else "",
        f"An order holds where it is not violated by {ERRORS} standard errors. q(z) is of the N "
        "training examples; ± is the standard error of the draws.",
        f"Budget: {budget} (a width or N of 0 is the paper's), one seed; "
        f"{record['seconds'] / 60:.0f} minutes in all, on {record['workers']} of "
        f"{record['cores']} cores, shared with other work. The paper's: 100,000 iterations, on "
        "CIFAR-10 and CelebA 200,000, and a million draws.",
    ]
    parts = [" ".join(filter(None, said))]
    if fits:
        parts += [_table_1(fits), "By every estimator, in nats:", _estimators(fits)]
    if lambdas:
        parts += [_sentence_of_lambdas(lambdas, record), _table_4(lambdas)]
    return "\n\n".join(parts)


def critic_architectures(record: Record) -> str:
    """For each table how far its rows lie from Monte Carlo; then the rows."""
    parts = [
        "The paper finds every classifier without noise far below Monte Carlo, and those with "
        "noise on their activations far above. "
        f"{' '.join(_rows_verdict(one) for one in record['tables'])} Budget: "
        f"{listing(record['settings'])} (a width or N of 0 is the paper's), one seed, noise of "
        f"standard deviation {text(record['noise'])}, dropout of {text(record['dropout'])}; "
        f"{record['seconds'] / 60:.0f} minutes of classifiers on {record['workers']} of "
        f"{record['cores']} cores, shared with other work. The paper's: 5,000 units, 500,000 "
        "steps. ± is the standard error of the draws."
    ]
    for one in record["tables"]:
        paper = record["paper"][one["table"]]
        parts += [_context(one, paper), _rows(one, paper["monte_carlo"])]
    return "\n\n".join(parts)


def holds(larger: float, smaller: float, error: float) -> bool:
    """Say whether one value is at least another, within standard errors.

    Example:
        >>> holds(1.0, 1.02, error=0.01), holds(1.0, 1.2, error=0.01)
        (True, False)
    """
    return larger >= smaller - ERRORS * error


def orders(fit: Record) -> dict[str, bool]:
    """Return which of the paper's orders a system's figures have."""
    measures = fit["measures"]
    exact = measures["monte_carlo"]
    value, error = exact["marginal_kl"], exact["marginal_kl_se"]
    found = {
        "average KL >= Monte Carlo": holds(exact["average_kl"], value, error),
        "Monte Carlo >= floor": holds(value, exact["floor"], error),
    }
    others = [one for name, one in measures.items() if name != "monte_carlo"]
    if others:
        above = all(value > one["marginal_kl"] + ERRORS * one["marginal_kl_se"] for one in others)
        found["Monte Carlo above ratio and every density"] = above
    return found


def _verdict(fit: Record) -> str:
    exact = fit["measures"]["monte_carlo"]
    kept = [name for name, true in orders(fit).items() if true]
    broken = [name for name, true in orders(fit).items() if not true]
    told = (
        f"{fit['system']} has {exact['marginal_kl_per_dimension']:.3f} of "
        f"{exact['average_kl_per_dimension']:.3f} nats per dimension"
    )
    told += f", and {', '.join(kept)}" if kept else ""
    return told + (f", but not {', '.join(broken)}" if broken else "")


def _table_1(fits: Sequence[Record]) -> str:
    header = ["system", "N", "steps", "weights", "average KL", "Monte Carlo", "floor"]
    header += ["mutual information", "log N", "average KL / dim", "paper's"]
    header += ["Monte Carlo / dim", "paper's"]
    rows = []
    for fit in fits:
        exact, paper = fit["measures"]["monte_carlo"], fit["paper"]
        row = [fit["system"], f"{exact['examples']:,}", f"{fit['steps']:,}"]
        row += [f"{fit['parameters']:,}", _cell(exact, "average_kl"), _cell(exact, "marginal_kl")]
        row += [exact["floor"], _cell(exact, "mutual_information"), exact["data_entropy"]]
        row += [f"{exact['average_kl_per_dimension']:.3f}", paper["average_kl_per_dimension"]]
        row += [f"{exact['marginal_kl_per_dimension']:.3f}", paper["monte_carlo_per_dimension"]]
        rows.append(row)
    return table(header, rows)


def _estimators(fits: Sequence[Record]) -> str:
    rows = [
        [fit["system"], *(_cell(fit["measures"].get(name), "marginal_kl") for name in _NAMES)]
        for fit in fits
    ]
    return table(["system", *_NAMES.values()], rows)


def _sentence_of_lambdas(lambdas: Sequence[Record], record: Record) -> str:
    first, last = lambdas[0], lambdas[-1]
    before, after = (one["measures"]["monte_carlo"]["marginal_kl"] for one in (first, last))
    return (
        "Table 4, the ELBO with lambda KL[q(z) || p(z)] added, ColorMNIST and 50 latents "
        f"({listing(record['settings_of_table_4'])}), in nats: from lambda {text(first['lambda'])} "
        f"to {text(last['lambda'])} the marginal KL went from {before:.2f} to {after:.2f}; the "
        f"paper's from {text(first['paper']['monte_carlo'])} to "
        f"{text(last['paper']['monte_carlo'])}."
    )


def _table_4(lambdas: Sequence[Record]) -> str:
    header = ["lambda", "average KL", "paper's", "marginal KL, Monte Carlo", "paper's", "floor"]
    rows = []
    for one in lambdas:
        exact, paper = one["measures"]["monte_carlo"], one["paper"]
        row = [one["lambda"], _cell(exact, "average_kl"), paper["average_kl"]]
        rows.append([*row, _cell(exact, "marginal_kl"), paper["monte_carlo"], exact["floor"]])
    return table(header, rows)


def _rows_verdict(one: Record) -> str:
    true = one["measures"]["monte_carlo"]["marginal_kl"]
    counts = []
    for kind, of in (("without noise", False), ("with noise", True)):
        found = [row for row in one["rows"] if bool(row["noise"]) is of]
        if not found:
            continue
        below = sum(row["marginal_kl"] < true for row in found)
        values = [row["marginal_kl"] for row in found]
        spread = f"{text(min(values))} to {text(max(values))}" if len(found) > 1 else text(*values)
        counts.append(f"{below} of {len(found)} rows {kind} lie below it ({spread})")
    return (
        f"Ours, table {one['table']} ({one['system']}): Monte Carlo has {text(true)} nats, and "
        f"{', '.join(counts)}."
    )


def _context(one: Record, paper: Record) -> str:
    exact = one["measures"]["monte_carlo"]
    return (
        f"Table {one['table']}: {one['system']}, {one['latents']} latents. Average KL "
        f"{text(exact['average_kl'])}, Monte Carlo {_cell(exact, 'marginal_kl')}, floor "
        f"{text(exact['floor'])}; the paper's ({paper['system']}): average KL "
        f"{text(paper['average_kl'])}, Monte Carlo {text(paper['monte_carlo'])}."
    )


def _rows(one: Record, papers_truth: float) -> str:
    header = ["layers", "learning rate", "gradient penalty", "activation noise", "dropout"]
    header += ["KL, nats", "of Monte Carlo", "paper's KL", "of its Monte Carlo"]
    true = one["measures"]["monte_carlo"]["marginal_kl"]
    rows = []
    for row in one["rows"]:
        had = ["yes" if row[name] else "no" for name in ("penalty", "noise", "dropout")]
        cells = [row["layers"], row["learning_rate"], *had, _cell(row, "marginal_kl")]
        cells += [f"{row['marginal_kl'] / true:.0%}", row["paper"]]
        rows.append([*cells, f"{row['paper'] / papers_truth:.0%}"])
    return table(header, rows)


def _cell(figures: dict[str, Any] | None, name: str) -> str | None:
    """Return a figure with its standard error, where that is not zero."""
    if figures is None:
        return None
    return plus_minus(figures[name], figures[f"{name}_se"] or None)
