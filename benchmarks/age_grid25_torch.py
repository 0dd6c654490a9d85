"""The PyTorch twin of `age_grid25.py`, which runs it: the same networks, losses and optimizers."""

from __future__ import annotations

import itertools

import age_torch
import numpy as np
import torch
from torch import nn

BATCH, LATENT, CRITIC_STEPS = 500, 2, 5


def normalized(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes[:-1]):
        layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


class Critic(nn.Module):
    """The mean score of x, of z and of both."""

    def __init__(self, units: int) -> None:
        super().__init__()

        def hidden(inputs: int) -> nn.Sequential:
            layers = (nn.Linear(inputs, units), nn.LeakyReLU(0.01))
            return nn.Sequential(*layers, nn.Linear(units, units), nn.LeakyReLU(0.01))

        self.of_x, self.of_z, self.of_both = hidden(2), hidden(LATENT), hidden(2 * units)
        self.scores = nn.ModuleList(nn.Linear(units, 1) for _ in range(3))

    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Return the outputs, shape `(batch,)`."""
        x, z = self.of_x(x), self.of_z(z)
        features = (x, z, self.of_both(torch.cat([x, z], dim=1)))
        scores = [score(part) for score, part in zip(self.scores, features, strict=True)]
        return sum(scores).squeeze(1) / 3


def scales(on_data: torch.Tensor, on_model: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return u f'' on data and u^2 f'' on the model, of forward KL."""
    return torch.ones_like(on_data), on_model.exp()


def game() -> age_torch.AGE:
    encoder = normalized(2, 500, 500, 500, LATENT)
    decoder = normalized(LATENT, 500, 500, 2)
    return age_torch.AGE(encoder, decoder, Critic(400), LATENT, CRITIC_STEPS, 5e-5, scales)


def main() -> None:
    read = age_torch.arguments()
    game().serve(np.load(read.data), BATCH, read.steps)


if __name__ == "__main__":
    main()
