"""CoPG: each response is the other's baseline, on data of any origin.

    h = log π(y)/π_ref(y),    L = mean over pairs of (1/(2β)) ((R − R') − β (h − h'))²

Its gradient is that of a policy gradient with the regularised score R − β h, contrasted within the pair. On the
policy's own samples that is RLOO with two responses; on others' it needs no importance weights: whatever was sampled,
as long as pairs connect all responses, the minimiser is π_ref exp(R/β)/Z.

Source: Flet-Berliac et al., "Contrastive Policy Gradient: Aligning LLMs on Sequence-Level Scores in a
Supervised-Friendly Fashion", EMNLP 2024, Section 3.
"""

from rewardlab.agents.parts import advantage, masked, penalty
from rewardlab.agents.parts.checked import checked, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def copg(group: Group, *, beta: float = 0.1) -> Array:
    """The loss [P] of each prompt: the mean over all its pairs of responses.

    Args:
        group: at least two responses of each prompt, sampled by anyone.
        beta: β > 0, the weight of the divergence from the reference. A step of size β does not depend on its scale.

    Raises:
        BadBatch: for fields that do not fit together, or one response alone.
        BadOption: for a beta that is not above 0.
    """
    checked(group, "copg", responses=2)
    option("beta", beta, beta > 0, by="copg", expected="a number above 0")
    g = group.reward.shape[-1]
    h = masked.total(penalty.k1(group.logp, constant(group.ref_logp), group.mask), group.mask)
    left = advantage.rewards(group) - beta * h
    return ((left[..., :, None] - left[..., None, :]) ** 2).sum((-1, -2)) / (2 * beta * g * (g - 1))
