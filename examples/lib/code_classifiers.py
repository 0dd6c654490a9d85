"""Classifiers of latent codes as Rosca et al. 2018 varied them, Tables 2 and 3."""

from __future__ import annotations

import dataclasses

import keras

SLOPE = 0.2


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A row of a table.

    Args:
        layers: hidden layers, leaky rectifiers of slope 0.2.
        learning_rate: of Adam, both of whose betas are .9.
        penalty: a name of `kfdiv.penalties`, or None.
        noise: standard deviation of the noise on activations in training; 0 for none.
        dropout: share of activations dropped in training.
        paper: the KL that the paper's found, nats.

    Example:
        >>> Architecture(4, 5e-4, noise=1.0).name
        '4x0.0005-noise'
    """

    layers: int
    learning_rate: float
    penalty: str | None = None
    noise: float = 0.0
    dropout: float = 0.0
    paper: float | None = None

    @property
    def name(self) -> str:
        """Name by what the tables vary."""
        parts = [f"{self.layers}x{self.learning_rate:g}"]
        parts += [name for name in ("penalty", "noise", "dropout") if getattr(self, name)]
        return "-".join(parts)

    def network(self, size: int, units: int, seed: int) -> keras.Model:
        """Return the network, from z to one output.

        Args:
            size: of z.
            units: of each hidden layer.
            seed: of the weights, the noise and the dropout.

        Example:
            >>> network = Architecture(3, 5e-4, dropout=0.5).network(10, units=8, seed=0)
            >>> network.output_shape, len(network.layers)
            ((None, 1), 10)
        """
        made: list[keras.layers.Layer] = [keras.Input((size,))]
        for layer in range(self.layers):
            # Seeds of layers, their noise and their dropout, all different.
            own = 3 * ((self.layers + 1) * seed + layer)
            start = keras.initializers.GlorotUniform(own)
            made += [keras.layers.Dense(units, kernel_initializer=start)]
            made += [keras.layers.LeakyReLU(SLOPE)]
            if self.noise:
                made += [keras.layers.GaussianNoise(self.noise, seed=own + 1)]
            if self.dropout:
                made += [keras.layers.Dropout(self.dropout, seed=own + 2)]
        last = keras.initializers.GlorotUniform(3 * ((self.layers + 1) * seed + self.layers))
        return keras.Sequential([*made, keras.layers.Dense(1, kernel_initializer=last)])

    def optimizer(self) -> keras.optimizers.Adam:
        """Return the optimizer."""
        return keras.optimizers.Adam(self.learning_rate, beta_1=0.9, beta_2=0.9)


NOISE, DROPOUT = 1.0, 0.5
TABLE_2 = (
    Architecture(3, 5e-4, paper=2.3),
    Architecture(4, 5e-4, paper=3.3),
    Architecture(4, 5e-4, noise=NOISE, paper=25_812.8),
    Architecture(4, 5e-4, penalty="gradient", paper=3.05),
)
TABLE_3 = (
    Architecture(5, 5e-4, paper=17.74),
    Architecture(5, 5e-4, noise=NOISE, paper=720_140.922),
    Architecture(5, 1e-4, paper=14.83),
    Architecture(7, 5e-4, paper=18.82),
    Architecture(7, 5e-4, dropout=DROPOUT, paper=19.01),
    Architecture(7, 1e-4, paper=18.02),
    Architecture(10, 1e-4, paper=18.12),
)
