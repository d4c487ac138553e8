"""Contrastive preference learning.

    S(σ) = Σ_t γ^t α log π(a_t | s_t),    L = −log [e^{S(σ⁺)} / (e^{S(σ⁺)} + e^{λ S(σ⁻)})]

If people prefer the segment with less regret, P(σ⁺ ≻ σ⁻) = σ(Σ γ^t A*(σ⁺) − Σ γ^t A*(σ⁻)), then the optimal policy of
the maximum-entropy problem, A* = α log π*, is what maximises the likelihood of their preferences: no reward, no value
function. λ < 1 keeps the policy at the segments of the data.

Source: Hejna, Rafailov, Sikchi, et al., "Contrastive Preference Learning: Learning from Human Feedback without RL",
ICLR 2024, Section 3.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import chosen, rejected
from rewardlab.agents.parts.ranges import above_0, shares
from rewardlab.agents.parts.score import discounted
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def cpl(group: Group, *, alpha: float = 0.1, bias: float = 0.5, gamma: float = 1.0) -> Array:
    """The negative log-likelihood of preferring the better segment, [P].

    Args:
        group: segments as responses, their steps as tokens; no reference is used.
        alpha: α > 0, the temperature of the maximum-entropy problem.
        bias: λ in (0, 1]; 1 is the likelihood itself.
        gamma: γ in (0, 1].

    Raises:
        BadBatch: for fields that do not fit, or a single segment.
        BadOption: for a number outside its range.
    """
    above_0("cpl", alpha=alpha, bias=bias, gamma=gamma)
    shares("cpl", bias=bias, gamma=gamma)
    s = alpha * discounted(checked(group, "cpl", responses=2), gamma)
    return link.logistic(chosen(group, s) - bias * rejected(group, s))
