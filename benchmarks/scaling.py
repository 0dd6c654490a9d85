"""A model on paper of training on many devices: bytes reduced a step, and the efficiency expected.

    python benchmarks/scaling.py

Counted are the gradients that every preset's step sums over replicas, from the variables of its
model; nothing is trained. From these, a measured step of one device, and the time of a ring
all-reduce of b bytes among N devices,

    2 (N - 1) (latency + b / (N bandwidth)),

follows what N devices take where nothing overlaps. Latencies and bandwidths are assumed, not
measured: round numbers for what the links are sold as. Batch normalisation's sums are left out.
"""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
from typing import Any

import timing
from absl import app, flags

_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder of the JSON files.")
_PRESETS = flags.DEFINE_list("presets", [], "Presets; by default all that need no data of yours.")

DEVICES = (2, 4, 8, 16, 32, 64)


@dataclasses.dataclass(frozen=True)
class Link:
    """What devices are assumed to be joined by.

    Args:
        name: in the table.
        latency: seconds a message takes.
        bandwidth: bytes a second and direction.
    """

    name: str
    latency: float
    bandwidth: float

    def all_reduce(self, size: float, devices: int) -> float:
        """Return the seconds of a ring all-reduce of `size` bytes."""
        return 2 * (devices - 1) * (self.latency + size / devices / self.bandwidth)


LINKS = (
    Link("10 Gbit/s Ethernet", 50e-6, 1.25e9),
    Link("100 Gbit/s network", 10e-6, 12.5e9),
    Link("links within a machine, 200 GB/s", 5e-6, 200e9),
)
# A measured step of one device: preset, batch, seconds, and where the figure is.
MEASURED = (
    ("shen/grid25", "age_grid25", "kfdiv"),
    ("shen/stacked_mnist", "age_stacked_mnist", "kfdiv, float32"),
)
# The same steps, compiled, run by XLA on one NVIDIA H200 (through JAX; see docs/scale_out.md).
ON_H200 = {"shen/grid25": 2.22e-3, "shen/stacked_mnist": 1.68e-3}


def reductions(model: Any) -> list[float]:
    """Return the bytes of every sum of gradients in a step, one a role and update."""
    found = []
    for update in model.updates():
        for role in update.roles:
            own = [v for v in model.optimizer.variables_of(role) if v.trainable]
            size = sum(float(v.value.dtype.size * math.prod(v.shape)) for v in own)
            found += [size] * (update.steps if size else 0)
    return found


def efficiency(seconds: float, sizes: list[float], link: Link, devices: int, weak: bool) -> float:
    """Return the share of `devices` times one device's speed that is left.

    Args:
        seconds: a step of one device.
        sizes: bytes of each sum.
        link: joins the devices.
        devices: how many.
        weak: whether each has a batch like the one device's, or a share of that.
    """
    reduced = sum(link.all_reduce(size, devices) for size in sizes)
    alone = seconds if weak else seconds / devices
    return alone / (alone + reduced)


def main(_: list[str]) -> None:
    from kfdiv import presets

    counted: dict[str, Any] = {}
    rows: list[list[Any]] = []
    for name in _PRESETS.value or presets.registry.names():
        if name in ("images", "tabular"):
            continue
        preset = presets.get(name)
        model = preset.model()
        sizes = reductions(model)
        points = preset.num_examples * math.prod(model.event_shape) * 4
        counted[name] = {
            "objective": type(model).__name__,
            "batch": preset.batch_size,
            "sums_a_step": len(sizes),
            "bytes_a_step": sum(sizes),
            "data_bytes": points,
        }
        rows.append(
            [
                name,
                type(model).__name__,
                preset.batch_size,
                len(sizes),
                f"{sum(sizes) / 1e6:.2f}",
                f"{points / 1e9:.3f}",
            ]
        )
    expected = []
    for name, benchmark, contender in MEASURED:
        if name not in counted:
            continue
        path = pathlib.Path(_RESULTS.value, f"{benchmark}.json")
        record = json.loads(path.read_text(encoding="utf-8"))
        cpu = record["results"][contender]["step_ms"]["median"] / 1e3
        sizes = reductions(presets.get(name).model())
        for device, seconds in (("2 CPU cores", cpu), ("H200", ON_H200[name])):
            for link in LINKS:
                for weak in (True, False):
                    shares = {
                        n: round(efficiency(seconds, sizes, link, n, weak), 3) for n in DEVICES
                    }
                    kind = "batch a device" if weak else "batch shared"
                    expected.append([name, device, seconds * 1e3, link.name, kind, shares])
    for name, device, step, link, kind, shares in expected:
        figures = "  ".join(f"{n}: {share:.0%}" for n, share in shares.items())
        print(f"{name} on {device} ({step:.3g} ms a step), {link}, {kind}: {figures}")
    record = {
        "benchmark": "scaling",
        "note": "On paper: gradients' bytes summed over replicas a step, in float32, from the "
        "models' variables; data in float32, which the exact score holds on every device. No "
        "training on many devices was measured.",
        "machine": {"processor": "none: counted, not timed"},
        "links": [dataclasses.asdict(link) for link in LINKS],
        "presets": counted,
        "expected": expected,
    }
    header = ["preset", "objective", "batch", "sums a step", "MB a step", "data, GB"]
    timing.publish(record, header, rows, _RESULTS.value)


if __name__ == "__main__":
    app.run(main)
