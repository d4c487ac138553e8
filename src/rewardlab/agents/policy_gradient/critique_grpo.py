"""Critique-GRPO: answers that were mended after a critique join the group, and unlikely words of theirs weigh most.

    A_i = r_i − r̄ over answers and refinements,    f(p) = p/(p + γ)
    l_t = −A ρ_t on own answers,    −A f(π(y_t | x)) on refinements,    L = mean of l over tokens

A refinement was sampled with the critique in sight and is learned from the bare prompt, so its ratio means nothing; f
takes its place. Its slope γ p/(p + γ)² is largest at p = γ: what the policy would hardly say but should. Where all own
answers fail GRPO has no gradient, and one right refinement gives one.

Source: Zhang et al., "Critique-GRPO: Advancing LLM Reasoning with Natural Language and Numerical Feedback", 2025,
Section 4.
"""

from rewardlab.agents.parts import advantage, masked, ratio, reduce, select
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def critique_grpo(group: Group, *, gamma: float = 0.1) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the mean over the tokens of the batch.

    Args:
        group: own answers and refinements, with the column `off_policy` [P, G], true for refinements; logp is that
            without the critique.
        gamma: γ > 0, the probability at which a word of a refinement weighs most.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a gamma that is not above 0.
        MissingColumn: if nothing says what is a refinement.
    """
    checked(group, "critique_grpo")
    option("gamma", gamma, gamma > 0, by="critique_grpo", expected="a number above 0")
    off = (column(group, "off_policy", by="critique_grpo", axes=2) != 0)[..., None]
    xp = namespace(group.logp)
    p = xp.exp(masked.counted(group.logp, group.mask))
    own = ratio.token(select.without(group, off[..., 0]))  # the old law of a refinement is another's
    return reduce.per_token(-advantage.centred(group) * xp.where(off, p / (p + gamma), own), group.mask)
