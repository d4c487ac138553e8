"""What the walls cost: a session, a call in it, the trial of a reward program, a step that a worker pays.

    python -m rewardlab.benchmarks.jail_speed [--repeats 100] [--out FILE]

The worker runs a reward in plain Python on 64 rows a call; beside it the same function, called row by row in this
process. Their difference is what a step costs extra.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks.measure import interleaved, machine
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.sandbox import JailedReward, Session, vet, vet_many
from rewardlab.core.sandbox.jail import run

EVIDENCE = Path(__file__).parent / "evidence" / "jail_speed.json"
ROWS = 64  # of one call
SIDE_BY_SIDE = 16  # programs
GOALS = {"one shot, ms": 20.0, "call, ms": 0.3, "trial, ms": 50.0, "worker, µs a step extra": 1.5}
SOURCE = """
def reward(obs, action, next_obs, info):
    distance = np.linalg.norm(next_obs[8:10])
    reach = np.exp(-4.0 * distance)
    effort = -0.01 * np.sum(action**2)
    return reach + effort, {"reach": reach, "effort": effort}
"""


@dataclass(frozen=True)
class JailSpeed:
    """Measure what the walls cost.

    Args:
        repeats: turns of each; the median counts.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no repeats.
    """

    repeats: int = 100
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise BadOption(f"repeats={self.repeats!r}", where="jail_speed", expected="at least 1")


def reward(obs: Any, action: Any, next_obs: Any, info: Any) -> tuple[float, dict[str, float]]:
    """The function of `SOURCE`, in this process."""
    distance = np.linalg.norm(next_obs[8:10])
    reach = np.exp(-4.0 * distance)
    effort = -0.01 * np.sum(action**2)
    return reach + effort, {"reach": reach, "effort": effort}


def played(rows: int) -> Transitions:
    """Steps of a reaching task, drawn."""
    r = np.random.default_rng(0)
    obs, after = r.normal(size=(2, rows, 10)).astype(np.float32)
    no = np.zeros(rows, dtype=bool)
    return Transitions(obs, r.normal(size=(rows, 2)), r.random(rows), after, no, no, {"distance": r.random(rows)})


def plain(steps: Transitions) -> np.ndarray:
    """Each row's pay [B], one Python call after the other."""
    out = np.empty(len(steps))
    for i in range(len(steps)):
        info = {k: v[i] for k, v in steps.info.items()}
        out[i], _ = reward(steps.obs[i], steps.action[i], steps.next_obs[i], info)
    return out


def measured(repeats: int) -> dict[str, float]:
    """Name -> median, in the unit that the name says."""
    few, many, worker = played(ROWS), played(1024), JailedReward(SOURCE)

    def one_shot() -> None:
        with Session("statements") as one:
            run(one, "x = 1")

    with Session("statements") as opened:
        run(opened, "x = 0")
        short: dict[str, Callable[[], Any]] = {
            "call": lambda: run(opened, "x += 1"),
            "plain": lambda: plain(few),
            "worker": lambda: worker(few),
        }
        long: dict[str, Callable[[], Any]] = {
            "one shot": one_shot,
            "trial": lambda: vet(SOURCE, many),
            "side by side": lambda: vet_many([SOURCE] * SIDE_BY_SIDE, many),
        }
        found = interleaved(short, repeats=10 * repeats) | interleaved(long, repeats=max(1, repeats // 5))
    worker.close()
    wall = {name: t.wall for name, t in found.items()}
    return {
        "one shot, ms": 1e3 * wall["one shot"],
        "call, ms": 1e3 * wall["call"],
        "trial, ms": 1e3 * wall["trial"],
        f"trial of {SIDE_BY_SIDE} side by side, ms each": 1e3 * wall["side by side"] / SIDE_BY_SIDE,
        "plain Python, µs a step": 1e6 * wall["plain"] / ROWS,
        "worker, µs a step": 1e6 * wall["worker"] / ROWS,
        "worker, µs a step extra": 1e6 * (wall["worker"] - wall["plain"]) / ROWS,
    }


def main(options: JailSpeed) -> int:
    """Measure, show and write; 0 if the goals are reached."""
    found = measured(options.repeats)
    reached = {name: found[name] <= goal for name, goal in GOALS.items()}
    for name, value in found.items():
        goal = f"   goal {GOALS[name]:g}: {'reached' if reached[name] else 'missed'}" if name in GOALS else ""
        sys.stdout.write(f"{name:36}{value:>10.3g}{goal}\n")
    content = {"machine": machine(), "cores": os.cpu_count(), "measured": found, "goals": GOALS, "reached": reached}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(JailSpeed)))
