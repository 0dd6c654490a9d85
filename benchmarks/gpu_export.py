"""Write the compiled train steps of `gpu_steps.py`, for a machine with a GPU and no TensorFlow.

    python benchmarks/gpu_export.py --folder=build/gpu

TensorFlow lowers a step that XLA compiles to HLO, which any XLA client takes; here nothing is
compiled or run. For each case the folder gets `NAME.hlo`, the program of several steps in one
call; `NAME.json`, what its arguments are; `NAME.npz`, the variables that it changes; `NAME.npy`,
examples.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import gpu_cases
import numpy as np
from absl import app, flags

_FOLDER = flags.DEFINE_string("folder", "build/gpu", "Where the programs go.")
_CASES = flags.DEFINE_list("cases", list(gpu_cases.CASES), "Which train steps.")

LATENT, HIDDEN = 20, (512, 512)


def build(name: str) -> tuple[Any, Any]:
    """Return a compiled model and a data set."""
    import kfdiv

    if name == "vae_mnist":
        model = kfdiv.models.VAE(
            encoder=kfdiv.networks.mlp((28, 28, 1), HIDDEN, 2 * LATENT),
            decoder=kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(LATENT, HIDDEN, (28, 28, 1))),
        )
        model.compile()
        images = np.random.default_rng(0).random((6_000, 28, 28, 1), "float32")
        return model, kfdiv.data.from_arrays(images, batch_size=gpu_cases.CASES[name].batch)
    own = {"source": "digits", "num_examples": 6_400} if name == "age_stacked_mnist" else {}
    preset = kfdiv.presets.get("shen/" + name.removeprefix("age_"), **own)
    return preset.model(seed=0), preset.dataset()


def train_function(model: Any) -> Any:
    """Return the function of `(steps, batch, ...)` examples that takes the steps in one loop."""
    import tensorflow as tf

    def take_steps(data: tf.Tensor) -> dict[str, tf.Tensor]:
        def one(k: tf.Tensor) -> tuple[tf.Tensor]:
            model.train_step(data[k])
            return (k + 1,)

        tf.while_loop(lambda k: k < tf.shape(data)[0], one, [tf.constant(0)])
        return model.train_logs()

    return tf.function(take_steps, jit_compile=True, autograph=False)


def without_copies(serialized: bytes) -> bytes:
    """Rewrite `copy`, which StableHLO lacks, as a `reshape` to the same shape."""
    from tensorflow.compiler.xla.service import hlo_pb2

    module = hlo_pb2.HloModuleProto.FromString(serialized)
    for computation in module.computations:
        for instruction in computation.instructions:
            instruction.ClearField("metadata")
            if instruction.opcode == "copy":
                instruction.opcode = "reshape"
    return module.SerializeToString()


def export(folder: pathlib.Path, name: str) -> None:
    """Write a case's files."""
    import tensorflow as tf

    case = gpu_cases.CASES[name]
    model, dataset = build(name)
    examples = []
    for batch in dataset.stream.epoch():
        examples.append(model.batch(batch).x)
        if len(examples) == case.steps:
            break
    x = np.stack(examples)
    function = train_function(model)
    concrete = function.get_concrete_function(tf.TensorSpec(x.shape, x.dtype))
    handles = {id(variable.handle): variable for variable in concrete.graph.variables}
    variables = [handles[id(capture)] for capture in concrete.captured_inputs]
    program = function.experimental_get_compiler_ir(tf.zeros(x.shape, x.dtype))
    header = program(stage="hlo_no_metadata").split("\n", 1)[0]
    about = {
        # Which output is the new value of which argument.
        "alias": header.split("entry_computation_layout")[0],
        "shape": x.shape,
        "parameters": int(sum(np.prod(v.shape) for v in model.trainable_variables)),
    }
    (folder / f"{name}.hlo").write_bytes(without_copies(program(stage="hlo_serialized")))
    (folder / f"{name}.json").write_text(json.dumps(about))
    np.savez_compressed(folder / f"{name}.npz", *(v.numpy() for v in variables))
    np.save(folder / f"{name}.npy", x.reshape(-1, *x.shape[2:]))


def main(_: list[str]) -> None:
    """Write all cases."""
    folder = pathlib.Path(_FOLDER.value)
    folder.mkdir(parents=True, exist_ok=True)
    for name in _CASES.value:
        export(folder, name)
        size = sum(path.stat().st_size for path in folder.glob(f"{name}.*"))
        print(f"{name}: {size / 2**20:.1f} MB in {folder}", flush=True)


if __name__ == "__main__":
    app.run(main)
