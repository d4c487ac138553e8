"""Random finite processes, to try on them what should hold for all.

Source: Archibald, McKinnon, Thomas, "On the Generation of Markov Decision Processes", Journal of the Operational
Research Society 1995 (the Garnet family).
"""

import numpy as np

from rewardlab.core.mdp import TabularMDP


def random_mdp(
    rng: np.random.Generator,
    *,
    states: int = 10,
    actions: int = 3,
    branching: int = 3,
    terminal: int = 1,
    gamma: float = 0.9,
    per_transition: bool = True,
) -> TabularMDP:
    """A Garnet: every action leads to `branching` random states with random probabilities and normal rewards.

    Args:
        rng: where it comes from.
        states, actions: S and A.
        branching: successors of each state and action.
        terminal: how many of the states, the last ones, end the episode.
        gamma: the discount.
        per_transition: rewards R(s, a, s') rather than R(s, a).
    """
    P = np.zeros((states, actions, states))
    for s in range(states):
        for a in range(actions):
            P[s, a, rng.choice(states, size=branching, replace=False)] = rng.dirichlet(np.ones(branching))
    R = rng.normal(size=P.shape if per_transition else P.shape[:2])
    ends = np.arange(states) >= states - terminal
    return TabularMDP(P, R, gamma=gamma, initial=0, terminal=ends)
