"""REFUEL: the difference of two turns' log-ratios is regressed onto the difference of their futures.

    L = mean over pairs of ( (1/η)(log π/π_t(y) − log π/π_t(y')) − (R − R') )²

Two turns are sampled from the same dialogue state by the last policy π_t (`old_logp`), and each is played to the end by
π_t; R is what the end paid. The noise of R has mean 0 and does not move the minimiser, which is
π_{t+1} ∝ π_t exp(η Q^{π_t}): soft policy iteration without a critic, on the learner's own dialogues.

Source: Gao et al., "Regressing the Relative Future: Efficient Policy Optimization for Multi-turn RLHF", ICLR 2025,
Equation 5 and Algorithm 1.
"""

from rewardlab.agents.parts import advantage, ratio
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def refuel(group: Group, *, eta: float = 1.0) -> Array:
    """The loss [P] of each state: the mean over all pairs of its turns.

    Args:
        group: at least two turns of each state, whose reward is that of their futures.
        eta: η > 0, the size of the step.

    Raises:
        BadBatch: for fields that do not fit together, or one turn alone.
        BadOption: for an eta that is not above 0.
    """
    checked(group, "refuel", responses=2)
    option("eta", eta, eta > 0, by="refuel", expected="a number above 0")
    g = group.reward.shape[-1]
    left = ratio.log_ratio(group).sum(-1) / eta - advantage.rewards(group)
    return ((left[..., :, None] - left[..., None, :]) ** 2).sum((-1, -2)) / (g * (g - 1))
