"""Sections of RESULTS.md for the experiments of Roquero Gimenez and Zou 2022."""

from __future__ import annotations

from examples.reports.papers import Paper, Section
from examples.reports.tables import Record, listing, table


def fgm_collapse(record: Record) -> str:
    """One row a divergence and seed."""
    rows = []
    for fit in record["fits"]:
        died = [f"{mode} (epoch {epoch})" for mode, epoch in fit["died_in_epoch"].items()]
        covered = f"{fit['modes_covered']} of {record['modes']}"
        rows.append([fit["divergence"], fit["seed"], ", ".join(died) or "none", covered])
    header = ["divergence", "seed", "modes named dead", "modes covered at the end"]
    return (
        "The paper has a picture alone: Jensen-Shannon ends on one mode. Settings were chosen on "
        f"seeds 0 and 1. Budget: {listing(record['settings'])}.\n\n{table(header, rows)}"
    )


def fgm_mnist(record: Record) -> str:
    """One row a divergence and seed."""
    measures = [m for m in next(iter(record["summary"].values())) if m != "seeds"]
    rows = []
    for fit in record["fits"]:
        died = [f"{label} (step {step})" for label, step in fit["died_at_step"].items()]
        rows.append([fit["system"], fit["seed"], max(fit["dead_by_look"])])
        rows[-1] += [", ".join(died) or "none", *(fit[measure] for measure in measures)]
    header = ["divergence", "seed", "most classes dead at once", "dead at the end"]
    header += [measure.replace("_", " ") for measure in measures]
    return (
        "The paper has pictures alone: Jensen-Shannon gives two digits, sharp, and forward KL all, "
        f"fuzzy. Budget: {listing(record['settings'])}. "
        "The classes are told by nearest neighbours, right for "
        f"{record['classifier_accuracy']:.2%} of the test images; sharpness is in units of that of "
        f"test images of the class.\n\n{table(header, rows)}"
    )


PAPER = Paper(
    citation="Roquero Gimenez and Zou 2022 (f-GM)",
    place=2,
    sections={
        "fgm_collapse": Section(
            "Far-apart Gaussians by f-GM (Roquero Gimenez and Zou, figure 2)",
            fgm_collapse,
        ),
        "fgm_mnist": Section("Images by f-GM (Roquero Gimenez and Zou, figure 1)", fgm_mnist),
    },
)
