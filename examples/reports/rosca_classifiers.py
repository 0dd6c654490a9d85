"""What RESULTS.md says of classifiers' marginal KLs: Tables 2 and 3 of Rosca et al. 2018."""

from __future__ import annotations

from examples.reports.rosca_marginal import cell
from examples.reports.tables import Record, listing, table, text

_EXTRAS = ("penalty", "noise", "dropout")


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


def _rows_verdict(one: Record) -> str:
    """Say how many rows are too low, and what noise, penalty and dropout changed."""
    true = one["measures"]["monte_carlo"]["marginal_kl"]
    below = sum(row["marginal_kl"] < true for row in one["rows"])
    values = [row["marginal_kl"] for row in one["rows"]]
    told = (
        f"Ours, table {one['table']} ({one['system']}): {below} of {len(values)} rows lie below "
        f"Monte Carlo's {text(true)} nats, at {text(min(values))} to {text(max(values))}"
    )
    plain = {
        (row["layers"], row["learning_rate"]): row for row in one["rows"] if not any(_extras(row))
    }
    for row in one["rows"]:
        before = plain.get((row["layers"], row["learning_rate"]))
        if any(_extras(row)) and before is not None:
            names = " and ".join(
                name for name, had in zip(_EXTRAS, _extras(row), strict=True) if had
            )
            told += (
                f"; {names} took {row['layers']} layers from {text(before['marginal_kl'])} to "
                f"{text(row['marginal_kl'])}, the paper's from {text(before['paper'])} to "
                f"{text(row['paper'])}"
            )
    return f"{told}."


def _extras(row: Record) -> list[bool]:
    return [bool(row[name]) for name in _EXTRAS]


def _context(one: Record, paper: Record) -> str:
    exact = one["measures"]["monte_carlo"]
    return (
        f"Table {one['table']}: {one['system']}, {one['latents']} latents. Average KL "
        f"{text(exact['average_kl'])}, Monte Carlo {cell(exact, 'marginal_kl')}, floor "
        f"{text(exact['floor'])}; the paper's ({paper['system']}): average KL "
        f"{text(paper['average_kl'])}, Monte Carlo {text(paper['monte_carlo'])}."
    )


def _rows(one: Record, papers_truth: float) -> str:
    header = ["layers", "learning rate", "gradient penalty", "activation noise", "dropout"]
    header += ["KL, nats", "of Monte Carlo", "paper's KL", "of its Monte Carlo"]
    true = one["measures"]["monte_carlo"]["marginal_kl"]
    rows = []
    for row in one["rows"]:
        had = ["yes" if extra else "no" for extra in _extras(row)]
        cells = [row["layers"], row["learning_rate"], *had, cell(row, "marginal_kl")]
        cells += [_share(row["marginal_kl"], true), row["paper"]]
        rows.append([*cells, _share(row["paper"], papers_truth)])
    return table(header, rows)


def _share(value: float, whole: float) -> str:
    """Return a part of a whole, or how many times it is there.

    Example:
        >>> _share(3.0, 12.0), _share(2400.0, 12.0)
        ('25%', '200 times')
    """
    ratio = value / whole
    return f"{ratio:.0%}" if ratio < 10 else f"{ratio:,.0f} times"
