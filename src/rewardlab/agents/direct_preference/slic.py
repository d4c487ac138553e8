"""Sequence likelihood calibration.

    L = max(0, δ − log π(y_w) + log π(y_l)) − λ log π(y_w)
    L_rso = max(0, 1 − β [h(y_w) − h(y_l)]),    h(y) = log π(y | x) / π_ref(y | x)

Asks for a margin and no more: pairs that have it give no gradient. `slic` needs no reference and is held by the
likelihood of the better response, where the paper takes a target of fine-tuning; `hinge_dpo` puts the hinge on DPO's
margin.

Source: Zhao, Joshi, Liu, Khalman, Saleh, Liu, "SLiC-HF: Sequence Likelihood Calibration with Human Feedback", 2023;
Liu, Zhao, Joshi, et al., "Statistical Rejection Sampling Improves Preference Optimization", ICLR 2024,
Section 2 (hinge_dpo).
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.anchor import unlikely
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import likelihood, log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def slic(group: Group, *, gap: float = 1.0, weight: float = 0.1) -> Array:
    """The hinge on the difference of log-likelihoods, and the likelihood of the better response, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        gap: δ > 0, in nats.
        weight: λ >= 0; the default is ours.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("slic", gap=gap)
    at_least_0("slic", weight=weight)
    margin = pair(group, likelihood(checked(group, "slic", responses=2)))
    return link.hinge(margin, gap) + weight * unlikely(group)


def hinge_dpo(group: Group, *, beta: float = 0.1) -> Array:
    """max(0, 1 − β [h(y_w) − h(y_l)]), [P].

    Args:
        group: as for `slic`.
        beta: β > 0: the margin that is asked for is 1/β nats.

    Raises:
        BadBatch: as `slic`.
        BadOption: for a number outside its range.
    """
    above_0("hinge_dpo", beta=beta)
    return link.hinge(beta * pair(group, log_ratio(checked(group, "hinge_dpo", responses=2))))
