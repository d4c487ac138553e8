"""NFT: likelihood of the right answers, and of the wrong ones under the policy that the right ones imply.

    π_old = r_q π_+ + (1 − r_q) π_−,    π_+ = π,    so π_−/π_old = (1 − r_q ρ)/(1 − r_q)
    l_t = −log ρ_t  if right,    −log max((1 − r_q ρ_t)/(1 − r_q), ε)  if wrong,    L = mean over tokens of w(r_q) l_t

r_q is the share of right answers of a prompt. The maximum cuts the value and lets the gradient through. At π = π_old
the gradient is that of GRPO for w = √((1 − r_q)/r_q), and of Dr. GRPO for w = 1 − r_q; off the policy, wrong tokens are
pushed softly, where GRPO stops. Prompts that are all right or all wrong teach nothing.

Source: Chen et al., "Bridging Supervised Learning and Reinforcement Learning in Math Reasoning", 2025, Section 3.
"""

from collections.abc import Callable

from rewardlab.agents.parts import advantage, ratio, reduce
from rewardlab.agents.parts.checked import checked, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def root_odds(rate: Array) -> Array:
    """√((1 − r_q)/r_q): the weight of GRPO."""
    return ((1.0 - rate) / rate) ** 0.5


def failures(rate: Array) -> Array:
    """1 − r_q: the weight of Dr. GRPO."""
    return 1.0 - rate


def nft(group: Group, *, weight: Callable[[Array], Array] = root_odds, epsilon: float = 1.0) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the mean over the tokens of the batch.

    Args:
        group: answers that are right where the reward is above 0.
        weight: w, from the shares [P, 1, 1] of right answers, strictly between 0 and 1, to weights.
        epsilon: ε > 0, the least value of the implied ratio of a wrong token.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for an epsilon that is not above 0.
    """
    checked(group, "nft")
    option("epsilon", epsilon, epsilon > 0, by="nft", expected="a number above 0")
    xp = namespace(group.logp)
    right = (advantage.rewards(group) > 0)[..., None]
    share = xp.mean(right + xp.zeros_like(advantage.rewards(group))[..., None], axis=1, keepdims=True)  # [P, 1, 1]
    mixed = (share > 0) & (share < 1)
    rate = xp.where(mixed, share, xp.full_like(share, 0.5))
    implied = (1.0 - rate * ratio.token(group)) / (1.0 - rate)
    held = implied + constant(xp.clip(implied, epsilon, None) - implied)  # cuts the value, not the gradient
    loss = xp.where(right, -ratio.log_ratio(group), -xp.log(held))
    return reduce.per_token(xp.where(mixed, weight(rate), xp.zeros_like(rate)) * loss, group.mask)
