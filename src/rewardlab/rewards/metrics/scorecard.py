"""Scorecard of a dense reward.

    density = share of steps whose pay is not the usual one,    gap = (max J − J(π̂)) / (max J − min J),    π̂ best for R̂

One row of numbers for any reward that is put in place of a sparse one: how often it says something, whether it ranks
policies of graded quality as the task does, how far it is from the task's reward, what becomes of who maximises it, how
fast a fixed agent learns from it, and what it cost in labels. To compare sources of rewards on the same task.

Source: Zhang, "Towards better dense rewards in Reinforcement Learning Applications", 2025 (a proposal without a
method: what to ask of a dense reward; the numbers are our form of it).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.epic import epic
from rewardlab.rewards.metrics.rank_correlation import rank_correlation
from rewardlab.rewards.metrics.regret import regret_of
from rewardlab.rewards.metrics.starc import starc
from rewardlab.rewards.metrics.tables import discounted, uniform


@dataclass(frozen=True)
class Scorecard:
    """What a reward is worth as a stand-in.

    Attributes:
        density: share of steps, in 0..1, of random behaviour whose pay differs from the most usual pay.
        kendall: τ in -1..1 of the returns of graded policies under it and under the task's reward; 0 if undefined.
        starc, epic: distances to the task's reward in 0..1; EPIC means something only for a proxy [S, A, S] that also
            says what it would pay for transitions that cannot happen.
        gap: the regret in 0..1 of who maximises it.
        samples: the steps a fixed agent needed, None if no curve was given or it never got there.
        labels: judgements or demonstrations that it took to make.
    """

    density: float
    kendall: float
    starc: float
    epic: float
    gap: float
    samples: float | None
    labels: int


def scorecard(
    mdp: TabularMDP,
    proxy: Any,
    *,
    gamma: float | None = None,
    policies: int = 20,
    labels: int = 0,
    curve: tuple[Sequence[float], Sequence[float]] | None = None,
    threshold: float = 0.9,
) -> Scorecard:
    """The scorecard of `proxy` in a process that pays the truth.

    Args:
        mdp: the process with the task's reward.
        proxy: the reward in its place, [S, A], [S, A, S], or sparse [S * A, S].
        gamma: the discount, the process's own if None.
        policies: how many mixtures of random and best play are ranked, >= 2.
        labels: what the reward cost, for the record.
        curve: steps [T] and true returns [T] of a fixed agent that learned from it.
        threshold: the share of the way from random to best play that counts as learned. Ours.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, or fewer than two policies.
    """
    if policies < 2:
        raise BadOption(f"policies={policies!r}", where="scorecard", expected="at least 2 to rank")
    mdp = discounted(mdp, gamma, where="scorecard")
    best = np.eye(mdp.num_actions)[mdp.solve().policy]
    graded = [(1 - w) * uniform(mdp) + w * best for w in np.linspace(0.0, 1.0, policies)]
    truth = mdp.R if mdp.pay is None else sparse.csr_array((mdp.pay, mdp.P.indices, mdp.P.indptr), shape=mdp.P.shape)
    return Scorecard(
        density=density(mdp, proxy),
        kendall=rank_correlation(mdp, truth, proxy, policies=graded).kendall,
        starc=starc(mdp, truth, proxy),
        epic=epic(mdp, truth, proxy),
        gap=regret_of(mdp, proxy),
        samples=None if curve is None else samples_to(mdp, *curve, threshold=threshold),
        labels=labels,
    )


def density(mdp: TabularMDP, reward: Any, *, policy: Any = None, gamma: float | None = None) -> float:
    """The share of steps, in 0..1, whose pay differs from the most usual pay: a constant says nothing.

    Args:
        mdp: the process.
        reward: [S, A], [S, A, S], or sparse [S * A, S].
        policy: whose steps, [S] or [S, A]; the uniform one if None.
        gamma: by which later steps count less; the process's own if None.
    """
    mdp = discounted(mdp, gamma, where="density")
    paid = mdp.with_reward(reward)
    visits = mdp.occupancy(uniform(mdp) if policy is None else policy).ravel()  # [S * A]
    each = np.diff(mdp.P.indptr)
    pay = np.repeat(paid.R.ravel(), each) if paid.pay is None else paid.pay
    weight = np.repeat(visits, each) * mdp.P.data
    pay, weight = pay[weight > 0], weight[weight > 0]
    order = np.argsort(pay, kind="stable")
    new = np.diff(pay[order]) > 1e-9 * np.abs(pay).max()
    usual = np.bincount(np.concatenate([[0], np.cumsum(new)]), weight[order]).max() / weight.sum()
    return float(np.clip(1.0 - usual, 0.0, 1.0))


def samples_to(
    mdp: TabularMDP, steps: Sequence[float], returns: Sequence[float], *, threshold: float = 0.9
) -> float | None:
    """The first of `steps` [T] at which the true return [T] has come `threshold` of the way from random to best play.

    None if it never does.
    """
    low, high = mdp.evaluate(uniform(mdp)).value, mdp.solve().value
    there = np.flatnonzero(np.asarray(returns, dtype=float) >= low + threshold * (high - low))
    return float(np.asarray(steps, dtype=float)[there[0]]) if len(there) else None
