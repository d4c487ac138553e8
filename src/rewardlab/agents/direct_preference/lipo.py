"""Listwise preference optimisation.

    LiPO-λ    mean over r_i > r_j of  Δ_ij log(1 + e^{−(s_i − s_j)}),    s = β log π / π_ref
              Δ_ij = |2^{r_i} − 2^{r_j}| |1 / log(1 + rank_i) − 1 / log(1 + rank_j)|
    ListMLE   −Σ_i log e^{s_i} / Σ_{j: r_j ≤ r_i} e^{s_j}
    ListNet   −Σ_i softmax(r)_i log softmax(s)_i

Learns from lists of K scored responses. Δ is by how much the discounted cumulative gain of the current ranking would
change if the two were exchanged, so that pairs count which matter at the top; it takes no gradient. With two responses
all are DPO, LiPO-λ times a number and ListNet with a soft label.

Source: Liu, Qin, Wu, et al., "LiPO: Listwise Preference Optimization through Learning-to-Rank", NAACL 2025, Section
3; Rafailov et al., "Direct Preference Optimization", NeurIPS 2023, Appendix A.3 (ListMLE).
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import as_shares, better, differences, in_order, mean_over, ranks
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def lipo(group: Group, *, beta: float = 0.05) -> Array:
    """LiPO-λ, [P]: the mean over the pairs of a list with different rewards.

    Where two scores are equal, as all are at the reference, the response with the smaller reward takes the better
    rank: so no pair with different rewards weighs 0, and the order in which responses stand says nothing.

    Args:
        group: of each prompt K >= 2 responses with rewards (grades) of about 0..5; 2^reward is their gain.
        beta: β > 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("lipo", beta=beta)
    s = beta * log_ratio(checked(group, "lipo", responses=2))
    reward = constant(group.reward) + 0.0 * constant(s)
    weight = gain_change(ranks(constant(s), reward), reward)
    return mean_over(weight * link.logistic(differences(s)), better(reward))


def list_mle(group: Group, *, beta: float = 0.05) -> Array:
    """−log of the Plackett-Luce probability of the order of the rewards, [P]: DPO on rankings.

    Args:
        group: as for `lipo`; of the rewards only the order counts.
        beta: β > 0.

    Raises:
        BadBatch: as `lipo`.
        BadOption: for a number outside its range.
    """
    above_0("list_mle", beta=beta)
    return in_order(beta * log_ratio(checked(group, "list_mle", responses=2)), constant(group.reward))


def list_net(group: Group, *, beta: float = 0.05) -> Array:
    """The cross entropy from softmax(reward) to softmax(score), [P].

    Args:
        group: as for `lipo`.
        beta: β > 0.

    Raises:
        BadBatch: as `lipo`.
        BadOption: for a number outside its range.
    """
    above_0("list_net", beta=beta)
    s = beta * log_ratio(checked(group, "list_net", responses=2))
    return as_shares(s, constant(group.reward) + 0.0 * constant(s))


def gain_change(rank: Array, reward: Array) -> Array:
    """Δ_ij = |2^{r_i} − 2^{r_j}| |1 / log(1 + rank_i) − 1 / log(1 + rank_j)|, [P, K] -> [P, K, K]."""
    xp = namespace(rank)
    return xp.abs(differences(2.0**reward)) * xp.abs(differences(1.0 / xp.log(1.0 + rank)))
