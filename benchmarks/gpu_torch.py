"""Serve the seconds of a train step of a PyTorch twin on a device, eager or in a CUDA graph.

The twins are those of the benchmarks on a CPU. Examples are on the device before anything is
timed, for both libraries.
"""

from __future__ import annotations

import argparse
import importlib
import pathlib

import gpu_cases
import numpy as np
import timing
import torch

WARM_UP = 3


def captured(game: object, x: torch.Tensor) -> object:
    """Return what replays a whole train step, all of whose launches are in one CUDA graph."""
    for optimizer in game.all_optimizers:
        for group in optimizer.param_groups:
            # Adam then counts its steps on the device.
            group["capturable"] = True
    example = x.clone()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            game.step(example)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        game.step(example)

    def step(batch: torch.Tensor) -> None:
        example.copy_(batch)
        graph.replay()

    return step


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--graph", action="store_true")
    read = parser.parse_args()
    case = gpu_cases.CASES[read.case]
    torch.manual_seed(0)
    torch.set_default_device(read.device)
    examples = np.load(read.folder / f"{read.case}.npy")
    if case.channels_first:
        examples = examples.transpose(0, 3, 1, 2)
    batches = torch.tensor(np.ascontiguousarray(examples)).split(case.batch)
    game = importlib.import_module(case.twin).game()
    step = captured(game, batches[0]) if read.graph else game.step

    def steps() -> None:
        for _ in range(read.calls):
            for batch in batches:
                step(batch)
        if read.device == "cuda":
            torch.cuda.synchronize()

    def measure() -> dict[str, float]:
        return timing.per_step(steps, read.calls * len(batches))

    for _ in range(WARM_UP):
        step(batches[0])
    measure()
    weights = [w for o in game.all_optimizers for g in o.param_groups for w in g["params"]]
    timing.serve(
        measure,
        card=torch.cuda.get_device_name() if read.device == "cuda" else read.device,
        library=f"torch {torch.__version__}",
        parameters=sum(w.numel() for w in weights),
        finite=all(bool(w.isfinite().all()) for w in weights),
    )


if __name__ == "__main__":
    main()
