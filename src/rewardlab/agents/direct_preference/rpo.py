"""Regularised preference optimisation: direct preference optimisation that keeps to the responses of its data.

    L = −log σ(β [h(y_w) − h(y_l)]) − w log π(y_w | x),    h(y) = log π(y | x) / π_ref(y | x),    w = η β

An adversary who may choose the worst of the rewards that fit the data leads to one extra term: the likelihood of a
baseline's responses, here the better ones. Without it a margin may widen by mass that goes to responses which the data
do not cover.

Source: Liu, Lu, Zhang, et al., "Provably Mitigating Overoptimization in RLHF: Your SFT Loss is Implicitly an
Adversarial Regularizer", NeurIPS 2024, Algorithm 1.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.anchor import unlikely
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def rpo(group: Group, *, beta: float = 0.01, weight: float = 0.005) -> Array:
    """DPO and the negative log-likelihood of the better response, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        beta: β > 0.
        weight: w = η β >= 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("rpo", beta=beta)
    at_least_0("rpo", weight=weight)
    margin = beta * pair(group, log_ratio(checked(group, "rpo", responses=2)))
    return link.logistic(margin) + weight * unlikely(group)
