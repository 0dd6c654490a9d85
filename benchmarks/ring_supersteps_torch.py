"""The PyTorch twin of `ring_supersteps.py`, which runs it: the ring by the auxiliary upper bound.

As one writes it by hand: eager, a TensorDataset behind a shuffling DataLoader, an Adam for each
network. Data y are examples with noise; the encoder infers z; the model's y are decoded latents
with noise, ten draws for each of a hundred; log p^(y) is that of all noised examples.
"""

from __future__ import annotations

import argparse
import math

import timing
import torch
from torch.distributions import Normal
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from vae_mnist_torch import mlp

EXAMPLES, BATCH, LATENT, LATENTS, DRAWS = 10_000, 100, 2, 100, 10
WIDTH = 0.5


def ring() -> torch.Tensor:
    """Draw seven Gaussians on a circle in 3-D; a twin's timing asks for no more than the shape."""
    angle = torch.randint(7, (EXAMPLES,)) * (2 * math.pi / 7)
    means = torch.stack([angle.cos(), angle.sin(), torch.zeros(EXAMPLES)], dim=1)
    return means + 0.05 * torch.randn(EXAMPLES, 3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    divergence, layers, units, steps = arguments.case.split(":")
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)

    x = ring()
    loader = DataLoader(TensorDataset(x), batch_size=BATCH, shuffle=True, drop_last=True)
    hidden = [int(units)] * int(layers)
    encoder, decoder = mlp(3, *hidden, 2 * LATENT), mlp(LATENT, *hidden, 3)
    optimizers = [torch.optim.Adam(net.parameters(), lr=1e-3) for net in (encoder, decoder)]
    prior = Normal(0.0, 1.0)

    def log_data_density(y: torch.Tensor) -> torch.Tensor:
        # |y - x|^2 in three parts: the fastest way to the N x batch matrix.
        distances = (y**2).sum(1, keepdim=True) - 2 * y @ x.T + (x**2).sum(1)
        kernels = torch.logsumexp(-0.5 * distances / WIDTH**2, dim=1)
        return kernels - math.log(EXAMPLES) - 3 * math.log(WIDTH * math.sqrt(2 * math.pi))

    def log_ratio(y: torch.Tensor, z: torch.Tensor, posterior: Normal) -> torch.Tensor:
        likelihood = Normal(decoder(z), WIDTH).log_prob(y).sum(1)
        ratio = posterior.log_prob(z).sum(1) - likelihood - prior.log_prob(z).sum(1)
        return ratio if divergence == "kl" else ratio + log_data_density(y)

    def posterior_of(y: torch.Tensor) -> Normal:
        mean, raw = encoder(y).chunk(2, dim=1)
        return Normal(mean, F.softplus(raw))

    def step(batch: torch.Tensor) -> None:
        y = batch + WIDTH * torch.randn_like(batch)
        posterior = posterior_of(y)
        log_u = log_ratio(y, posterior.rsample(), posterior)
        if divergence == "kl":
            loss = log_u.mean()
        else:
            z = torch.randn(LATENTS, LATENT).repeat_interleave(DRAWS, dim=0)
            decoded = decoder(z)
            y = decoded + WIDTH * torch.randn_like(decoded)
            log_v = log_ratio(y, z, posterior_of(y))
            loss = -0.5 * (F.softplus(-log_u).mean() + F.softplus(log_v).mean())
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    def train() -> None:
        done = 0
        while done < int(steps):
            for (batch,) in loader:
                step(batch)
                done += 1
                if done == int(steps):
                    return

    def measure() -> dict[str, float]:
        return timing.per_step(train, int(steps))

    measure()
    timing.serve(measure, library=f"torch {torch.__version__}")


if __name__ == "__main__":
    main()
