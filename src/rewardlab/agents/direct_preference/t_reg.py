"""Token-level reward regularisation.

    r̂_t = σ(log π_ref(y_t | "better", …) − log π_ref(y_t | "worse", …)) − ½
    L = −log σ(m) − α β σ(−m) Σ_{y_w, y_l} Σ_t r̂_t log π(y_t),    m = β [h(y_w) − h(y_l)]

A model says itself which tokens help, by what it expects after being asked for a better and for a worse answer. DPO's
own token rewards β log π/π_ref are drawn towards that, in a pair as long as DPO has not yet settled it.

Source: Zhou, Zhang, Zhao, Meng, "T-REG: Preference Optimization with Token-Level Reward Regularization", ACL 2025,
Section 3.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.compare import chosen, pair, rejected
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.masked import counted, total
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.agents.parts.stable import sigmoid
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def t_reg(group: Group, *, beta: float = 0.1, alpha: float = 0.25) -> Array:
    """DPO and the weighted likelihood of tokens, [P].

    Args:
        group: of each prompt at least two responses, the one with the largest reward against that with the smallest;
            the column `token_reward` [P, G, T] holds r̂ in (−½, ½), as `contrast` makes it.
        beta: β > 0.
        alpha: α >= 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
        MissingColumn: without `token_reward`.
    """
    above_0("t_reg", beta=beta)
    at_least_0("t_reg", alpha=alpha)
    margin = beta * pair(group, log_ratio(checked(group, "t_reg", responses=2)))
    told = constant(column(group, "token_reward", by="t_reg"))
    drawn = total(counted(told, group.mask) * counted(group.logp, group.mask), group.mask)
    both = chosen(group, drawn) + rejected(group, drawn)
    return link.logistic(margin) - alpha * beta * constant(sigmoid(-margin)) * both


def contrast(better: Array, worse: Array) -> Array:
    """r̂ in (−½, ½) of log-probabilities [P, G, T] of the same tokens after being asked for better and for worse."""
    return sigmoid(better - worse) - 0.5
