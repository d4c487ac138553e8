"""Adaptive explicable reward design (EXPADARD).

    max_R  I(R | π) = Σ_{s, a} [d(s) π(a | s)]² [A*(s, a) − Σ_b π(b | s) A*(s, b)] [R(s, a) − Σ_b π(b | s) R(s, b)]

    d = visits of the learner's policy π,    A* = advantage of the optimal policy under the task's own reward

A teacher who sees the learner's policy pays what moves it, in its next step of policy gradient, most towards the
optimum: I is the first-order gain of that step for a learner that looks one step ahead. Design anew as the learner
changes. The teacher's advantage is centred under π, without which I is not that gain.

Source: Devidze, Kamalaruban, Singla, "Informativeness of Reward Functions in Reinforcement Learning", AAMAS 2024;
Devidze, "Reward Design for Reinforcement Learning Agents", doctoral thesis, 2025.
"""

import numpy as np

from rewardlab.core import chain
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.shaping.designer import Design, Optimum, check, pull


def expadard(
    mdp: TabularMDP, policy: np.ndarray, *, budget: int = 5, largest: float = 10.0, invariant: bool = True
) -> np.ndarray:
    """The reward table [S, A], to be paid instead of the process's own reward until the policy has changed.

    Args:
        mdp: the process, with a discount.
        policy: π [S, A], the learner's probabilities.
        budget: in how many states something may be paid.
        largest: the bound of |R|.
        invariant: whether the optimal actions must stay exactly the optimal ones.

    Raises:
        BadOption: for options outside their ranges, or if no such reward keeps the optimal actions.
    """
    check(mdp, budget, largest, where="expadard")
    solution = mdp.solve()
    policy = chain.check_policy(policy, mdp.num_states, mdp.num_actions)
    weight = pull(mdp.occupancy(policy), policy, solution.Q - solution.V[:, None])
    return Design(Optimum(mdp), largest, weight.ravel(), invariant=invariant).choose(budget, where="expadard")


def policy_informativeness(
    mdp: TabularMDP, policy: np.ndarray, reward: np.ndarray, *, advantage: np.ndarray | None = None
) -> float:
    """I(R | π) of a reward table [S, A].

    Args:
        mdp: the process, with a discount.
        policy: π [S, A].
        reward: R [S, A].
        advantage: [S, A] of whoever judges; None is the optimal policy's, under the reward of `mdp`.

    Raises:
        BadOption: for a policy of another form.
    """
    if advantage is None:
        solution = mdp.solve()
        advantage = solution.Q - solution.V[:, None]
    policy = chain.check_policy(policy, mdp.num_states, mdp.num_actions)
    return float((pull(mdp.occupancy(policy), policy, advantage) * reward).sum())
