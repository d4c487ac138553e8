"""Self-exploring language models.

    L = −log σ(β [h(y_w) − h(y_l)]) + α β E_{y ~ π_ref} log π(y | x) / π_ref(y | x)
    second gradient: α β E_{y ~ π} [π_ref(y) / π(y)] ∂ log π(y)

Iterated DPO that lowers the likelihood of what the last policy π_ref already writes, most where the implicit reward is
low: preference is sought where good answers may still hide. In each iteration the reference becomes the last policy,
and the pair is the best and the worst of K samples (`parts.rounds`, `parts.reference.Follower`). α = 0 is DPO.

Source: Zhang, Yu, Sharma, et al., "Self-Exploring Language Models: Active Preference Elicitation for Online Alignment",
2024, Algorithm 1.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.anchor import calibration, expected_ratio
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair_among
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def selm(group: Group, *, beta: float = 0.1, alpha: float = 0.001) -> Array:
    """DPO, and the log ratio of responses of the reference, [P].

    Args:
        group: of each prompt a pair and further responses of the reference, whose column `calibration` [P, G] is above
            0: their weight in the mean. The pair has 0 there.
        beta: β > 0.
        alpha: α >= 0, how much optimism.

    Raises:
        BadBatch: for fields that do not fit, or fewer than three responses.
        BadOption: for a number outside its range.
        MissingColumn: without `calibration`.
    """
    above_0("selm", beta=beta)
    at_least_0("selm", alpha=alpha)
    h = log_ratio(checked(group, "selm", responses=3))
    weight = calibration(group, by="selm")
    return link.logistic(beta * pair_among(group, h, weight <= 0)) + alpha * beta * expected_ratio(h, weight)
