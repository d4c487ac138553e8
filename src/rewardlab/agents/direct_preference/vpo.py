"""Value-incentivised preference optimisation.

    L = −log σ(β [h(y_w) − h(y_l)]) ± α β E_{y ~ π_cal} h(y),    h(y) = log π(y | x) / π_ref(y | x)
    −β E_{π_cal} h = β log Z = J*(r), the value that the fitted reward gives to its own optimal policy

Online (+) the value of the reward is made large, offline (−) small: optimism and pessimism without confidence sets. The
reward is fixed by its mean of 0 over the calibration policy. α = 0 is DPO.

Source: Cen, Mei, Goshvadi, et al., "Value-Incentivized Preference Optimization: A Unified Approach to Online and
Offline RLHF", ICLR 2025, Algorithms 1 and 2.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.anchor import calibration, expected_ratio
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import chosen, pair, pair_among
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def vpo(group: Group, *, beta: float = 0.1, alpha: float = 0.01) -> Array:
    """Online: DPO, and a value of the fitted reward that is to be large, [P].

    Args:
        group: of each prompt a pair and further responses, drawn from the calibration policy (the reference, as a
            rule), whose column `calibration` [P, G] is above 0: their weight in the mean. The pair has 0 there.
        beta: β > 0.
        alpha: α >= 0; the default is a common choice, about 1/√t is the theory's.

    Raises:
        BadBatch: for fields that do not fit, or fewer than three responses.
        BadOption: for a number outside its range.
        MissingColumn: without `calibration`.
    """
    above_0("vpo", beta=beta)
    at_least_0("vpo", alpha=alpha)
    h = log_ratio(checked(group, "vpo", responses=3))
    weight = calibration(group, by="vpo")
    return link.logistic(beta * pair_among(group, h, weight <= 0)) + alpha * beta * expected_ratio(h, weight)


def vpo_offline(group: Group, *, beta: float = 0.1, alpha: float = 0.05) -> Array:
    """Offline: DPO, and a value that is to be small; the calibration policy is that of the better responses, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        beta: β > 0.
        alpha: α >= 0; the default is a common choice.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("vpo_offline", beta=beta)
    at_least_0("vpo_offline", alpha=alpha)
    h = log_ratio(checked(group, "vpo_offline", responses=2))
    return link.logistic(beta * pair(group, h)) - alpha * beta * chosen(group, h)
