"""Do our agents learn what Stable-Baselines3's learn, and in less time?

    python -m rewardlab.benchmarks.learning [--folder runs/learning] [--jobs 1] [--dry] [--report] [--out FILE]

Runs the suite `learning`, crash-safe as all suites: the same command goes on where a stopped one was. Then for each
algorithm and environment the two loops stand beside each other: mean returns over seeds with bootstrap intervals of
95 %, the interval of their difference, and CPU time.
"""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tyro

from rewardlab.benchmarks import harness, report
from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.benchmarks.results import Results, load, short
from rewardlab.benchmarks.suites import learning as suite

EVIDENCE = Path(__file__).parent / "evidence" / "learning.json"
RATE = {"ppo": 4_000, "dqn": 1_500, "sac": 70}
"""About how many transitions a second of CPU time a loop takes, for the budget that is printed before."""


@dataclass(frozen=True)
class Learning:
    """Run the suite and hold the loops against each other.

    Args:
        folder: where runs are kept.
        jobs: processes at once.
        dry: print the budget and run nothing.
        report: run nothing, and report of the runs that are finished.
        out: JSON file; by default the one that is kept with the package.
    """

    folder: Path = Path("runs/learning")
    jobs: int = 1
    dry: bool = False
    report: bool = False
    out: Path = EVIDENCE


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


def parities(results: Results) -> list[Parity]:
    """Algorithms and environments of which both loops have finished runs."""
    found = []
    for algorithm, env in suite.TRAININGS:
        ours, theirs = (results.cell(f"{algorithm.upper()}, {side}", env) for side in (suite.OURS, suite.PEER))
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


def budget() -> float:
    """About how many hours of CPU time the suite takes."""
    return sum(c.budget * len(c.seeds) / RATE[c.agent_name.lower()] for c in suite.CASES) / 3600


def main(options: Learning) -> int:
    """Run, report and write."""
    _show(
        f"{sum(len(c.seeds) for c in suite.CASES)} runs, about {budget():.1f} core-hours; Ctrl-C loses no finished run"
    )
    if options.dry:
        return 0
    place = options.folder if options.report else harness.run("learning", options.folder, jobs=options.jobs)
    results = load(place)
    found = parities(results)
    _show(report.table(place))
    _show(table(found))
    _show(f"curves: {report.write(place).parent / 'figures' / 'curves.png'}")
    content = {
        "machine": machine(),
        "versions": versions(),
        "about": suite.__doc__,
        "parity": [{**asdict(p), "same": p.same} for p in found],
        "runs": [
            {k: r[k] for k in ("env", "method", "seed", "curve", "final", "cpu_seconds")} for r in results.records
        ],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _show(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Learning)))
