"""Direct advantage policy optimisation: log-ratios are regressed onto the advantages of a critic that was fitted first.

    L = (1/G) Σ_i ½ (h_i − A_i/β)²,    h = log π(a | s)/π_ref(a | s)

A response is a step from a state (a prompt and the steps so far); its advantage V(s + a) − V(s) comes from a frozen
critic of success probabilities, `info["step_advantage"]` [P, G]. Offline, on samples of any quality. With samples of
π_ref and E_ref[A] = 0 the minimiser is log π/π_ref = A/β − W(λ exp(A/β)), W Lambert's function and λ such that π sums
to 1: it rises with A, so every round improves. (It shares its acronym with DAPO and nothing else.)

Source: Liu et al., "Improving Multi-Step Reasoning Abilities of Large Language Models with Direct Advantage Policy
Optimization", 2024, Section 3.
"""

from rewardlab.agents.parts import masked, penalty
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def direct_advantage(group: Group, *, beta: float = 0.05) -> Array:
    """The loss [P] of each state.

    Args:
        group: steps of each state, with the column `step_advantage` [P, G].
        beta: β > 0, the price of divergence from the reference, in the unit of the advantages.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a beta that is not above 0.
        MissingColumn: if there are no advantages.
    """
    checked(group, "direct_advantage")
    option("beta", beta, beta > 0, by="direct_advantage", expected="a number above 0")
    a = constant(column(group, "step_advantage", by="direct_advantage", axes=2))
    h = masked.total(penalty.k1(group.logp, constant(group.ref_logp), group.mask), group.mask)
    return 0.5 * ((h - a / beta) ** 2).mean(-1)
