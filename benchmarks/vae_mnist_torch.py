"""The PyTorch twin of `vae_mnist.py`, which runs it: the same networks, loss, optimizer and images.

As one writes it by hand: eager, a TensorDataset of floats in memory behind a shuffling DataLoader,
`torch.optim.Adam`. Denormal numbers are flushed to zero, as TensorFlow does and PyTorch by itself
does not: Adam's moments of pixels that are never on would otherwise slow it down.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
import timing
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

STEPS = 100


def mlp(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class VAE:
    """The networks, their optimizer, and a train step."""

    def __init__(self) -> None:
        self.encoder, self.decoder = mlp(784, 512, 512, 40), mlp(20, 512, 512, 784)
        weights = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimizer = torch.optim.Adam(weights, lr=1e-3)
        self.all_optimizers = [self.optimizer]

    def step(self, x: torch.Tensor) -> None:
        """Move everyone once."""
        x = x.flatten(1)
        mean, raw = self.encoder(x).chunk(2, dim=1)
        scale = F.softplus(raw)
        z = mean + scale * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean**2 + scale**2 - 1 - 2 * scale.log()).sum()
        self.optimizer.zero_grad()
        ((reconstruction + kl) / len(x)).backward()
        self.optimizer.step()


def game() -> VAE:
    return VAE()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)

    images = torch.from_numpy(np.load(arguments.data))
    loader = DataLoader(TensorDataset(images), batch_size=100, shuffle=True, drop_last=True)
    step = game().step

    def epoch() -> None:
        for (x,) in loader:
            step(x)

    def measure() -> dict[str, float]:
        in_hand = timing.per_call(lambda: step(images[:100]), STEPS, "step")
        return in_hand | timing.per_call(epoch, 1, "epoch")

    timing.per_call(lambda: step(images[:100]), STEPS, "step")
    timing.serve(measure, library=f"torch {torch.__version__}")


if __name__ == "__main__":
    main()
