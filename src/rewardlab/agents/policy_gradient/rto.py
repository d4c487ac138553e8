"""RTO: the log-ratio of a policy trained on preferences is the reward of each token.

    r_t = b₁ log(π_dpo/π_ref)(y_t) − b₂ log(π_old/π_ref)(y_t) + 1[t = last] b₃ r(x, y)

For the optimum of DPO, β log(π*/π_ref) is the reward of a token up to a potential: credit reaches each token instead of
only the end, and the optimum stays. The rewards of tokens go to a critic or to `rewards_to_go`, and from there as
`info["advantage"]` to PPO on tokens.

Source: Zhong et al., "DPO Meets PPO: Reinforced Token Optimization for RLHF", ICML 2025, Section 4.
"""

from rewardlab.agents.parts import advantage, masked, penalty
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def token_rewards(group: Group, *, dense: float = 0.05, price: float = 0.01, final: float = 1.0) -> Array:
    """r_t, [P, G, T], numbers without gradient; 0 on padding.

    Args:
        group: with the column `dpo_logp` [P, G, T], log π_dpo of each token.
        dense: b₁, the weight of the preference policy's log-ratio.
        price: b₂, of the sampler's own.
        final: b₃, of the reward of the whole response, paid on its last token.

    Raises:
        BadBatch: for fields that do not fit together.
        MissingColumn: if there is no policy trained on preferences.
    """
    checked(group, "token_rewards")
    reference, mask = constant(group.ref_logp), group.mask
    xp = namespace(group.logp)
    implied = penalty.k1(constant(column(group, "dpo_logp", by="token_rewards")), reference, mask)
    own = penalty.k1(constant(group.old_logp), reference, mask)
    counts = masked.counted(xp.ones_like(own), mask)
    last = (xp.cumulative_sum(counts, axis=-1) == counts.sum(-1)[..., None]) & (mask != 0)
    end = xp.where(last, final * advantage.rewards(group)[..., None], xp.zeros_like(own))
    return dense * implied - price * own + end


def rewards_to_go(reward: Array, mask: Array, gamma: float = 1.0) -> Array:
    """Σ_{s>=t} γ^(s−t) r_s over the tokens that count, [P, G, T]; 0 on padding."""
    xp = namespace(reward)
    counts, later, out = mask != 0, xp.zeros_like(reward[..., 0]), []
    for t in reversed(range(reward.shape[-1])):
        later = xp.where(counts[..., t], reward[..., t] + gamma * later, later)
        out.append(later)
    return masked.counted(xp.stack(out[::-1], axis=-1), mask)
