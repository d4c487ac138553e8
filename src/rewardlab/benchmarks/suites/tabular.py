"""Which tabular algorithm loses how much while it learns? Two hundred runs of each, side by side.

A current that must be swum against, in episodes and without end; a drawn process; a lock of ten digits. Optimism by
bonuses and by plausible processes, and processes drawn from what is believed. Bonuses of the papers are so wide that
nothing is learned for ten thousands of episodes: here they are a share of them, named in each case. Agents that plan
for H steps count the steps themselves and see the state alone; those that do not cannot tell one step from another.
"""

from collections.abc import Mapping
from typing import Any

from rewardlab.agents import tabular as agents
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.regret.cells import cell
from rewardlab.benchmarks.regret.played import play

RUNS, STEPS = 200, 20_000


def cases(
    env: str, methods: Mapping[str, Mapping[str, Any]], *, runs: int = RUNS, steps: int = STEPS, **env_kwargs: Any
) -> list[Case]:
    """The algorithms of a family in one environment.

    Args:
        env: a name, without namespace and version.
        methods: algorithm -> its options.
        runs: at once.
        steps: of each run.
        **env_kwargs: of the environment.
    """
    return [
        cell(getattr(agents, name), env, steps, runs=runs, env_kwargs=env_kwargs, options=options)
        for name, options in methods.items()
    ]


def episodic(horizon: int) -> dict[str, dict[str, Any]]:
    """What plans for episodes of so many steps, with small shares of the papers' bonuses, and what does not."""
    shared = {"horizon": horizon, "total_steps": STEPS}
    return {
        "UCBVI": {**shared, "scale": 0.002, "growth": 0.1},
        "BernsteinUCBVI": {**shared, "scale": 0.05, "growth": 0.1, "correction": 1.0},
        "OptimisticQ": {**shared, "scale": 0.002},
        "PSRL": {"horizon": horizon},
        "RMax": {"gamma": 0.99, "known_at": 20},
        "DynaQ": {},
    }


ENDLESS: Mapping[str, Mapping[str, Any]] = {
    "UCRL2": {"scale": 0.03},
    "TSDE": {},
    "DynaQ": {},
}

CASES = (
    *cases("RiverSwim-H20", episodic(20), observation="state"),
    *cases("RandomMDP-Finite", episodic(10), observation="state"),
    *cases("CombinationLock", episodic(10)),
    *cases("RiverSwim", ENDLESS),
)
METRIC = "regret"
TAGS = ("tabular", "regret")
TRAIN = play
REPORT = "rewardlab.benchmarks.regret.report"
