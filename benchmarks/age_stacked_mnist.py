"""A step of AGE on stacked MNIST, in two precisions, beside a PyTorch twin and its products alone.

    python benchmarks/age_stacked_mnist.py --peer_python=PATH

The preset shen/stacked_mnist at the paper's size (Shen et al. 2020, section 5.2.2, tables 8 to 10):
AGE-ALL, batches of 64, one update of everyone a step. `fit` is timed as a user calls it. Each
contender is a process of its own, and they take turns. The digits are those of scikit-learn, which
need no files.

- kfdiv, float32: as `compile` chooses, which on a CPU is a graph without XLA.
- kfdiv, mixed_bfloat16: the same after `keras.config.set_dtype_policy("mixed_bfloat16")`.
- pytorch: `age_stacked_mnist_torch.py`, eager, float32.
- floor: the convolutions and matrix products of a step back to back, in each precision.
"""

from __future__ import annotations

import functools
import itertools

import age_fit
from absl import app

EXAMPLES = 6_400
FLOOR_CALLS = 4


def ours(policy: str) -> None:
    """Serve steps of `fit` under a policy of Keras."""
    import keras

    from kfdiv import presets

    keras.config.set_dtype_policy(policy)
    preset = presets.get("shen/stacked_mnist", source="digits", num_examples=EXAMPLES)
    age_fit.serve_fit(preset)


def floor(dtype: str) -> None:
    """Serve the products of a step."""
    import age_floor

    from kfdiv import presets

    preset = presets.get("shen/stacked_mnist")
    batch, latents, base = preset.batch_size, preset.latent_size, preset.base_filters
    # Side and channels, from the smallest image; convolutions read images with two pixels around.
    sizes = [(4, 4 * base), (7, 2 * base), (14, base), (28, 3)]
    pairs = list(itertools.pairwise(sizes))
    padded = [(small, (side + 4, channels)) for small, (side, channels) in pairs]
    flat = 16 * 4 * base

    def decoder(first: str, others: str) -> list[age_floor.Product]:
        products = age_floor.dense(batch, latents, flat, first, dtype)
        for pair in pairs:
            products += age_floor.transposed(batch, *pair, others, dtype)
        return products

    def encoder(first: str, others: str) -> list[age_floor.Product]:
        products = convolutions(first, others)
        return products + age_floor.dense(batch, flat, 2 * latents, others, dtype)

    def critic(first: str, convolved: str, joined: str) -> list[age_floor.Product]:
        units = preset.critic_units
        products = convolutions(first, convolved)
        products += age_floor.dense(batch, flat + latents, units, joined, dtype)
        return products + age_floor.dense(batch, units, 1, joined, dtype)

    def convolutions(first: str, others: str) -> list[age_floor.Product]:
        return [
            product
            for k, pair in enumerate(reversed(padded))
            for product in age_floor.convolution(batch, *pair, others if k else first, dtype)
        ]

    # Drawn pairs are constants to the critic.
    critic_move = encoder("f", "f") + decoder("f", "f")
    critic_move += critic("fw", "fwi", "fwi") + critic("fw", "fwi", "fwi")
    # Through the critic to the encoder's z, and to the decoder's x.
    last_move = encoder("fw", "fwi") + decoder("fw", "fwi")
    last_move += critic("f", "f", "fi") + critic("fi", "fi", "fi")
    moves = [(preset.critic_steps, critic_move), (1, last_move)]
    # XLA's convolutions are some ten times slower on a CPU.
    age_floor.serve(moves, FLOOR_CALLS, {"graph": False})


def main(argv: list[str]) -> None:
    """Let the contenders take turns."""
    contenders = {
        f"kfdiv, {policy}": age_fit.Contender(functools.partial(ours, policy), f"floor, {dtype}")
        for policy, dtype in (("float32", "float32"), ("mixed_bfloat16", "bfloat16"))
    }
    contenders |= {
        f"floor, {dtype}": age_fit.Contender(functools.partial(floor, dtype))
        for dtype in ("float32", "bfloat16")
    }
    settings = {"preset": "shen/stacked_mnist", "batch": 64, "data": "digits"}
    age_fit.compare(argv[0], "AGE on stacked MNIST", contenders, "floor, float32", **settings)


if __name__ == "__main__":
    app.run(main)
