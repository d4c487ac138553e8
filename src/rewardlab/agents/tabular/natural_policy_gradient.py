"""The natural policy gradient of a softmax table, with a model.

    θ ← θ + η F(θ)† ∇J(θ),    F = E_{d, π}[∇ln π ∇ln πᵀ]
    for one preference for each state and action:  π(a | s) ∝ π(a | s) exp(η A^π(s, a))

The steepest way up in the geometry of the policy itself: the closed form needs no matrix and does not depend on where
episodes begin. For rewards in [0, 1] its values rise monotonically to within ln A / (η (1 − γ) T) + 1 / ((1 − γ)² T) of
the best after T steps; the plain gradient may stand still for exponentially long.

Source: Kakade, "A Natural Policy Gradient", NeurIPS 2001; Agarwal, Kakade, Lee, Mahajan, "On the Theory of Policy
Gradient Methods: Optimality, Approximation, and Distribution Shift", JMLR 2021, Lemma 15 and Theorem 16.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.planner import Planner
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import Solution, TabularMDP
from rewardlab.core.softmax_policy import softmax


def natural_gradient(mdp: TabularMDP, theta: np.ndarray) -> np.ndarray:
    """The direction A^π(s, a) [S, A] of the softmax policy of `theta` [S, A], that is F† ∇J up to what moves nothing.

    Args:
        mdp: the process, discounted or episodic; the visits that F and ∇J have in common cancel.
        theta: preferences [S, A].
    """
    found = mdp.evaluate(softmax(theta))
    return found.Q - found.V[:, None]


@dataclass(eq=False, kw_only=True)
class NaturalPolicyGradient(Planner):
    """Exact natural gradient steps from the uniform policy, for Discrete observations and actions and a known process.

    Args:
        steps: T >= 1.
        eta: η > 0, what the advantages are multiplied by.

    Raises:
        BadOption: for a number outside its range.
    """

    steps: int = 100
    eta: float = 1.0

    def prepare(self) -> None:
        for name, value in (("steps", self.steps), ("eta", self.eta)):
            if not 0 < value < float("inf"):
                raise BadOption(f"{name}={value!r}", where="NaturalPolicyGradient", expected="a number above 0")
        super().prepare()

    def solve(self, mdp: TabularMDP) -> Solution:
        theta = np.zeros((mdp.num_states, mdp.num_actions))
        for _ in range(self.steps):
            theta += self.eta * natural_gradient(mdp, theta)
            theta -= theta.max(1, keepdims=True)
        return mdp.evaluate(softmax(theta))
