"""Credit by a judge of sub-goals, as a potential.

    F = γ Φ(s', u') − Φ(s, u),    Φ(·, u) = c |u|,    Φ(terminal) = 0,    u the sub-goals credited in this episode

Pays what CALM pays when a sub-goal is achieved, and takes it back at the end: whatever the judge answers, the optimal
policies of the task stay optimal, as u is part of the past that a potential may depend on. It costs (1 − γ) Φ in every
step to stand still with sub-goals in hand.

Source: Pignatelli, Ferret, Rocktäschel, Grefenstette, Paglieri, Coward, Toni, "Assessing the Zero-Shot Capabilities of
LLMs for Action Evaluation in RL", 2024, Section 3 (judged sub-goals); Ng, Harada, Russell, "Policy Invariance Under
Reward Transformations", ICML 1999, Theorem 1.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.language.subgoals import Credited


@dataclass
class CALMPotential(Credited):
    """Pays the discounted change of a potential that counts credited sub-goals.

    Args:
        gamma: the agent's own discount, in [0, 1]; with another one the invariance is lost.

    Raises:
        BadOption: for a gamma outside [0, 1].
    """

    gamma: float = 0.99
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.gamma <= 1:
            raise BadOption(f"gamma={self.gamma!r}", where="CALMPotential", expected="in [0, 1], the agent's own")

    def __call__(self, batch: Transitions) -> Array:
        before, after = (self.bonus * x.sum(0) for x in self.credit(batch))
        xp = namespace(after)
        return self.gamma * xp.where(batch.terminated, xp.zeros_like(after), after) - before
