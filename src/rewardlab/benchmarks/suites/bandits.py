"""Which bandit algorithm loses how much, and how fast does the loss grow? A thousand runs of each, side by side.

Stationary arms that are far apart and close together; means that change, a window or a discount against those who
believe that nothing changes; losses that an adversary chose; pairs of arms of which one hears only who won; actions
with features; actions whose effect comes late. Every algorithm has the settings of its paper. Where a rate needs the
number of steps, it is told.
"""

from collections.abc import Mapping
from typing import Any

from rewardlab.agents import bandits as agents
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.regret.cells import cell
from rewardlab.benchmarks.regret.played import play

RUNS, STEPS = 1000, 10_000
FEW = 200
"""Runs of what costs more: least squares for each run, or a network."""
STATIONARY: Mapping[str, Mapping[str, Any]] = {
    "UCB1": {},
    "KLUCB": {},
    "MOSS": {"horizon": STEPS},
    "AnytimeMOSS": {},
    "Thompson": {},
    "EpsilonGreedy": {},
    "ExploreThenCommit": {},
    "SuccessiveElimination": {},
    "GradientBandit": {},
    "Exp3": {},
    "Exp3IX": {},
    "TsallisINF": {},
}
GAUSSIAN: Mapping[str, Mapping[str, Any]] = {
    "UCB1": {"exploration": 8.0},
    "KLUCB": {"deviation": 1.0},
    "MOSS": {"horizon": STEPS, "span": 2.0},
    "GaussianThompson": {},
    "EpsilonGreedy": {},
}
CHANGING: Mapping[str, Mapping[str, Any]] = {
    "UCB1": {},
    "SlidingWindowUCB": {"window": 1000},
    "DiscountedUCB": {"gamma": 0.998},
    "Exp3IX": {},
    "Thompson": {},
}
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    name: {"low": -1.0, "high": 0.0} for name in ("Exp3", "Exp3IX", "TsallisINF")
} | {"UCB1": {}}
PAIRS: Mapping[str, Mapping[str, Any]] = {name: {} for name in ("RUCB", "DoubleThompson", "Copeland")}
LINEAR: Mapping[str, Mapping[str, Any]] = {"LinUCB": {"noise": 0.1}, "LinTS": {}}
LATE: Mapping[str, Mapping[str, Any]] = {"DynLinUCB": {"rho_bar": 0.5}, "UCB1": {}}


def cases(
    env: str, methods: Mapping[str, Mapping[str, Any]], *, length: str | None, runs: int = RUNS, steps: int = STEPS
) -> list[Case]:
    """The algorithms of a family in one environment.

    Args:
        env: a name, without namespace and version.
        methods: algorithm -> its options.
        length: the environment's field for the steps of an episode; None if it never ends.
        runs: at once.
        steps: of each run.
    """
    env_kwargs = {} if length is None else {length: steps}
    return [
        cell(getattr(agents, name), env, steps, runs=runs, env_kwargs=env_kwargs, options=options)
        for name, options in methods.items()
    ]


CASES = (
    *cases("BernoulliBandit", STATIONARY, length="pulls"),
    *cases("BernoulliBandit-Hard", STATIONARY, length="pulls"),
    *cases("StochasticBandit", GAUSSIAN, length="pulls"),
    *cases("PiecewiseBandit", CHANGING, length="pulls"),
    *cases("DriftingBandit", CHANGING, length="pulls"),
    *cases("AdversarialBandit", CHOSEN, length="rounds"),
    *cases("AdversarialBandit-Adaptive", CHOSEN, length="rounds"),
    *cases("AdversarialBandit-Full", {"Hedge": {}}, length="rounds"),
    *cases("DuelingBandit", PAIRS, length="pulls", runs=FEW),
    *cases("DuelingBandit-Cyclic", PAIRS, length="pulls", runs=FEW),
    *cases("ContextBandit", LINEAR, length="pulls", runs=FEW, steps=2000),
    *cases("DynamicalBandit", LATE, length=None, runs=FEW),
)
METRIC = "regret"
TAGS = ("bandits", "regret")
TRAIN = play
REPORT = "rewardlab.benchmarks.regret.report"
