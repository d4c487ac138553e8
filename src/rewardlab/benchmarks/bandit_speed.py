"""How fast bandits are played: compiled, in batches of rows, and one pull after the other in a plain loop.

    python -m rewardlab.benchmarks.bandit_speed [--pulls 10000] [--repeats 5] [--states 100000] [--out FILE]

UCB1 on ten Bernoulli arms. The plain loop is what libraries of single bandits do: one arm, one draw, one update a step,
each a Python call. The three play in turns. Then value iteration on a sparse random process with 100,000 states.
"""

import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tyro
from gymnasium import spaces
from scipy import sparse

from rewardlab.agents.bandits import UCB1
from rewardlab.agents.loops.bandit_compiled import play
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.benchmarks.measure import interleaved, machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.core.arms import Arms
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.planning import value_iteration
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit

EVIDENCE = Path(__file__).parent / "evidence" / "bandit_speed.json"
ARMS = Arms(tuple(np.linspace(0.1, 0.9, 10)))
ROWS = 1000  # runs that are played at once
FLOOR, AGAINST = 25.0, 100.0  # million pulls a second; times the plain loop


@dataclass(frozen=True)
class BanditSpeed:
    """Measure how fast bandits are played.

    Args:
        pulls: of each run.
        repeats: turns of each way to play.
        states: of the process that is planned in; 0 for none.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no pulls or repeats.
    """

    pulls: int = 10_000
    repeats: int = 5
    states: int = 100_000
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        for name in ("pulls", "repeats"):
            if (value := getattr(self, name)) < 1:
                raise BadOption(f"{name}={value!r}", where="bandit_speed", expected="at least 1")


@dataclass(frozen=True)
class Pace:
    """One way to play.

    Attributes:
        name: which.
        pulls: in one turn, over all runs.
        wall: seconds of a turn, the median.
        cpu: seconds of all cores, the median.
        million: million pulls a second by the wall clock.
    """

    name: str
    pulls: int
    wall: float
    cpu: float
    million: float


class Coins:
    """Arms for the plain loop: one draw a call."""

    def __init__(self, means: tuple[float, ...], seed: int) -> None:
        self.means, self.rng = means, np.random.default_rng(seed)

    def draw(self, arm: int) -> float:
        """Pay of one pull."""
        return 1.0 if self.rng.random() < self.means[arm] else 0.0


class PlainUCB1:
    """UCB1 for the plain loop: one arm a call."""

    def __init__(self, arms: int) -> None:
        self.counts, self.totals, self.t = [0] * arms, [0.0] * arms, 0

    def choice(self) -> int:
        """The arm to pull."""
        if self.t < len(self.counts):
            return self.t
        log = 2.0 * math.log(self.t)
        best, highest = 0, -math.inf
        for k, (n, total) in enumerate(zip(self.counts, self.totals, strict=True)):
            value = total / n + math.sqrt(log / n)
            if value > highest:
                best, highest = k, value
        return best

    def learn(self, arm: int, pay: float) -> None:
        """Take note of a pull."""
        self.counts[arm] += 1
        self.totals[arm] += pay
        self.t += 1


def plain(pulls: int, seed: int = 0) -> list[int]:
    """One run of the plain loop; how often each arm was pulled."""
    agent, coins = PlainUCB1(len(ARMS.means)), Coins(tuple(ARMS.means), seed)
    for _ in range(pulls):
        arm = agent.choice()
        agent.learn(arm, coins.draw(arm))
    return agent.counts


def paces(pulls: int, repeats: int) -> list[Pace]:
    """The three ways to play, in turns."""
    idle = UCB1(Spaces(spaces.Box(0, 1, (2 * len(ARMS.means),)), spaces.Discrete(len(ARMS.means))), seed=0)
    short = max(1, pulls // 10)

    def batch() -> None:
        rules = StochasticBandit(means=ARMS.means, deviation=None, pulls=short)
        UCB1(WorldVectorEnv(rules, ROWS), seed=0, independent=True).learn(ROWS * short)

    programs = {
        "compiled": lambda: play(idle, ARMS, ROWS, pulls),
        f"{ROWS} rows of an environment": batch,
        "plain loop": lambda: plain(pulls),
    }
    done = {"compiled": ROWS * pulls, f"{ROWS} rows of an environment": ROWS * short, "plain loop": pulls}
    found = interleaved(programs, repeats=repeats)
    return [Pace(k, done[k], t.wall, t.cpu, done[k] / t.wall / 1e6) for k, t in found.items()]


def planning(states: int) -> dict[str, float]:
    """Seconds of value iteration on a random process of so many states, 4 actions, 5 successors each."""
    rng, actions, successors = np.random.default_rng(0), 4, 5
    rows = states * actions
    law = rng.dirichlet(np.ones(successors), rows).ravel()
    after = rng.integers(states, size=rows * successors)
    P = sparse.csr_array((law, after, np.arange(0, rows * successors + 1, successors)), shape=(rows, states))
    P.sum_duplicates()
    mdp = TabularMDP(P, rng.random((states, actions)), gamma=0.99)
    began = time.perf_counter(), time.process_time()
    found = value_iteration(mdp, tolerance=1e-6)
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    residual = float(np.abs((mdp.R + 0.99 * mdp.expect(found.V)).max(1) - found.V).max())
    size = {"states": states, "actions": actions, "successors": successors}
    return {**size, "wall": wall, "cpu": cpu, "residual": residual}


def table(found: list[Pace]) -> str:
    """As text."""
    slow = found[-1]
    lines = [f"{'UCB1, 10 Bernoulli arms':36}{'million pulls / s':>18}{'ns a pull':>12}{'times the plain loop':>22}"]
    for p in found:
        lines.append(f"{p.name:36}{p.million:>18.4g}{1e3 / p.million:>12.4g}{p.million / slow.million:>22.4g}")
    return "\n".join(lines)


def main(options: BanditSpeed) -> int:
    """Measure, show and write; 0 if the floors hold."""
    found = paces(options.pulls, options.repeats)
    sys.stdout.write(table(found) + "\n")
    planned = planning(options.states) if options.states else None
    if planned:
        sys.stdout.write(
            f"value iteration, {planned['states']:,} states: {planned['wall']:.2f} s, "
            f"residual {planned['residual']:.1e}\n"
        )
    fast, slow = found[0].million, found[-1].million
    holds = {"million pulls a second": fast >= FLOOR, "times the plain loop": fast / slow >= AGAINST}
    content = {
        "machine": machine(),
        "versions": versions(),
        "paces": [asdict(p) for p in found],
        "floors": {"million pulls a second": FLOOR, "times the plain loop": AGAINST},
        "holds": holds,
        "value_iteration": planned,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(BanditSpeed)))
