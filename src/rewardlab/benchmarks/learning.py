"""Do our agents learn what Stable-Baselines3's learn, and in less time?

    python -m rewardlab.benchmarks.learning [--only PPO/Hopper DQN/Acrobot] [--folder runs/learning] [--jobs 1]
        [--dry] [--report] [--out FILE]

Runs the suite `learning`, crash-safe as all suites: the same command goes on where a stopped one was. Then for each
algorithm and environment the two loops stand beside each other: mean returns over seeds with bootstrap intervals of
95 %, the interval of their difference, and CPU time. What the file tells of other trainings stays.
"""

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks import harness, report
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.benchmarks.results import load, short
from rewardlab.benchmarks.suites import learning as suite
from rewardlab.benchmarks.words import show
from rewardlab.core.errors import UnknownName, nearest

EVIDENCE = Path(__file__).parent / "evidence" / "learning.json"
KEPT = ("env", "method", "seed", "curve", "final", "cpu_seconds")
"""What the file keeps of a run, beside the hash of the sources and the date."""
RATE = {"ppo": 4_000, "dqn": 1_500, "sac": 70}
"""About how many transitions a second of CPU time a loop takes, for the budget that is printed before."""


@dataclass(frozen=True)
class Learning:
    """Run the suite and hold the loops against each other.

    Args:
        folder: where runs are kept.
        only: the trainings to run now, as algorithm/environment; all if none is named.
        jobs: processes at once.
        dry: print the budget and run nothing.
        report: run nothing, and report of the runs that are finished.
        out: JSON file; by default the one that is kept with the package.
    """

    folder: Path = Path("runs/learning")
    only: tuple[str, ...] = ()
    jobs: int = 1
    dry: bool = False
    report: bool = False
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        names = [label(case) for case in suite.CASES]
        for name in self.only:
            if name not in names:
                raise UnknownName(f"no training {name!r}", where="learning", mend=nearest(name, names))

    def asks(self, case: Case) -> bool:
        """Whether a case is to be run now."""
        return not self.only or label(case) in self.only


def label(case: Case) -> str:
    """A case by algorithm and environment, such as "PPO/Hopper"."""
    return f"{case.agent_name}/{short(case.env)}"


@dataclass(frozen=True)
class Parity:
    """One algorithm in one environment, in two loops.

    Attributes:
        algorithm: its name.
        env: the id.
        seeds: finished runs of ours, and of theirs.
        ours: mean return after training and its interval.
        theirs: as well.
        difference: ours minus theirs, and its interval.
        cpu: how many times the CPU time of ours theirs takes, evaluations included; medians.
    """

    algorithm: str
    env: str
    seeds: tuple[int, int]
    ours: tuple[float, float, float]
    theirs: tuple[float, float, float]
    difference: tuple[float, float, float]
    cpu: float

    @property
    def same(self) -> bool:
        """Whether no difference shows: its interval holds 0."""
        return self.difference[1] <= 0.0 <= self.difference[2]


def interval(
    values: Sequence[float], minus: Sequence[float] = (), *, draws: int = 10_000
) -> tuple[float, float, float]:
    """A mean, or the difference of two, with the bootstrap interval of 95 %; runs of both sides are drawn apart.

    Args:
        values: [n] of the runs.
        minus: [m] of other runs, whose mean is taken off; none for the mean alone.
        draws: of the bootstrap.
    """
    rng = np.random.default_rng(0)
    sides = [np.asarray(x, dtype=float) for x in (values, minus) if len(x)]
    drawn = [rng.choice(x, (draws, len(x))).mean(1) for x in sides]
    value, spread = (
        (sides[0].mean(), drawn[0])
        if len(sides) == 1
        else (
            sides[0].mean() - sides[1].mean(),
            drawn[0] - drawn[1],
        )
    )
    low, high = np.quantile(spread, (0.025, 0.975))
    return float(value), float(low), float(high)


def merged(fresh: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The runs of now, and those held of methods and environments of which now has none; in the order of the suite."""
    known = {(r["method"], r["env"]) for r in fresh}
    runs = [*fresh, *(r for r in held if (r["method"], r["env"]) not in known)]
    order = {(case.method, case.env): k for k, case in enumerate(suite.CASES)}
    return sorted((r for r in runs if (r["method"], r["env"]) in order), key=lambda r: order[r["method"], r["env"]])


def parities(runs: Sequence[Mapping[str, Any]]) -> list[Parity]:
    """Algorithms and environments of which both loops have finished runs."""
    found = []
    for algorithm, env in suite.TRAININGS:
        ours, theirs = (
            [r for r in runs if (r["method"], r["env"]) == (f"{algorithm.upper()}, {side}", env)]
            for side in (suite.OURS, suite.PEER)
        )
        if not (ours and theirs):
            continue
        mine, other = ([r["final"] for r in runs] for runs in (ours, theirs))
        spent = [statistics.median(r["cpu_seconds"] for r in runs) for runs in (theirs, ours)]
        found.append(
            Parity(
                algorithm.upper(),
                env,
                (len(ours), len(theirs)),
                interval(mine),
                interval(other),
                interval(mine, other),
                spent[0] / spent[1],
            )
        )
    return found


def table(found: Sequence[Parity]) -> str:
    """As text."""
    lines = [f"{'return after training':34}{'ours':>28}{'SB3':>28}{'difference':>34}{'CPU, times ours':>17}"]
    for p in found:
        cells = [f"{v:.4g} [{low:.4g}, {high:.4g}]" for v, low, high in (p.ours, p.theirs, p.difference)]
        name = f"{p.algorithm} {short(p.env)}"
        verdict = "" if p.same else "   differs"
        lines.append(f"{name:34}{cells[0]:>28}{cells[1]:>28}{cells[2]:>34}{p.cpu:>17.2f}{verdict}")
    return "\n".join(lines)


def budget(cases: Sequence[Case] = suite.CASES) -> float:
    """About how many hours of CPU time cases take."""
    return sum(c.budget * len(c.seeds) / RATE[c.agent_name.lower()] for c in cases) / 3600


def main(options: Learning) -> int:
    """Run, report and write."""
    cases = [case for case in suite.CASES if options.asks(case)]
    number = sum(len(c.seeds) for c in cases)
    show(f"{number} runs, about {budget(cases):.1f} core-hours; Ctrl-C loses no finished run")
    if options.dry:
        return 0
    place = options.folder
    if not options.report:
        place = harness.run("learning", place, jobs=options.jobs, only=options.asks)
    results, about = load(place), {"source": versions()["source"], "date": str(date.today())}
    fresh = [{**{k: r[k] for k in KEPT}, **about} for r in results.records]
    held = json.loads(options.out.read_text(encoding="utf-8"))["runs"] if options.out.exists() else []
    runs = merged(fresh, held)
    found = parities(runs)
    show(report.table(place))
    show(table(found))
    show(f"curves: {report.write(place).parent / 'figures' / 'curves.png'}")
    content = {
        "machine": machine(),
        "versions": versions(),
        "about": suite.__doc__,
        "parity": [{**asdict(p), "same": p.same} for p in found],
        "runs": runs,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Learning)))
