"""Simple preference optimisation.

    L = −log σ(β [log π(y_w | x) / |y_w| − log π(y_l | x) / |y_l|] − γ)

No reference: a response is scored by its mean log-likelihood per token, which is what decoding follows, and the better
one must lead by a margin γ. Length is not rewarded.

Source: Meng, Xia, Chen, "SimPO: Simple Preference Optimization with a Reference-Free Reward", NeurIPS 2024, Equation 6.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import mean_likelihood
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def simpo(group: Group, *, beta: float = 2.0, gamma: float = 1.0) -> Array:
    """−log σ of the lead less the margin, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        beta: β > 0, per token.
        gamma: γ >= 0, the margin in units of β nats per token.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("simpo", beta=beta)
    at_least_0("simpo", gamma=gamma)
    return link.logistic(beta * pair(group, mean_likelihood(checked(group, "simpo", responses=2))) - gamma)
