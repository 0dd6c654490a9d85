"""What the PyTorch twins of the benchmarks of AGE share: a train step, and how it is served.

As one writes it by hand: eager, a TensorDataset of floats in memory behind a shuffling DataLoader,
an Adam for each network. What the critic learns from is drawn without gradients, and the last move
differentiates in encoder and decoder alone. Denormal numbers are flushed to zero, as TensorFlow
does.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable

import numpy as np
import timing
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


def arguments() -> argparse.Namespace:
    """Read the command line, and set PyTorch up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    read = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(read.threads)
    torch.set_flush_denormal(True)
    return read


class AGE:
    """Adversarial gradient estimation.

    Args:
        encoder: from x to z, drawing its noise itself.
        decoder: from z to x, likewise.
        critic: from x and z to outputs.
        latent_size: of z.
        critic_steps: critic updates for each update of encoder and decoder.
        learning_rate: of encoder and decoder.
        scales: from outputs on data and on the model to what multiplies them, or None for one.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        critic: nn.Module,
        latent_size: int,
        critic_steps: int,
        learning_rate: float,
        scales: Callable | None = None,
    ) -> None:
        self.encoder, self.decoder, self.critic = encoder, decoder, critic
        self.latent_size, self.critic_steps, self.scales = latent_size, critic_steps, scales

        def adam(network: nn.Module, rate: float) -> torch.optim.Adam:
            return torch.optim.Adam(network.parameters(), rate, betas=(0.0, 0.999), eps=1e-7)

        self.critic_optimizer = adam(critic, 1e-4)
        self.optimizers = [adam(encoder, learning_rate), adam(decoder, learning_rate)]
        self.all_optimizers = [self.critic_optimizer, *self.optimizers]
        self.own = [*encoder.parameters(), *decoder.parameters()]

    def pairs(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return x and its inferred z, and a generated x and the z that it is of."""
        z = torch.randn(len(x), self.latent_size)
        return x, self.encoder(x), self.decoder(z), z

    def critic_loss(self, on_data: torch.Tensor, on_model: torch.Tensor) -> torch.Tensor:
        """Return the logistic loss."""
        return F.softplus(-on_data).mean() + F.softplus(on_model).mean()

    def step(self, x: torch.Tensor) -> torch.Tensor:
        """Move everyone once, the critic `critic_steps` times; return the last loss."""
        for _ in range(self.critic_steps):
            with torch.no_grad():
                x, inferred, generated, z = self.pairs(x)
            loss = self.critic_loss(self.critic(x, inferred), self.critic(generated, z))
            self.critic_optimizer.zero_grad()
            loss.backward()
            self.critic_optimizer.step()
        x, inferred, generated, z = self.pairs(x)
        on_data, on_model = self.critic(x, inferred), self.critic(generated, z)
        if self.scales is None:
            loss = on_data.mean() - on_model.mean()
        else:
            of_data, of_model = self.scales(on_data.detach(), on_model.detach())
            loss = (of_data * on_data).mean() - (of_model * on_model).mean()
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward(inputs=self.own)
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def serve(self, data: np.ndarray, batch: int, steps: int) -> None:
        """Serve the seconds of a step on batches of the data."""
        x = torch.from_numpy(np.ascontiguousarray(data))
        loader = DataLoader(TensorDataset(x), batch_size=batch, shuffle=True, drop_last=True)

        def train() -> None:
            batches = itertools.chain.from_iterable(itertools.repeat(loader))
            for (examples,) in itertools.islice(batches, steps):
                self.step(examples)

        def measure() -> dict[str, float]:
            return timing.per_step(train, steps)

        measure()
        networks = {"encoder": self.encoder, "decoder": self.decoder, "critic": self.critic}
        parameters = {
            role: sum(p.numel() for p in network.parameters()) for role, network in networks.items()
        }
        timing.serve(measure, parameters=parameters, library=f"torch {torch.__version__}")
