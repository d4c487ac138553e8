"""Explicable reward design (EXPRD).

    max_R  I(R) = − 1 / (|H| S) Σ_{h ∈ H} Σ_s max_{a not optimal} max(0, δ(s) − δ_h(s, a))
    with   δ_∞(s, a) ≥ δ(s) for every action that is not optimal,  |R| ≤ R_max,  R ≠ 0 in at most B states

    δ_h(s, a) = Q_h(s, π*(s)) − Q_h(s, a) under R within steps 0 .. h,    δ(s) = the gap of the second-best action

A teacher who knows the process finds a reward that pays in few states and shows within few steps what is good. For
given states this is a linear programme; the states are chosen one by one. The gap is one number for each state, as in
the authors' programs; tied optimal actions are held equal, and π* takes them all alike (ours).

Source: Devidze, Radanovic, Kamalaruban, Singla, "Explicable Reward Design for Reinforcement Learning Agents", NeurIPS
2021; Devidze, "Reward Design for Reinforcement Learning Agents", doctoral thesis, 2025.
"""

from collections.abc import Sequence

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.shaping.designer import Design, Optimum, check


def exprd(
    mdp: TabularMDP,
    *,
    budget: int = 5,
    horizons: Sequence[int] = (1, 4, 8, 16, 32),
    largest: float = 10.0,
) -> np.ndarray:
    """The reward table [S, A], to be paid instead of the process's own reward.

    The states in which the process itself pays come first, if they are no more than `budget`; others follow as long as
    they add to the informativeness. Of equally informative rewards it is the smallest.

    Args:
        mdp: the process, with a discount; its arrays are dense here, so up to some hundreds of states and actions.
        budget: B, in how many states something may be paid.
        horizons: H, each at least 0; 0 looks at the pay of the step alone.
        largest: R_max.

    Raises:
        BadOption: for options outside their ranges, or if no such reward keeps the optimal actions.
    """
    check(mdp, budget, largest, where="exprd")
    optimum = Optimum(mdp)
    return Design(optimum, largest, np.zeros(optimum.best.size), _maps(optimum, horizons)).choose(budget, where="exprd")


def informativeness(mdp: TabularMDP, reward: np.ndarray, *, horizons: Sequence[int] = (1, 4, 8, 16, 32)) -> float:
    """I(R) <= 0 of a reward table [S, A] for the optimal policy of `mdp`; 0 if every horizon shows the whole gap.

    Raises:
        BadOption: for no horizons, or negative ones.
    """
    optimum = Optimum(mdp)
    short = [
        optimum.gap[:, None] - (matrix @ np.asarray(reward, dtype=float).ravel()).reshape(optimum.best.shape)
        for matrix in _maps(optimum, horizons)
    ]
    worst = [np.where(optimum.best, 0.0, np.maximum(x, 0.0)).max(1) for x in short]
    return -float(np.mean(worst))


def _maps(optimum: Optimum, horizons: Sequence[int]) -> tuple[np.ndarray, ...]:
    if not len(horizons) or any(h != int(h) or h < 0 for h in horizons):
        raise BadOption(f"horizons={horizons!r}", where="exprd", expected="one or more integers of at least 0")
    return tuple(optimum.lag_within(int(h)) for h in horizons)
