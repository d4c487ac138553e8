"""Direct preference optimisation that does not let good responses sink.

    L = −log σ(β [h(y_w) − h(y_l) − λ max(0, −h(y_w))]),    h(y) = log π(y | x) / π_ref(y | x)

Where the two responses share most of their tokens, DPO may lower the likelihood of both. The penalty is on until the
better one is at least as likely as under the reference.

Source: Pal, Karkhanis, Dooley, Roberts, Naidu, White, "Smaug: Fixing Failure Modes of Preference Optimisation with
DPO-Positive", 2024, Equation 3.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.anchor import sinking
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import chosen, pair
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def dpop(group: Group, *, beta: float = 0.3, weight: float = 50.0) -> Array:
    """−log σ of DPO's margin less what the better response has lost, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        beta: β > 0.
        weight: λ >= 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("dpop", beta=beta)
    at_least_0("dpop", weight=weight)
    h = log_ratio(checked(group, "dpop", responses=2))
    return link.logistic(beta * (pair(group, h) - weight * sinking(chosen(group, h))))
