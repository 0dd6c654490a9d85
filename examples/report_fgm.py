"""Sections of RESULTS.md for the experiments of Roquero Gimenez and Zou 2022."""

from __future__ import annotations

from report_table import Record, Section, table, text


def fgm_collapse(record: Record) -> str:
    """One row a divergence and seed."""
    rows = []
    for fit in record["fits"]:
        died = [f"{mode} (epoch {epoch})" for mode, epoch in fit["died_in_epoch"].items()]
        covered = f"{fit['modes_covered']} of {record['modes']}"
        rows.append([fit["divergence"], fit["seed"], ", ".join(died) or "none", covered])
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    header = ["divergence", "seed", "modes named dead", "modes covered at the end"]
    return (
        "The paper has a picture alone: Jensen-Shannon ends on one mode. Settings were chosen on "
        "seeds 0 and 1. Budget: "
        f"{budget}.\n\n{table(header, rows)}"
    )


def fgm_mnist(record: Record) -> str:
    """One row a divergence and seed."""
    measures = [m for m in next(iter(record["summary"].values())) if m != "seeds"]
    rows = []
    for fit in record["fits"]:
        died = [f"{label} (step {step})" for label, step in fit["died_at_step"].items()]
        rows.append([fit["system"], fit["seed"], max(fit["dead_by_look"])])
        rows[-1] += [", ".join(died) or "none", *(fit[measure] for measure in measures)]
    budget = ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
    header = ["divergence", "seed", "most classes dead at once", "dead at the end"]
    header += [measure.replace("_", " ") for measure in measures]
    return (
        "The paper has pictures alone: Jensen-Shannon gives two digits, sharp, and forward KL all, "
        f"fuzzy. Budget: {budget}. The classes are told by nearest neighbours, right for "
        f"{record['classifier_accuracy']:.2%} of the test images; sharpness is in units of that of "
        f"test images of the class.\n\n{table(header, rows)}"
    )


SECTIONS: dict[str, Section] = {
    "fgm_collapse": (
        "Far-apart Gaussians by f-GM (Roquero Gimenez and Zou, figure 2)",
        fgm_collapse,
    ),
    "fgm_mnist": ("Images by f-GM (Roquero Gimenez and Zou, figure 1)", fgm_mnist),
}
