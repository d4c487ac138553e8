"""Hybrid of rule and model (HARMO).

    R = 1(verifiable) R_rule + 1(not verifiable) R_model

Routes each prompt, not each response, to a rule where its answer can be checked and to a learned reward model where it
cannot, so that the model is not asked about what it judges badly. The further aspects are terms of a sum:
`1.0 * Hybrid(rule, model) + FormatReward(parses) + ...`, with weights since their scales differ; the length term needs
the whole group of a prompt and is `group_length_penalty`. Evidence: `benchmarks.effects.written_questions`, a small
transformer: 0.88 of its sums are right with the rule, and none with the model, which dislikes numbers; that open
answers are worth as much (1.32 and 1.33) is undecided.

Source: Gulhane, Indurthi, "Beyond Monolithic Rewards: A Hybrid and Multi-Aspect Reward Optimization for MLLM
Alignment", arXiv 2510.05283, 2025 (hybrid rewards).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, add, joined
from rewardlab.rewards.combination.several import Several, numbers


@dataclass
class Hybrid(Several):
    """Pays what the rule says of verifiable prompts and what the model says of the others.

    Parts are those of the rule and of the model, 0 where the other one pays. What a route is not asked for does not
    matter, so that a rule may pay NaN for prompts that it cannot check.

    Args:
        rule: pays verifiable prompts, usually 0 or 1.
        model: pays the others, on the scale of the rule: squash it with `.then(...)` if it has another.
        column: the info column [B] that says which prompts are verifiable: flags, or numbers that are not 0; NaN in it
            is paid as NaN.

    Raises:
        MissingColumn: when called, for a column that the environment does not give.
    """

    rule: Reward
    model: Reward
    column: str = "verifiable"
    knowledge: ClassVar[str] = "a rule and a reward model"

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return self._routed(batch, self.rule.parts(batch), self.model.parts(batch))

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return self._routed(batch, self.rule.recorded(batch), self.model.recorded(batch))

    def _routed(self, batch: Transitions, rule: dict[str, Array], model: dict[str, Array]) -> dict[str, Array]:
        def kept(pay: Array, ours: bool) -> Array:
            xp, told = namespace(pay), numbers(batch, self.column, pay, by="Hybrid")
            routed = xp.where((told != 0) == ours, pay, xp.zeros_like(pay))
            return xp.where(xp.isnan(told), told, routed)

        return joined([{k: kept(v, True) for k, v in rule.items()}, {k: kept(v, False) for k, v in model.items()}])
