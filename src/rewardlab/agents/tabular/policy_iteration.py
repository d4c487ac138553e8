"""Policy iteration with a model.

    V = (I − γ P_π)⁻¹ R_π,    π ← argmax_a [ R(s, a) + γ Σ_s' P(s' | s, a) V(s') ]

The exact plan of a known process: each policy is valued by a linear solve and made greedy, until it is greedy already.
It takes few rounds, seldom more than ten; each factorises a matrix of all states.

Source: Howard, "Dynamic Programming and Markov Processes", 1960; Puterman, "Markov Decision Processes: Discrete
Stochastic Dynamic Programming", 1994, Sections 6.4 and 8.6.
"""

from dataclasses import dataclass

from rewardlab.agents.loops.planner import Planner
from rewardlab.core.mdp import Solution, TabularMDP


@dataclass(eq=False, kw_only=True)
class PolicyIteration(Planner):
    """The exact planner, for Discrete observations and actions."""

    def solve(self, mdp: TabularMDP) -> Solution:
        return mdp.solve()
