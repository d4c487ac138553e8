"""How many environments a second the grid kernel steps on a CUDA device, after it has shown the CPU's bits there.

    python -m rewardlab.benchmarks.gpu_throughput [--quick] [--out FOLDER]

First some hundred rows play the same episodes on the device and on the CPU: if one bit of what they show, pay or end
with differs, nothing is measured. Then 2^10 to 2^20 rows are stepped with random actions. All times are wall clock,
with the device waited for; `--out` writes the table with the device's name and versions as JSON and as a picture.
Without a device the command says so and ends with 1.
"""

import importlib.metadata
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks.figures import Figure, save, table
from rewardlab.benchmarks.provenance import versions
from rewardlab.core.arrays import array
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.batch import Batch
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

TASKS = (
    "MiniGrid-DoorKey-5x5-v0",
    "MiniGrid-DoorKey-8x8-v0",
    "MiniGrid-Dynamic-Obstacles-6x6-v0",
    "BabyAI-GoToLocal-v0",
)
LEVELS = 1024  # different ones; larger batches hold them several times
CPU_ROWS = 8192
SHOWN = ("image", "reward", "ended", "cut")


@dataclass(frozen=True)
class GpuThroughput:
    """Measure the grid kernel on a CUDA device.

    Args:
        tasks: MiniGrid's and BabyAI's ids.
        smallest, largest: the number of rows goes from 2^smallest to 2^largest, by fours.
        steps: in each timing.
        quick: a tenth of the steps, for a first look.
        out: folder for the JSON and the picture, such as docs/evidence; nothing is written without it.
    """

    tasks: tuple[str, ...] = TASKS
    smallest: int = 10
    largest: int = 20
    steps: int = 200
    quick: bool = False
    out: Path | None = None


@dataclass(frozen=True)
class Device:
    """Where a batch lives, and what is needed to time it.

    Attributes:
        stamp: its name, driver and versions, for the record.
        batch: (constants, n) -> a batch there.
        own: an array there, from one on the host.
        wait: returns when all that was begun there is done.
    """

    stamp: dict[str, str]
    batch: Callable[[np.ndarray, int], Any]
    own: Callable[[np.ndarray], Any]
    wait: Callable[[], None]


def found_device() -> Device | None:
    """The CUDA device of this machine; None without one."""
    import torch

    from rewardlab.core.errors import BadOption
    from rewardlab.envs.gridworlds.kernel.cuda import CudaBatch

    try:
        CudaBatch(MiniGridTask(task=TASKS[0]).const, 1)
    except BadOption:
        return None
    properties = torch.cuda.get_device_properties(torch.cuda.current_device())
    stamp = {
        "name": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "memory": f"{properties.total_memory / 2**30:.0f} GiB",
        "multiprocessors": str(properties.multi_processor_count),
        "cuda": str(torch.version.cuda),
        "numba-cuda": importlib.metadata.version("numba-cuda"),
    }
    return Device(stamp, CudaBatch, lambda x: torch.as_tensor(x, device="cuda"), torch.cuda.synchronize)


def first_difference(device: Device, task: str, *, rows: int = 256, steps: int = 300) -> str | None:
    """What differs first between the device and the CPU when both play the same; None if every bit is equal."""
    rules: Any = MiniGridTask(task=task)
    rng, draws = Streams(np.arange(rows)), np.random.default_rng(0)
    there, here = device.batch(rules.const, rows), Batch(rules.const, rows, threads=1)
    done = np.ones(rows, dtype=bool)
    for t in range(steps):
        if done.any():
            began = np.flatnonzero(done)
            rng.begin(began)
            part = rng.rows(began)
            levels, which = rules.deal(part)
            rng.put(began, part)
            for batch in (there, here):
                batch.begin(began, levels, which)
        actions = draws.integers(rules.action_space.n, size=rows)
        there.step(device.own(actions))
        here.step(actions)
        for name in SHOWN:
            given, wanted = np.ascontiguousarray(array(getattr(there, name))), np.ascontiguousarray(getattr(here, name))
            if given.tobytes() != wanted.tobytes():
                wrong = np.flatnonzero((given != wanted).reshape(rows, -1).any(axis=1))[:4]
                return f"{task}, step {t}: {name} of rows {wrong.tolist()}"
        done = here.ended | here.cut
    return next(
        (f"{task}: {key} of the state" for key, x in here.get_state().items() if (x != there.get_state()[key]).any()),
        None,
    )


def throughput(device: Device, task: str, sizes: Sequence[int], *, steps: int, repeats: int = 5) -> list[Figure]:
    """Million rows a second for each number of rows, with the CPU's own beside it, measured in the same run."""
    rules: Any = MiniGridTask(task=task)
    rng = Streams(np.arange(LEVELS))
    rng.begin(slice(None))
    levels, which = rules.deal(rng)

    def rate(batch: Any, own: Callable[[np.ndarray], Any], wait: Callable[[], None]) -> float:
        n = batch.n
        batch.begin(np.arange(n), levels, which[np.arange(n) % LEVELS])
        draws = np.random.default_rng(0)
        actions = [own(draws.integers(rules.action_space.n, size=n)) for _ in range(4)]
        seconds = []
        for _ in range(repeats + 1):
            wait()
            began = time.perf_counter()
            for t in range(steps):
                batch.step(actions[t % 4])
            wait()
            seconds.append(time.perf_counter() - began)
        return n * steps / statistics.median(seconds[1:]) / 1e6

    peer = rate(Batch(rules.const, CPU_ROWS), lambda x: x, lambda: None)
    found = []
    for n in sizes:
        value = rate(device.batch(rules.const, n), device.own, device.wait)
        words = f"rewardlab on the CPU x {CPU_ROWS}"
        found.append(Figure(f"{task} x {n}", value, "million rows/s", value, words, peer))
    return found


def main(options: GpuThroughput, device: Device | None = None) -> int:
    """Compare, measure, show the table, and write it if asked to; 1 without a device or with a bit that differs."""
    device = device or found_device()
    if device is None:
        sys.stdout.write("no CUDA device with numba-cuda and a CUDA build of torch here: nothing was measured\n")
        return 1
    for task in options.tasks:
        if (wrong := first_difference(device, task)) is not None:
            sys.stdout.write(f"{device.stamp['name']} differs from the CPU, nothing was measured: {wrong}\n")
            return 1
    sizes = [2**k for k in range(options.smallest, options.largest + 1, 2)]
    steps = max(1, options.steps // 10) if options.quick else options.steps
    found = [figure for task in options.tasks for figure in throughput(device, task, sizes, steps=steps)]
    sys.stdout.write(f"{device.stamp['name']}, every bit the CPU's\n{table(found)}\n")
    if options.out is not None:
        save(found, options.out, "gpu_throughput", device=device.stamp, versions=versions(), equal=[*options.tasks])
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(GpuThroughput)))
