"""Regression to relative rewards.

    L = [ (h(y) − h(y')) / η − (r(y) − r(y')) ]²,    h(y) = log π(y | x) / π_t(y | x)

Each round regresses the difference of two log ratios, against the last policy π_t, onto the difference of two rewards.
Where the policy class allows it the minimum is the mirror descent step π_t exp(η r) / Z: policy gradients without
values, clipping or ratios.

Source: Gao, Chang, Zhan, et al., "REBEL: Reinforcement Learning via Regressing Relative Rewards", NeurIPS 2024,
Algorithm 1.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import differences
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def rebel(group: Group, *, eta: float = 1.0) -> Array:
    """The squared error of relative rewards, [P]: of a pair, or the mean over all pairs of a larger group.

    Args:
        group: of each prompt G >= 2 responses, rewards in their own unit; `ref_logp` is that of the last policy π_t.
        eta: η > 0, the step of mirror descent: 1/η is the price of a nat away from π_t.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("rebel", eta=eta)
    h = log_ratio(checked(group, "rebel", responses=2))
    size = h.shape[-1]
    error = link.squared(differences(h / eta - constant(group.reward)), 0.0)
    return error.sum(-1).sum(-1) / (size * (size - 1))
