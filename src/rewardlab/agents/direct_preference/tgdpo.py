"""Token-level guided direct preference optimisation.

    L = −log σ(β Σ_t f_w(t) h_t(y_w) − β Σ_t f_l(t) h_t(y_l)),    h_t = log π(y_t) / π_ref(y_t)
    f_w = 1 + α r̂_t,    f_l = 1 − α r̂_t,    clipped

A token reward from elsewhere scales the price of leaving the reference at each token: good tokens of the better
response and bad ones of the worse may leave it further. r̂ may be β log π_dpo/π_ref of a policy that DPO trained before.
α = 0 is DPO.

Source: Zhu, Chen, Wang, Yu, Zhao, Jia, "TGDPO: Harnessing Token-Level Reward Guidance for Enhancing Direct Preference
Optimization", ICML 2025, Section 4.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.compare import chosen, rejected
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import weighted_ratio
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


def tgdpo(group: Group, *, beta: float = 0.1, alpha: float = 0.5, low: float = 0.1, high: float = 3.0) -> Array:
    """−log σ of the difference of weighted log ratios, [P].

    Args:
        group: of each prompt at least two responses, the one with the largest reward against that with the smallest;
            the column `token_reward` [P, G, T] holds r̂.
        beta: β > 0.
        alpha: α >= 0.
        low: the least weight, > 0; the default is ours.
        high: the largest weight, > low; the default is ours.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
        MissingColumn: without `token_reward`.
    """
    above_0("tgdpo", beta=beta, low=low, high=high)
    at_least_0("tgdpo", alpha=alpha)
    if low >= high:
        raise BadOption(f"low={low!r}, high={high!r}", where="tgdpo", expected="low < high")
    told = alpha * constant(column(checked(group, "tgdpo", responses=2), "token_reward", by="tgdpo"))
    xp = namespace(group.logp)
    more, less = (xp.clip(1.0 + sign * told, low, high) for sign in (1.0, -1.0))
    lead = chosen(group, weighted_ratio(group, more)) - rejected(group, weighted_ratio(group, less))
    return link.logistic(beta * lead)
