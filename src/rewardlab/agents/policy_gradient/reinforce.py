"""REINFORCE: what was paid well becomes more likely.

    L = −(1/G) Σ_i r_i Σ_t log π(y_it | y_i,<t)

The plain policy gradient of whole responses, without a baseline and without a ratio: its gradient is that of the
expected reward if the responses were sampled from the policy itself.

Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", Machine
Learning 1992, Theorem 1.
"""

from rewardlab.agents.parts import advantage, masked, reduce
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def reinforce(group: Group) -> Array:
    """The loss [P] of each prompt, for groups that the policy itself has just sampled.

    Raises:
        BadBatch: for fields that do not fit together.
    """
    checked(group, "reinforce")
    logp = masked.counted(group.logp, group.mask)
    return reduce.constant_length(-advantage.rewards(group)[..., None] * logp, group.mask)
