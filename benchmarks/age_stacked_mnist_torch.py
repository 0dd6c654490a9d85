"""The PyTorch twin of `age_stacked_mnist.py`, which runs it: the same networks and losses."""

from __future__ import annotations

import math

import age_torch
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BATCH, LATENT, BASE = 64, 8, 64
# Moves the softplus so that a raw output of 0 is a scale of 1.
SOFTPLUS_OF_ONE = math.log(math.e - 1)


def halving(inputs: int, outputs: int, bias: bool) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 5, stride=2, padding=2, bias=bias)


class Encoder(nn.Module):
    """Table 9, and a draw of its diagonal Gaussian."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, BASE), (BASE, 2 * BASE), (2 * BASE, 4 * BASE)):
            layers += [halving(inputs, outputs, False), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * BASE, 2 * LATENT))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Draw z."""
        mean, raw = self.network(x).chunk(2, dim=1)
        return mean + F.softplus(raw + SOFTPLUS_OF_ONE) * torch.randn_like(mean)


class Stage(nn.Module):
    """A map of noise, batch normalisation, ReLU, and a transposed convolution."""

    def __init__(self, inputs: int, side: int, outputs: int, more: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, side, side))
        self.norm = nn.BatchNorm2d(inputs)
        self.convolution = nn.ConvTranspose2d(inputs, outputs, 5, 2, 2, more, bias=bias)

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """Return the features of the next stage."""
        noise = torch.randn(len(h), 1, *h.shape[2:])
        return self.convolution(F.relu(self.norm(h + self.weight * noise)))


class Decoder(nn.Module):
    """Table 8, with noise in every layer."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(LATENT, 64 * BASE, bias=False)
        self.stages = nn.Sequential(
            Stage(4 * BASE, 4, 2 * BASE, 0),
            Stage(2 * BASE, 7, BASE, 1),
            Stage(BASE, 14, 3, 1, bias=True),
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Draw x."""
        return torch.tanh(self.stages(self.dense(z).view(-1, 4 * BASE, 4, 4)))


class Critic(nn.Module):
    """Table 10."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, BASE), (BASE, 2 * BASE), (2 * BASE, 4 * BASE)):
            layers += [halving(inputs, outputs, True), nn.LeakyReLU(0.01)]
        self.of_x = nn.Sequential(*layers, nn.Flatten())
        self.of_both = nn.Sequential(
            nn.Linear(64 * BASE + LATENT, 1024), nn.LeakyReLU(0.01), nn.Linear(1024, 1)
        )

    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Return the outputs, shape `(batch,)`."""
        return self.of_both(torch.cat([self.of_x(x), z], dim=1)).squeeze(1)


def game() -> age_torch.AGE:
    return age_torch.AGE(Encoder(), Decoder(), Critic(), LATENT, 1, 1e-4)


def main() -> None:
    read = age_torch.arguments()
    game().serve(np.load(read.data).transpose(0, 3, 1, 2), BATCH, read.steps)


if __name__ == "__main__":
    main()
