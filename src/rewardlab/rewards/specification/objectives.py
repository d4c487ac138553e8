"""Objectives: what a policy is worth, in the words of ten formalisms.

    MR      J = E Σ_t γ^t R(s_t, a_t, s_t+1)                     LAR     lim_T 1/T E Σ_{t < T} R
    LTL     P(the episode satisfies φ)                           RM      E Σ_t γ^t δ_r(u_t, L_t)
    INMR    E f(Σ_t γ^t R)                                       ONMR    f(J)
    IMORL   E f(Σ_t γ^t R_1, ..., Σ_t γ^t R_K)                   OMORL   f(J_1, ..., J_K)
    FOMR    f(occupancy)                                         RRL     J + α F(π)
    FTR     E f(trajectory)                                      FTLR    f(lottery of trajectories)

Each orders the policies of a process by one number, and each can ask for something that a Markov reward cannot: a
mixture of actions (RRL, ONMR), an order of events (RM), that something ever happens (LTL), the long run alone (LAR).
All are exact on tables; what needs trajectories takes a horizon, and is exact where episodes end within it.

Source: Subramani, Williams, Heitmann, Holm, Griffin, Skalse, "On The Expressivity of Objective-Specification Formalisms
in Reinforcement Learning", ICLR 2024.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.core.tabulate import PaidTable, tabulate
from rewardlab.rewards.specification.lotteries import (
    Lottery,
    chain,
    lottery,
    pairs,
    pays,
    probabilities,
    recurrent,
)


def markov_value(policy: Any, mdp: TabularMDP) -> float:
    """MR: the discounted return of a policy, [S] actions or [S, A] probabilities."""
    return mdp.evaluate(probabilities(policy, mdp)).value


def limit_average(policy: Any, mdp: TabularMDP) -> float:
    """LAR: the reward per step in the long run, from the initial distribution; the discount plays no part.

    Chains may have several recurrent classes; an end is one that pays 0.
    """
    P = chain(policy, mdp)
    reward = (probabilities(policy, mdp) * mdp.R).sum(1)
    gain, settled = np.zeros(len(P)), np.zeros(len(P), dtype=bool)
    for group in recurrent(P):
        within = P[np.ix_(group, group)]
        balance = np.vstack([within.T - np.eye(len(group)), np.ones(len(group))])
        stationary = np.linalg.lstsq(balance, np.append(np.zeros(len(group)), 1.0), rcond=None)[0]
        gain[group], settled[group] = stationary @ reward[group], True
    open_ = np.flatnonzero(~settled)
    onward = np.eye(len(open_)) - P[np.ix_(open_, open_)]
    gain[open_] = np.linalg.solve(onward, P[np.ix_(open_, np.flatnonzero(settled))] @ gain[settled])
    return float(mdp.initial @ gain)


def machine_value(policy: Any, mdp: TabularMDP, machine: Reward, columns: Mapping[str, Array] | None = None) -> float:
    """RM: the discounted return of what a reward with memory pays, for a policy that sees the process only.

    Args:
        policy: [S] actions or [S, A] probabilities.
        mdp: the process.
        machine: a `RewardMachine`, or any reward whose memory takes few values.
        columns: the `info` columns that it reads, [S] of the state that is reached, or one number per entry of P.
    """
    table = tabulate(mdp, machine, columns=columns)
    return table.mdp.evaluate(probabilities(policy, mdp)[table.base]).value


def satisfaction(policy: Any, mdp: TabularMDP, machine: Reward, columns: Mapping[str, Array] | None = None) -> float:
    """LTL: the probability that an episode is ever paid by what pays 1 at most once, such as `compile_ltl(formula)`.

    What is still open in an episode that never ends counts as not satisfied.
    """
    table = tabulate(mdp, machine, columns=columns)
    return _ever_paid(probabilities(policy, mdp)[table.base], table)


def _ever_paid(policy: np.ndarray, table: PaidTable) -> float:
    mdp = table.mdp
    P, once = chain(policy, mdp), (policy * mdp.R).sum(1)
    open_ = once > 0
    for _ in range(len(P)):
        open_ = open_ | (P[:, open_] > 0).any(1)
    # A pay ahead is paid once, so no state that has one ahead comes back for ever: the equations have one solution.
    at = np.flatnonzero(open_)
    value = np.zeros(len(P))
    value[at] = np.linalg.solve(np.eye(len(at)) - P[np.ix_(at, at)], once[at])
    return float(mdp.initial @ value)


def vector_value(policy: Any, mdp: TabularMDP, rewards: np.ndarray) -> np.ndarray:
    """[K] discounted returns of a policy for rewards [K, S, A] or [K, S, A, S]; GOMORL orders policies by these."""
    return np.array([mdp.with_reward(R).evaluate(probabilities(policy, mdp)).value for R in np.asarray(rewards)])


def inner_value(
    policy: Any,
    mdp: TabularMDP,
    f: Callable[[np.ndarray], np.ndarray],
    *,
    horizon: int,
    rewards: np.ndarray | None = None,
) -> float:
    """INMR and IMORL: the expectation of a function of the return.

    Args:
        policy: [S] actions or [S, A] probabilities.
        mdp: the process.
        f: [M] returns to [M] numbers; [M, K] to [M] if `rewards` are given.
        horizon: steps after which an episode is cut off.
        rewards: [K, S, A]; the process's own, one, if not given.
    """
    found = lottery(policy, mdp, horizon)
    own = pays(mdp) if rewards is None else _per_entry(rewards, mdp)
    return float(found.probability @ f(found.discounted(own, _discount(mdp))))


def outer_value(policy: Any, mdp: TabularMDP, f: Callable[[Any], Any], rewards: np.ndarray | None = None) -> float:
    """ONMR and OMORL: a function of the expected return, a number, or [K] of them if `rewards` [K, S, A] are given."""
    return float(f(markov_value(policy, mdp) if rewards is None else vector_value(policy, mdp, rewards)))


def occupancy_value(policy: Any, mdp: TabularMDP, f: Callable[[np.ndarray], Any]) -> float:
    """FOMR: a function of the discounted occupancy [S, A]."""
    return float(f(mdp.occupancy(probabilities(policy, mdp))))


def regularised_value(
    policy: Any, mdp: TabularMDP, *, alpha: float = 1.0, regulariser: Callable[[np.ndarray], Any] | None = None
) -> float:
    """RRL: the discounted return and a multiple of a function of the policy.

    Args:
        policy: [S] actions or [S, A] probabilities.
        mdp: the process.
        alpha: the weight of the regulariser; 1 is ours.
        regulariser: F, probabilities [S, A] to a number; the discounted entropy E Σ_t γ^t H(π(· | s_t)) if not given.
    """
    chances = probabilities(policy, mdp)
    if regulariser is not None:
        return markov_value(chances, mdp) + alpha * float(regulariser(chances))
    surprise = -np.log(np.where(chances > 0, chances, 1.0))
    return markov_value(chances, mdp) + alpha * float((mdp.occupancy(chances) * surprise).sum())


def trajectory_value(policy: Any, mdp: TabularMDP, f: Callable[[Lottery], np.ndarray], *, horizon: int) -> float:
    """FTR: the expectation of a function of the trajectory; `f` gives [M] numbers for M of them."""
    found = lottery(policy, mdp, horizon)
    return float(found.probability @ f(found))


def lottery_value(policy: Any, mdp: TabularMDP, f: Callable[[Lottery], Any], *, horizon: int) -> float:
    """FTLR: any function of the trajectories together with their probabilities."""
    return float(f(lottery(policy, mdp, horizon)))


def _per_entry(rewards: np.ndarray, mdp: TabularMDP) -> np.ndarray:
    """[E, K] of rewards [K, S, A]."""
    rewards = np.asarray(rewards, dtype=float)
    if rewards.shape[1:] != (mdp.num_states, mdp.num_actions):
        raise BadOption(
            f"rewards of shape {rewards.shape}",
            where="inner_value",
            expected=f"[K, {mdp.num_states}, {mdp.num_actions}]",
        )
    return rewards.reshape(len(rewards), -1).T[pairs(mdp)]


def _discount(mdp: TabularMDP) -> float:
    return 1.0 if mdp.gamma is None else mdp.gamma
