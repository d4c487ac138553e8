"""Credit by a judge of sub-goals.

    r'_t = c Σ_k 1[ β_k(s, a, s') = 1 and g_k not yet credited in this episode ]

A language model splits the task into sub-goals g_1..g_m and tells of each step in words which of them it has just
achieved. Each is paid once in an episode, so that no cycle pays and an episode never earns more than c m; a wrong
answer may still move the optimum, see `CALMPotential` for one that cannot. Total: `Task() + CALM(subgoals, judge)`.

Source: Pignatelli, Ferret, Rocktäschel, Grefenstette, Paglieri, Coward, Toni, "Assessing the Zero-Shot Capabilities of
LLMs for Action Evaluation in RL", 2024, Section 3 (options, their terminations judged from transitions); the rule of
one credit in an episode is ours.
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.rewards.language.subgoals import Credited


@dataclass
class CALM(Credited):
    """Pays a bonus for each sub-goal, the first time in an episode that a judge sees it achieved."""

    def __call__(self, batch: Transitions) -> Array:
        before, after = self.credit(batch)
        return self.bonus * (after - before).sum(0)
