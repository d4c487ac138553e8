"""Cost terms.

    r(s, a, s') = −Σ_i w_i n_i(res_i(s', a; ψ_i)),    n ∈ {|x|², √(|x|² + s²) − s}

A cost that was put together from what a sentence asks for: a height, a lean, a lifted foot, two things near each other.
It is linear in its weights. Planners take it as it is; a learner can be paid by it as well.

Source: Yu, Gileadi, Fu, Kirmani, Lee, Gonzalez Arenas, Chiang, Erez, Hasenclever, Humplik, Ichter, Xiao, Xu, Zeng,
Zhang, Heess, Sadigh, Tan, Tassa, Xia, "Language to Rewards for Robotic Skill Synthesis", CoRL 2023, Section 3.3,
Equation 1.
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.language.bodies import Body
from rewardlab.rewards.language.cost_spec import Spec, norms


@dataclass
class CostTerms(Reward):
    """Minus a cost, term by term.

    Args:
        spec: the terms.
        body: what they speak of.
    """

    spec: Spec
    body: Body

    knowledge: ClassVar[str] = "what is wanted, in words"

    def __call__(self, batch: Transitions) -> Array:
        parts = self.parts(batch)
        return add(parts) if parts else batch.reward * 0.0

    def parts(self, batch: Transitions) -> dict[str, Array]:
        """Key -> -w n(residual) [...] of each term."""
        found = norms(self.spec, self.body, batch)
        return {t.key: -t.weight * found[t.key] for t in self.spec.terms}
