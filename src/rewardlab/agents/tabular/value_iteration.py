"""Value iteration with a model.

    V ← max_a [ R(s, a) + γ Σ_s' P(s' | s, a) V(s') ]

The plan of a known process, to any tolerance and with a proved bound; each sweep is one product with a sparse matrix,
so that a hundred thousand states take seconds.

Source: Bellman, "A Markovian Decision Process", Journal of Mathematics and Mechanics 1957; Puterman, "Markov Decision
Processes: Discrete Stochastic Dynamic Programming", 1994, Sections 6.3 and 6.6.
"""

from dataclasses import dataclass

from rewardlab.agents.loops.planner import Planner
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import Solution, TabularMDP
from rewardlab.core.planning import modified_policy_iteration


@dataclass(eq=False, kw_only=True)
class ValueIteration(Planner):
    """The planner by sweeps, for Discrete observations and actions.

    Args:
        tolerance: > 0, the error of the values.
        sweeps: >= 0, cheaper ones for the greedy policy after each over all actions (modified policy iteration).

    Raises:
        BadOption: for a number outside its range.
        Diverged: if no plan was found.
    """

    tolerance: float = 1e-6
    sweeps: int = 0

    def solve(self, mdp: TabularMDP) -> Solution:
        return modified_policy_iteration(mdp, sweeps=self.sweeps, tolerance=self.tolerance)

    def prepare(self) -> None:
        for name, value, good in (
            ("tolerance", self.tolerance, 0 < self.tolerance < float("inf")),
            ("sweeps", self.sweeps, self.sweeps >= 0),
        ):
            if not good:
                raise BadOption(f"{name}={value!r}", where="ValueIteration", expected="a number above 0, sweeps >= 0")
        super().prepare()
