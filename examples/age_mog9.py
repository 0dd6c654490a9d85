r"""Minimise the VAE's objective on nine Gaussians without its closed form, from samples alone.

Regenerates Shen et al. 2020, table 3: with Gaussian encoder and decoder the joint forward KL is the
VAE's loss less the entropy of the data, so what AGE and bidirectional f-GAN make of it can be
measured. Measured on test examples, in nats: the objective L_VAE, cycle consistency -E[log p(x|z)],
and the negative log-likelihood of the decoder alone by annealed importance sampling.

    python examples/age_mog9.py --results=results/age_mog9

The preset `shen/grid9` has the paper's networks and optimizers; its budget, 300 epochs with 30
critic steps each, is hours here. The defaults are one for two cores: smaller networks and batches,
fewer critic steps, higher rates. The VAE has the same networks and takes as many steps, with a rate
of its own. A run whose loss stops being finite is reported as such, with the figures of its last
measured epoch. The paper leaves open whether its figures contain (d/2) log 2 pi; we give both. An
interrupted run goes on where it stopped, and one that is finished in the workdir is only measured.
"""

from __future__ import annotations

import numpy as np
import systems
from absl import flags

FLAGS = flags.FLAGS
VAE = "vae"
flags.DEFINE_string("results", "results/age_mog9", "Folder for age_mog9.json and .png.")
flags.DEFINE_string("workdir", "runs/age_mog9", "Folder for backups.")
flags.DEFINE_list("systems", [VAE, "age-kl", "fgan-kl"], f"Of {VAE}, {', '.join(systems.SYSTEMS)}.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds, each a whole repetition.")
flags.DEFINE_integer("epochs", 100, "Epochs; the authors' are 300.", lower_bound=1)
flags.DEFINE_integer("batch_size", 200, "Examples a batch; the paper's are 500.", lower_bound=1)
flags.DEFINE_integer("critic_steps", 10, "A step; the paper's are 30.", lower_bound=1)
flags.DEFINE_integer("units", 64, "Of encoder's and decoder's layers; paper: 500.", lower_bound=1)
flags.DEFINE_integer("critic_units", 64, "Of the critic's; the paper's are 400.", lower_bound=1)
flags.DEFINE_float("critic_learning_rate", 1e-3, "The paper's is 1e-4.")
flags.DEFINE_float("learning_rate", 2e-4, "Of encoder and decoder; the paper's is 5e-5.")
flags.DEFINE_float("vae_learning_rate", 1e-3, "Of the VAE's Adam.")
flags.DEFINE_integer("temperatures", 500, "Of annealing; the paper's are 1,000.", lower_bound=1)
flags.DEFINE_integer("chains", 16, "Of annealing, an example; paper: 30.", lower_bound=2)
flags.DEFINE_integer("leapfrog_steps", 3, "Of each move of annealing.", lower_bound=1)
flags.DEFINE_integer("annealed", 1_000, "Examples to anneal; paper: 10,000.", lower_bound=1)
flags.DEFINE_integer("examples", 10_000, "Test examples for the rest.", lower_bound=100)

SETTINGS = ("epochs", "batch_size", "critic_steps", "units", "critic_units")
SETTINGS = (*SETTINGS, "critic_learning_rate", "learning_rate")
ANNEALING = {"temperatures": "num_temperatures", "chains": "num_chains"}
ANNEALING |= {"leapfrog_steps": "leapfrog_steps"}
# Objective, cycle consistency and negative log-likelihood, mean (standard error) over ten trials.
PAPER = {
    VAE: ("2.739 (0.02)", "0.025 (0.07)", "0.753 (0.01)"),
    "age-kl": ("2.784 (0.06)", "-0.018 (0.16)", "0.737 (0.02)"),
    "fgan-kl": ("3.786 (1.05)", "1.173 (1.04)", "1.401 (1.24)"),
}
MEASURES = ["objective", "cycle_consistency", "negative_log_likelihood"]
MEASURED_EPOCHS = 20
MAX_POINTS = 2_000
STEPS_PER_CALL = 16


def train(name: str, seed: int, x: np.ndarray) -> tuple[systems.Trained, str | None]:
    """Train a system; a loss that is not finite ends it, and its message comes back."""
