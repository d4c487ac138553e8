"""How fast agents train here, beside Stable-Baselines3's own.

    python -m rewardlab.benchmarks.training_speed [--quick] [--seeds 10] [--seconds 12] [--no-targets] [--out FILE]

First environment steps per second of whole training, in turns with Stable-Baselines3's class of the same name and
hyper-parameters, on one thread. Then what counts: seconds and environment steps until the last 100 episodes return 0.9
on average, over several seeds.
"""

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import tyro

import rewardlab
from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.benchmarks.throughput_scores import Score, table
from rewardlab.benchmarks.throughput_turns import Size
from rewardlab.benchmarks.training_speed_steps import CONTESTS, budget, per_second, steps
from rewardlab.benchmarks.training_speed_targets import BUDGET, EPISODES, TARGET, Reached, races, ratio
from rewardlab.core.errors import BadOption, UnknownName, nearest

EVIDENCE = Path(__file__).parent / "evidence" / "training_speed.json"
TASKS = ("MiniGrid-Empty-8x8-v0", "MiniGrid-DoorKey-5x5-v0")
NOTES = (
    "Both sides see MiniGrid's picture as 147 numbers, have the same hyper-parameters and networks of 64 x 64 units, "
    "and run on one thread of torch. Stable-Baselines3 stands there twice: with MiniGrid's own environments, one by "
    "one, as its users have it, and with our environments across the bridge, so that the loops alone differ.",
    "A run reaches the target at the first rollout after which the last 100 episodes return more than 0.9 on average. "
    "Ratios to target are of geometric means over seeds, with bootstrap intervals of 95 %; the runs of the two sides "
    "are resampled independently.",
    "Ours steps CartPole in Gymnasium's own vector form, whose rows spend a step on being reset; these count as steps "
    "and are not learned from.",
)


@dataclass(frozen=True)
class TrainingSpeed:
    """Measure how fast agents train.

    Args:
        quick: two short rounds and two seeds; for a first look.
        algorithms: whose speeds are measured.
        seeds: runs to the target, of each side and task.
        seconds: of each training, over all rounds.
        rounds: turns of each training.
        targets: run to the target as well; without, the file keeps the runs that it holds and when they were made.
        out: JSON file; by default the one that is kept with the package, and none with `--quick`.

    Raises:
        BadOption: for no seeds.
        UnknownName: for another algorithm.
    """

    quick: bool = False
    algorithms: tuple[str, ...] = ("PPO", "DQN", "SAC")
    seeds: int = 10
    seconds: float = 12.0
    rounds: int = 7
    targets: bool = True
    out: Path | None = None

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise BadOption(f"seeds={self.seeds}", where="training_speed", expected="at least 1", mend="seeds=10")
        known = {c.algorithm for c in CONTESTS}
        for name in self.algorithms:
            if name not in known:
                raise UnknownName(f"algorithm {name!r}", where="training_speed", mend=nearest(name, known))

    @property
    def size(self) -> Size:
        """How much is measured."""
        return Size(seconds=1.0, rounds=2) if self.quick else Size(seconds=self.seconds, rounds=self.rounds)


def compared(runs: Mapping[str, Sequence[Reached]]) -> dict[str, dict[str, dict[str, float]]]:
    """Peer -> steps, cpu, wall -> how many times what ours needs.

    Args:
        runs: side -> its runs; "ours" is one of them.
    """
    mine = runs["ours"]
    return {
        side: {
            k: ratio([getattr(r, k) for r in theirs], [getattr(r, k) for r in mine]) for k in ("steps", "cpu", "wall")
        }
        for side, theirs in runs.items()
        if side != "ours"
    }


def to_target(task: str, runs: Mapping[str, Sequence[Reached]]) -> str:
    """The runs to the target as text: medians, and the ratios with their intervals."""
    lines = [f"{task}: to a mean return of {TARGET} over {EPISODES} episodes, medians of {len(runs['ours'])} seeds"]
    lines.append(
        f"{'':28}{'steps':>10}{'CPU s':>9}{'wall s':>9}{'reached':>9}   as many times as ours: steps, CPU time"
    )
    ratios = compared(runs)
    for side, found in runs.items():
        middle = [statistics.median(getattr(r, k) for r in found) for k in ("steps", "cpu", "wall")]
        beside = ", ".join(
            f"{r['ratio']:.2f} [{r['low']:.2f}, {r['high']:.2f}]"
            for r in (ratios.get(side, {}).get(k) for k in ("steps", "cpu"))
            if r
        )
        count = f"{sum(r.reached for r in found)}/{len(found)}"
        lines.append(f"{side:28}{middle[0]:>10.0f}{middle[1]:>9.2f}{middle[2]:>9.2f}{count:>9}   {beside}".rstrip())
    return "\n".join(lines)


def speeds(scores: Sequence[Score]) -> str:
    """Environment steps per second as text."""
    lines = [f"{'environment steps per second':56}{'wall':>10}{'CPU':>10}"]
    seen: set[str] = set()
    for s in scores:
        if s.name not in seen:
            seen.add(s.name)
            wall, cpu = per_second(s)
            lines.append(f"{s.name:56}{wall:>10}{cpu:>10}")
    return "\n".join(lines)


def main(options: TrainingSpeed) -> int:
    """Measure, show the tables and write them; 1 if a floor is missed."""
    size, seeds = options.size, 2 if options.quick else options.seeds
    stamp = machine()
    show(f"rewardlab {rewardlab.__version__}, {stamp['processor']}, {stamp['cores']} cores, {stamp['date']}")
    contests = [c for c in CONTESTS if c.algorithm in options.algorithms]
    show(f"the speeds take about {budget(size, contests):.0f} s, and the targets about half a minute a seed and task")
    scores = steps(size, contests, told=show)
    show(table(scores))
    show(speeds(scores))
    torch.set_num_threads(1)
    found = {}
    for task in TASKS if options.targets else ():
        found[task] = races(task, seeds)
        show(to_target(task, found[task]))
    for note in NOTES:
        show(note)
    out = options.out or (None if options.quick else EVIDENCE)
    if out is not None:
        content: dict[str, Any] = {
            "machine": stamp,
            "versions": versions(),
            "measured": {"seconds": size.seconds, "rounds": size.rounds, "seeds": seeds, "budget": BUDGET},
            "notes": NOTES,
            "scores": [s.row() for s in scores],
            "targets": {
                task: {
                    "date": stamp["date"],
                    "runs": {k: [asdict(r) for r in v] for k, v in runs.items()},
                    "ratios": compared(runs),
                }
                for task, runs in found.items()
            },
        }
        if not options.targets and out.exists():
            content["targets"] = json.loads(out.read_text(encoding="utf-8"))["targets"]
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(s.holds is False for s in scores))


def show(text: str) -> None:
    """A line for the terminal, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(tyro.cli(TrainingSpeed)))
