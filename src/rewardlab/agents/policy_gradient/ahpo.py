"""AHPO: while a group hardly ever succeeds, an expert's answer is imitated; then it is GRPO.

    ξ = 1 if fewer than R̂ of the own answers are right, else 0
    L = L_GRPO(own answers) − ξ c (1/|y*|) Σ_t log π(y*_t | x, y*_<t)

Where nothing succeeds GRPO has no gradient, and imitation alone forgets; the gate is asked anew for each prompt at
every step, so imitation fades by itself. An own answer is right where its reward is above 0. Prompts without an expert
are those of GRPO.

Source: Zhao et al., "MM-HELIX: Boosting Multimodal Long-Chain Reflective Reasoning with Holistic Platform and Adaptive
Hybrid Policy Optimization", 2025, Section 4.
"""

from rewardlab.agents.parts import advantage, masked, penalty, ratio, select, surrogate
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def ahpo(
    group: Group,
    *,
    enough: int = 2,
    weight: float = 1.0,
    low: float = 0.2,
    high: float = 0.2,
    beta: float = 0.0,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: own answers and experts' ones, with the column `expert` [P, G], true for the latter, whose reward and old
            law are not read.
        enough: R̂, the number of right answers from which on the expert is not needed.
        weight: c, the weight of the imitation.
        low, high: how far below and above 1 the ratio of a token is followed.
        beta: the weight of the divergence from the reference, of own answers.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
        MissingColumn: if nothing says who answered.
    """
    checked(group, "ahpo")
    option("enough", enough, enough >= 0, by="ahpo", expected="a number of at least 0")
    option("weight", weight, weight >= 0, by="ahpo", expected="a number of at least 0")
    expert = column(group, "expert", by="ahpo", axes=2) != 0
    xp = namespace(group.logp)
    own = select.without(group, expert)
    r = xp.where(expert, xp.zeros_like(advantage.rewards(group)), advantage.rewards(group))
    a = advantage.normalised_over(r, ~expert, epsilon)[..., None]
    loss = surrogate.clip(ratio.token(own), a, low, high) + penalty.to_reference(own, beta)
    of_own = masked.mean(masked.mean(loss, own.mask)[..., None, :], ~expert[..., None, :])[..., 0]
    of_expert = masked.mean(masked.mean(group.logp, group.mask)[..., None, :], expert[..., None, :])[..., 0]
    right = (~expert & (r > 0)).sum(-1)
    return of_own - weight * xp.where(right < enough, of_expert, xp.zeros_like(of_expert))
