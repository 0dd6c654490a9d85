"""A step of AGE on 25 Gaussians, beside a PyTorch twin and its matrix products alone.

    python benchmarks/age_grid25.py --peer_python=PATH

The preset shen/grid25 at the paper's size (Shen et al. 2020, section 5.2.1): forward KL, batches of
500, five updates of the critic and one of encoder and decoder. `fit` is timed as a user calls it.
Each contender is a process of its own, and they take turns.

- kfdiv: as `compile` chooses, which is XLA, with `--steps_per_execution` steps to a call.
- kfdiv, graph: the same without XLA.
- pytorch: `age_grid25_torch.py`, eager.
- floor: the matrix products of a step back to back, by graph kernels and by XLA; the faster counts.
"""

from __future__ import annotations

import functools

import age_fit
from absl import app, flags

_SIZE = flags.DEFINE_integer("steps_per_execution", 8, "Steps in a call of ours.")

FLOOR_CALLS = 6


def ours(jit_compile: bool | str) -> None:
    """Serve steps of `fit`."""
    from kfdiv import presets

    age_fit.serve_fit(
        presets.get("shen/grid25"), jit_compile=jit_compile, steps_per_execution=_SIZE.value
    )


def floor() -> None:
    """Serve the matrix products of a step."""
    import age_floor

    from kfdiv import presets

    preset = presets.get("shen/grid25")
    units, of_critic = preset.units, preset.critic_units

    def products(*layers: tuple[int, int, str]) -> list[age_floor.Product]:
        return [
            product
            for layer in layers
            for product in age_floor.dense(preset.batch_size, *layer, "float32")
        ]

    def encoder_and_decoder(first: str, others: str) -> list[age_floor.Product]:
        ends = ((2, units, first), (units, units, others), (units, 2, others))
        return products(*ends, (units, units, others)) + products(*ends)

    def critic(of_x: str, of_z: str, of_both: str, first: str) -> list[age_floor.Product]:
        """Three modules; `first` names what x and z's own first layers do besides `of_...`."""
        hidden, head = (of_critic, of_critic), (of_critic, 1)
        return products(
            *((2, of_critic, which.replace("i", first)) for which in (of_x, of_z)),
            (2 * of_critic, of_critic, of_both),
            *((*layer, which) for which in (of_x, of_z, of_both) for layer in (hidden, head)),
        )

    # Drawn pairs are constants to the critic.
    critic_move = encoder_and_decoder("f", "f")
    critic_move += critic("fwi", "fwi", "fwi", first="") + critic("fwi", "fwi", "fwi", first="")
    # Through the critic to the encoder's z, and to the decoder's x.
    last_move = encoder_and_decoder("fw", "fwi")
    last_move += critic("f", "fi", "fi", first="i") + critic("fi", "f", "fi", first="i")
    moves = [(preset.critic_steps, critic_move), (1, last_move)]
    age_floor.serve(moves, FLOOR_CALLS, {"graph": False, "xla": True})


def main(argv: list[str]) -> None:
    """Let the contenders take turns."""
    contenders = {
        "kfdiv": age_fit.Contender(functools.partial(ours, "auto"), "floor"),
        "kfdiv, graph": age_fit.Contender(functools.partial(ours, False), "floor"),
        "floor": age_fit.Contender(floor),
    }
    settings = {"preset": "shen/grid25", "batch": 500, "steps_per_execution": _SIZE.value}
    age_fit.compare(argv[0], "AGE on 25 Gaussians", contenders, "floor", **settings)


if __name__ == "__main__":
    app.run(main)
