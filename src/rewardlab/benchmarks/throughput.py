"""How fast MiniGrid's tasks are here, beside MiniGrid itself.

    python -m rewardlab.benchmarks.throughput [--id MiniGrid-DoorKey-8x8-v0] [--seconds 2] [--rounds 15] [--out FILE]

Everything is measured in turns with its peer, in one run: random play with resets, levels drawn, compiling, memory.
EnvPool is measured too where `import envpool` works; it is no dependency.
"""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

import rewardlab
from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.throughput_control import control
from rewardlab.benchmarks.throughput_levels import levels
from rewardlab.benchmarks.throughput_sb3 import rollouts
from rewardlab.benchmarks.throughput_scores import NOTES, Score, save, table
from rewardlab.benchmarks.throughput_start import memory, starting
from rewardlab.benchmarks.throughput_steps import stepping
from rewardlab.benchmarks.throughput_turns import Size
from rewardlab.core.errors import UnknownName, nearest
from rewardlab.core.processors import processors

EVIDENCE = Path(__file__).parent / "evidence" / "throughput.json"


@dataclass(frozen=True)
class Throughput:
    """Measure how fast MiniGrid's tasks are.

    Args:
        id: MiniGrid's id of the task that is played.
        seconds: of each case, over all rounds.
        rounds: turns of each case.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        UnknownName: for an id that is not MiniGrid's.
    """

    id: str = "MiniGrid-DoorKey-8x8-v0"
    seconds: float = 2.0
    rounds: int = 15
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        from rewardlab.envs.gridworlds.ids import IDS

        specs: list[Any] = list(IDS.values())
        known = [spec["kwargs"]["task"] for spec in specs if "task" in spec.get("kwargs", {})]
        if self.id not in known:
            raise UnknownName(
                f"id={self.id!r}", where="throughput", expected="an id of MiniGrid's", mend=nearest(self.id, known)
            )


def all_scores(task: str, size: Size) -> list[Score]:
    """All scores, in the order of the table.

    Args:
        task: MiniGrid's id of the task that is played.
        size: how much is measured.
    """
    steps = [*stepping(task, size, envpool=envpool()), *control(size)]
    return [*steps, *levels(size), *starting(task, size), *memory(task, size), *rollouts(task, size)]


def envpool() -> Any:
    """EnvPool where it can be imported, else None."""
    try:
        return importlib.import_module("envpool")
    except (ImportError, OSError):  # its wheels look for files of their own
        return None


def main(options: Throughput) -> int:
    """Measure, show the table and write it; 1 if a floor is missed."""
    size = Size(seconds=options.seconds, rounds=options.rounds)
    found = all_scores(options.id, size)
    stamp, cores = machine(), processors()
    lines = [f"rewardlab {rewardlab.__version__}, {options.id}, {stamp['processor']}, {cores} cores, {stamp['date']}"]
    lines += [table(found), *NOTES]
    sys.stdout.write("\n".join(lines) + "\n")
    measured = {"id": options.id, **vars(size), "cores": cores, "envpool": envpool() is not None}
    save(found, options.out, measured=measured)
    return int(any(s.holds is False for s in found))


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Throughput)))
