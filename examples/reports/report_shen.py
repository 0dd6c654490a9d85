"""Sections of RESULTS.md for the experiments of Shen et al. 2020."""

from __future__ import annotations

from examples.reports.papers import Paper, Section
from examples.reports.tables import Record, listing, spread, table, text


def age_mog25(record: Record) -> str:
    """One row a system, the paper's figures beside ours."""
    rows = []
    for name, row in record["summary"].items():
        modes, kl = record["paper"].get(name, (None, None))
        cells = [spread(row[key]) for key in ("covered", "reverse_kl")]
        within = [spread(row[key]) for key in ("covered_within", "reverse_kl_within", "unassigned")]
        rows.append([name, row["seeds"], cells[0], modes, cells[1], kl, *within])
    header = ["system", "seeds", "modes", "paper", "mode KL", "paper"]
    header += ["modes within 3 sd", "mode KL within 3 sd", "share of samples in no mode"]
    note = (
        "Mean ± standard deviation over seeds; the paper's is mean (standard error) of ten. The "
        "rates were chosen on age-kl alone."
    )
    return f"{note} Budget: {listing(record['settings'])}. Nats.\n\n{table(header, rows)}"


def age_stacked_mnist(record: Record) -> str:
    """One row a system, the paper's figures beside ours."""
    rows = []
    for name, row in record["summary"].items():
        # Records of before have no distance of the paper's.
        modes, kl, kept, *distance = record["paper"].get(name, (None,) * 3)
        covered, reverse_kl = (spread(row[key]) for key in ("covered", "reverse_kl"))
        shares = [_percent(row.get(key)) for key in ("reconstructed_digits", "reconstructions")]
        frechet = spread(row["frechet"])
        rows.append([name, row["seeds"], covered, modes, reverse_kl, kl, *shares, kept, frechet])
        rows[-1].append(next(iter(distance), None))
    header = ["system", "seeds", "modes", "paper", "mode KL", "paper", "digits kept, %"]
    header += ["all three kept, %", "paper's %", "Frechet distance, MNIST classifier"]
    header.append("paper's, by Inception")
    note = (
        "The paper's budget: 50 epochs of 2,000 steps, 64 filters, 1,024 units. "
        f"{record['samples']} samples."
    )
    return f"{note} Budget: {listing(record['settings'])}. Nats.\n\n{table(header, rows)}"


def age_mog9(record: Record) -> str:
    """One row a system, the paper's figures beside ours."""
    measures = ("objective", "cycle_consistency", "negative_log_likelihood")
    rows = []
    for name in dict.fromkeys(fit["system"] for fit in record["fits"]):
        fits = [fit for fit in record["fits"] if fit["system"] == name]
        stopped = sum(bool(fit["failure"]) for fit in fits)
        row = record["summary"].get(name)
        paper = record["paper"].get(name, (None,) * len(measures))
        rows.append([name, len(fits), stopped])
        for measure, theirs in zip(measures, paper, strict=True):
            rows[-1] += [None, None] if row is None else _conventions(row[measure], fits)
            rows[-1].append(theirs)
    header = ["system", "seeds", "of them not finite"]
    for measure in measures:
        header += [measure.replace("_", " "), "without constant", "paper"]
    note = (
        "Mean ± standard deviation over the seeds whose loss stayed finite; the paper's is mean "
        "(standard error) of ten. The constant is (d/2) log 2 pi. No objective can be below the "
        f"entropy of the data, {text(record['entropy'])}. The rates were chosen on age-kl with "
        f"seed 0. Annealing: {listing(record['annealing'])}."
    )
    return f"{note} Budget: {listing(record['settings'])}. Nats.\n\n{table(header, rows)}"


def _percent(share: Record | None) -> str | None:
    """Return the cell of a share, which records of before may lack."""
    return None if share is None else spread({k: v and 100 * v for k, v in share.items()})


def _conventions(values: Record, fits: list[Record]) -> list[str]:
    """Return cells of a mean and spread with (d/2) log 2 pi, and of the mean without."""
    constant = next(fit["constant"] for fit in fits if not fit["failure"])
    return [spread(values), text(values["mean"] - constant)]


def photographs(record: Record) -> str:
    """One row a system, the paper's distance beside ours."""
    measures = ("frechet", "reconstruction_error", "reconstruction_in_features")
    rows = []
    for name, row in record["summary"].items():
        cells = [spread(row[measure]) for measure in measures]
        rows.append([name, row["seeds"], cells[0], record["paper"].get(name), *cells[1:]])
    header = ["system", "seeds", "Frechet distance", "paper's, by Inception"]
    header += ["squared error of reconstructed pixels", "distance of reconstructions in features"]
    note = f"Features: {record['features']}. {record['samples']} samples."
    return f"{note} Budget: {listing(record['settings'])}.\n\n{table(header, rows)}"


def age_latents(record: Record) -> str:
    """The measures, a column a run."""
    runs = record["runs"]
    measures = {
        "epochs": lambda run: run["run"]["epochs"],
        "test images": lambda run: run["images"],
        "latents": lambda run: run["latent_size"],
        "4 nearest by latents, of the image's class or digit": lambda run: run[
            "neighbors_of_the_class"
        ],
        "4 nearest by pixels, the same": lambda run: run["neighbors_of_the_class_by_pixels"],
        "squared error of reconstructions": lambda run: run["reconstruction_error"],
    }
    rows = [[name, *map(measure, runs)] for name, measure in measures.items()]
    for name in runs[0]["longest_step"]:
        steps = [run["longest_step"][name] for run in runs]
        rows.append([f"longest step of a path by the {name}, in mean steps", *steps])
    return table(["measure", *(run["run"]["of"] for run in runs)], rows)


PAPER = Paper(
    citation="Shen et al. 2020 (AGE)",
    place=4,
    sections={
        "age_mog9": Section("Nine Gaussians (Shen et al., table 3)", age_mog9),
        "age_mog25": Section("25 Gaussians (Shen et al., table 4)", age_mog25),
        "age_stacked_mnist": Section(
            "Stacked MNIST (Shen et al., tables 5 to 7)", age_stacked_mnist
        ),
        "age_latents": Section(
            "Walks and neighbours in the latents (Shen et al., figure 5)", age_latents
        ),
        "age_celeba": Section("CelebA (Shen et al., tables 6 and 7)", photographs),
        "age_imagenet": Section("ImageNet (Shen et al., table 6)", photographs),
    },
)
