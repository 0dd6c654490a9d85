"""What RESULTS.md says of marginal KLs: Tables 1 and 4 of Rosca et al. 2018."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examples.reports.tables import Record, listing, table, text

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
        _verdict(fits) if fits else "",
        f"An order holds where it is not violated by {ERRORS} standard errors. q(z) is of the N "
        "training examples; where the mutual information is log N their posteriors do not overlap, "
        "and Monte Carlo and the floor are the same. ± is the standard error of the draws.",
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


def _verdict(fits: Sequence[Record]) -> str:
    """Say what the systems have per dimension, which orders hold, and which density is best."""
    told = []
    for fit in fits:
        exact = fit["measures"]["monte_carlo"]
        marginal, average = (exact[f"{name}_kl_per_dimension"] for name in ("marginal", "average"))
        told.append(f"{fit['system']} {marginal:.3f} of {average:.3f}")
    parts = [f"Ours: {', '.join(told)}."]
    found = {fit["system"]: orders(fit) for fit in fits}
    for name in dict.fromkeys(name for held in found.values() for name in held):
        asked = [system for system, held in found.items() if name in held]
        broken = [system for system in asked if not found[system][name]]
        but = f", not {', '.join(broken)}" if broken else ""
        parts.append(f"{name} in {len(asked) - len(broken)} of {len(asked)} systems{but}.")
    best: dict[str, list[str]] = {}
    for fit in fits:
        values = {
            name: one["marginal_kl"]
            for name, one in fit["measures"].items()
            if name not in ("monte_carlo", "ratio")
        }
        if "lstm" in values:
            best.setdefault(_NAMES[max(values, key=values.get)], []).append(fit["system"])
    if best:
        said = ", ".join(f"{name} for {', '.join(systems)}" for name, systems in best.items())
        parts.append(f"The best density, where all were fitted: {said}; the paper's is the LSTM.")
    return " ".join(parts)


def _table_1(fits: Sequence[Record]) -> str:
    header = ["system", "N", "steps", "weights", "average KL", "Monte Carlo", "floor"]
    header += ["mutual information", "log N", "average KL / dim", "paper's"]
    header += ["Monte Carlo / dim", "paper's"]
    rows = []
    for fit in fits:
        exact, paper = fit["measures"]["monte_carlo"], fit["paper"]
        row = [fit["system"], f"{exact['examples']:,}", f"{fit['steps']:,}"]
        row += [f"{fit['parameters']:,}", cell(exact, "average_kl"), cell(exact, "marginal_kl")]
        row += [exact["floor"], cell(exact, "mutual_information"), exact["data_entropy"]]
        row += [f"{exact['average_kl_per_dimension']:.3f}", paper["average_kl_per_dimension"]]
        row += [f"{exact['marginal_kl_per_dimension']:.3f}", paper["monte_carlo_per_dimension"]]
        rows.append(row)
    return table(header, rows)


def _estimators(fits: Sequence[Record]) -> str:
    rows = [
        [fit["system"], *(cell(fit["measures"].get(name), "marginal_kl") for name in _NAMES)]
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
        row = [one["lambda"], cell(exact, "average_kl"), paper["average_kl"]]
        rows.append([*row, cell(exact, "marginal_kl"), paper["monte_carlo"], exact["floor"]])
    return table(header, rows)


def cell(figures: dict[str, Any] | None, name: str) -> str | None:
    """Return a figure with its standard error, where that is not zero.

    Example:
        >>> cell({"kl": 3.14159, "kl_se": 0.0123}, "kl"), cell({"kl": 3.0, "kl_se": 0.0}, "kl")
        ('3.142 ± 0.01', '3')
    """
    if figures is None:
        return None
    error = figures[f"{name}_se"]
    return f"{text(figures[name])} ± {error:.1g}" if error else text(figures[name])
