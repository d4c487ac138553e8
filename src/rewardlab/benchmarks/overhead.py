"""What rewardlab costs above what it stands on.

    python -m rewardlab.benchmarks.overhead [--quick] [--out FOLDER]

Every figure is measured in turns with a named peer, in one process on one thread, and is the median over repetitions;
times are CPU time, with wall time beside it. `--out` also writes the table as `overhead.json` and `overhead.png`.
"""

import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import torch
import tyro
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import TransformReward

import rewardlab
from rewardlab.benchmarks.figures import Figure, save, table
from rewardlab.benchmarks.measure import Growth, Timing, growth, interleaved, machine
from rewardlab.benchmarks.overhead_sb3 import bridge, share, wrappers
from rewardlab.benchmarks.programs import ROWS, SEA, Size, depth, looped, staggered, walk
from rewardlab.core.reward import Task
from rewardlab.rewards import PaidVector, Potential


@dataclass(frozen=True)
class Overhead:
    """Measure what rewardlab costs.

    Args:
        quick: fewer repetitions, a tenth of the rows; for a first look.
        out: folder for the JSON and the picture; nothing is written without it.
    """

    quick: bool = False
    out: Path | None = None


def figures(size: Size) -> list[Figure]:
    """All figures, in the order of the table."""
    torch.set_num_threads(1)
    parts = (environment, formula, share, bridge, wrappers, importing, memory)
    return [figure for part in parts for figure in part(size)]


# -- the environment -----------------------------------------------------------------------------------------------


def environment(size: Size) -> list[Figure]:
    """Rows per second of DeepSea(10), whose rows end together, and with a tenth of the rows ending at every step."""
    together, apart = gym.make_vec(SEA, num_envs=ROWS), staggered(gym.make_vec(SEA, num_envs=ROWS), 10)
    sync = looped(SEA, 64)
    slow = max(10, size.steps // 20)  # whole episodes
    times = interleaved(
        {
            "together": walk(together, size.steps),
            "apart": walk(apart, size.steps, reset=False),
            "sync": walk(sync, slow),
        },
        repeats=size.repeats,
    )
    peer = 64 * slow / times["sync"].cpu / 1e6
    found = []
    for name, words in (("together", "all rows end together"), ("apart", "a tenth of the rows ends at every step")):
        t, rows = times[name], ROWS * size.steps / 1e6
        found.append(
            Figure(
                f"DeepSea(10) x {ROWS}, {words}",
                rows / t.cpu,
                "million rows/s",
                rows / t.wall,
                "gymnasium SyncVectorEnv x 64",
                peer,
                at_least=20.0,
            )
        )
    return found


# -- a formula reward ----------------------------------------------------------------------------------------------


def formula(size: Size) -> list[Figure]:
    """A row's cost of Task() + Potential in `PaidVector`, above the bare step."""

    def make() -> VectorEnv:
        return gym.make_vec(SEA, num_envs=ROWS)

    obs = make().reset(seed=0)[0]
    times = interleaved(
        {
            "bare": walk(make(), size.steps),
            "paid": walk(PaidVector(make(), Task() + Potential(depth)), size.steps),
            "peer": walk(TransformReward(make(), lambda reward: 0.1 * reward), size.steps),
            "copy": lambda: [obs.copy() for _ in range(size.steps)],
        },
        repeats=size.repeats,
    )
    unit = 1e9 / (size.steps * ROWS)  # ns per row
    bare, paid, peer, copy = (Timing(t.cpu * unit, t.wall * unit) for t in times.values())
    return [
        Figure(
            f"a step in PaidVector x {ROWS}, formula reward",
            paid.cpu,
            "ns/row",
            paid.wall,
            "gymnasium TransformReward, 0.1 * reward",
            peer.cpu,
        ),
        Figure(
            "the formula reward alone, above copying the observation",
            paid.cpu - bare.cpu - copy.cpu,
            "ns/row",
            paid.wall - bare.wall - copy.wall,
            "the bare step",
            bare.cpu,
            at_most=30.0,
        ),
    ]


# -- the process ---------------------------------------------------------------------------------------------------

FRESH = (
    "import time, {first}\n"
    "c, w = time.process_time(), time.perf_counter()\n"
    "import {then}\n"
    "print(time.process_time() - c, time.perf_counter() - w)"
)


def importing(size: Size) -> list[Figure]:
    """Seconds of `import rewardlab` in fresh interpreters that hold NumPy and Gymnasium already."""
    ours, theirs = [], []
    for _ in range(min(5, size.repeats)):
        ours.append(_fresh("numpy, gymnasium", "rewardlab"))
        theirs.append(_fresh("numpy", "gymnasium"))
    return [
        Figure(
            "import rewardlab",
            statistics.median(t.cpu for t in ours),
            "s",
            statistics.median(t.wall for t in ours),
            "import gymnasium",
            statistics.median(t.cpu for t in theirs),
            at_most=0.15,
        )
    ]


def _fresh(first: str, then: str) -> Timing:
    code = FRESH.format(first=first, then=then)
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return Timing(float(out[0]), float(out[1]))


def memory(size: Size) -> list[Figure]:
    """What a process holds more after millions of paid steps than after the first hundred thousand."""
    grown = paid_growth(size.rows)
    words = f"{size.rows:.0e} paid rows of DeepSea(10) x 64".replace("e+0", "e")
    return [
        Figure(f"memory over {words}: slope", grown.bytes_per_row, "bytes/row", at_most=2.0),
        Figure(f"memory over {words}: growth", grown.bytes / 1e6, "MB", at_most=2.0),
        Figure("open files afterwards", float(grown.descriptors), "more", at_most=0.0),
        Figure("threads afterwards", float(grown.threads), "more", at_most=0.0),
    ]


def paid_growth(rows: int) -> Growth:
    """The memory run: DeepSea(10) x 64 with a formula reward."""
    envs = PaidVector(gym.make_vec(SEA, num_envs=64), Task() + Potential(depth))
    return growth(walk(envs, 50), rows_per_step=64 * 50, rows=rows, warm=100_000, every=rows // 10)


def main(options: Overhead) -> int:
    """Measure, show the table, and write it if asked to; 1 if a goal is missed."""
    size = Size(repeats=5, steps=40, rows=1_000_000) if options.quick else Size()
    found = figures(size)
    sys.stdout.write(f"rewardlab {rewardlab.__version__}, {machine()['processor']}\n{table(found)}\n")
    if options.out is not None:
        save(found, options.out, "overhead", size=vars(size))
    return int(any(f.holds is False for f in found))


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Overhead)))
