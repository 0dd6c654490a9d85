"""Serve the seconds of a train step that `gpu_export.py` wrote, run by the XLA client of JAX.

The interpreter needs JAX alone. What runs is the package's compiled step; Keras's Python around it
stays behind.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re

import jax
import numpy as np
import timing

# JAX takes StableHLO of its own making only; a program from elsewhere goes to its client itself.
from jax._src.lib import xla_client

WARM_UP = 3


class Program:
    """A program on a device, and the variables that it changes.

    Args:
        folder: of what was exported.
        name: of the case.
    """

    def __init__(self, folder: pathlib.Path, name: str) -> None:
        self.device = jax.devices()[0]
        about = json.loads((folder / f"{name}.json").read_text())
        computation = xla_client.XlaComputation((folder / f"{name}.hlo").read_bytes())
        module = xla_client._xla.mlir.xla_computation_to_mlir_module(computation)
        devices = xla_client.DeviceList((self.device,))
        self._run = self.device.client.compile_and_load(
            module, devices, xla_client.CompileOptions()
        )
        pairs = re.findall(r"\{(\d+)\}: \((\d+), \{\}", about["alias"])
        # The examples are the first argument.
        self._changes = {int(output): int(argument) - 1 for output, argument in pairs}
        with np.load(folder / f"{name}.npz") as values:
            names = sorted(values, key=lambda key: int(key.removeprefix("arr_")))
            self.variables = [jax.device_put(values[key], self.device) for key in names]
        self.shape = tuple(about["shape"])
        self.parameters = about["parameters"]

    def __call__(self, x: jax.Array) -> None:
        """Take the steps, and wait for them."""
        sharded = self._run.execute_sharded([x, *self.variables])
        outputs = [shard[0] for shard in sharded.disassemble_into_single_device_arrays()]
        for output, variable in self._changes.items():
            self.variables[variable] = outputs[output]
        jax.block_until_ready(self.variables)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--calls", type=int, required=True)
    read = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    program = Program(read.folder, read.case)
    examples = np.load(read.folder / f"{read.case}.npy").reshape(program.shape)
    x = jax.device_put(examples, program.device)

    def measure() -> dict[str, float]:
        def calls() -> None:
            for _ in range(read.calls):
                program(x)

        return timing.per_step(calls, read.calls * program.shape[0])

    for _ in range(WARM_UP):
        program(x)
    finite = all(np.isfinite(v).all() for v in program.variables if v.dtype.kind == "f")
    timing.serve(
        measure,
        card=program.device.device_kind,
        library=f"jax {jax.__version__}",
        parameters=program.parameters,
        finite=bool(finite),
    )


if __name__ == "__main__":
    main()
