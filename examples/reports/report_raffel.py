"""The section of RESULTS.md for the experiments of Raffel 2018."""

from __future__ import annotations

from typing import Any

from examples.reports.papers import Paper, Section
from examples.reports.tables import Record, listing, mean, plus_minus, table, text

CRITIC = ("bound", "training_bound")
# Of games alone, and not of records of before.
GAME = ("value", "training_value")
GAMES = (
    " V, over all critics, is the divergence itself by f-GANs (eq. 14 for reverse KL), and 2 JS - "
    "log 4 where the critic is a classifier (eq. 13)."
)


def gan_minimises_divergence(record: Record) -> str:
    """One row a data set and system; every optimum beside them."""
    divergences = ("kl", "rkl", "js")
    parts, played = [], False
    for name, found in record["data"].items():
        rows: list[list[Any]] = []
        for system, values in found["summary"].items():
            fits = [fit for fit in found["fits"] if fit["system"] == system]
            cells = [
                f"{values[d]['mean']:.4f} ({max(f[d] for f in fits):.4f})" for d in divergences
            ]
            critic = [plus_minus(mean(fits, key), mean(fits, f"{key}_se"), ".4f") for key in CRITIC]
            games = [
                None
                if fits[0].get(key) is None
                else plus_minus(mean(fits, key), mean(fits, f"{key}_se"), ".4f")
                for key in GAME
            ]
            played |= any(game is not None for game in games)
            rows.append([system, *cells, mean(fits, "log_likelihood"), *critic, *games])
        least = [f"{max(found['optima'][d]['divergence'], 0.0):.4f}" for d in divergences]
        rows.append(
            ["the least that a Gaussian can have", *least, *[None] * (1 + len(CRITIC + GAME))]
        )
        header = ["system", *divergences, "held-out log-likelihood"]
        header += ["critic's bound on js", "on its own data"]
        header += ["V of its game", "on the critic's own data (eq. 16)"]
        parts.append(f"Number of Gaussians: {name}.\n\n{table(header, rows)}")
    return (
        "The text has pictures alone: on two Gaussians maximum likelihood covers both, reverse KL "
        "takes one, and so does its GAN. True divergences by quadrature, in nats: mean over seeds "
        f"{text(record['seeds'])} (worst seed); ± is one seed's standard error. "
        f"Budget: {listing(record['settings'])}.{GAMES if played else ''}\n\n" + "\n\n".join(parts)
    )


PAPER = Paper(
    citation="Raffel 2018",
    place=3,
    sections={
        "gan_minimises_divergence": Section(
            "GANs as divergence minimisation (Raffel, sections 1 to 5)",
            gan_minimises_divergence,
        ),
    },
)
