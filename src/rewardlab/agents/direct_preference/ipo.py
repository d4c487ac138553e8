"""Identity preference optimisation.

    L = [h(y_w) − h(y_l) − 1 / (2β)]²,    h(y) = log π(y | x) / π_ref(y | x)

Regresses the margin onto a fixed gap. Over labels with P(y ≻ y') = p the minimum has the gap (2p − 1) / (2β), which is
finite where DPO's is not: labels without noise do not drive the policy away from its reference.

Source: Azar, Rowland, Piot, Guo, Calandriello, Valko, Munos, "A General Theoretical Paradigm to Understand Learning
from Human Preferences", AISTATS 2024, Equation 17 (its τ is `beta`).
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import log_ratio, mean_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def ipo(group: Group, *, beta: float = 0.1) -> Array:
    """The squared distance of the margin from 1/(2β), [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        beta: β > 0, the price of a nat away from the reference.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("ipo", beta=beta)
    return link.squared(pair(group, log_ratio(checked(group, "ipo", responses=2))), 0.5 / beta)


def ipo_mean(group: Group, *, beta: float = 0.1) -> Array:
    """The same with h over the number of tokens, [P]: the gap does not depend on how long responses are.

    Args:
        group: as for `ipo`.
        beta: β > 0, per token.

    Raises:
        BadBatch: as `ipo`.
        BadOption: for a number outside its range.
    """
    above_0("ipo_mean", beta=beta)
    return link.squared(pair(group, mean_ratio(checked(group, "ipo_mean", responses=2))), 0.5 / beta)
