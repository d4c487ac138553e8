"""RLOO: each response is judged by the mean of the others.

    R_i = r_i − β log π_old(y_i)/π_ref(y_i),    A_i = R_i − Σ_{j≠i} R_j / (G − 1),    w_i = π(y_i) / π_old(y_i)
    L = −(1/G) Σ_i min(w_i A_i, min(max(w_i, 1 − ε_low), 1 + ε_high) A_i)

The baseline of a response does not depend on it, so the gradient at π = π_old is unbiased for every G >= 2. Ratio and
clip are of whole responses; they only matter from the second step on the same sample.

Source: Ahmadian, Cremer, Gallé, Fadaee, Kreutzer, Pietquin, Üstün, Hooker, "Back to Basics: Revisiting REINFORCE-Style
Optimization for Learning from Human Feedback in LLMs", ACL 2024, Section 2.3; Kool, van Hoof, Welling, "Buy 4 REINFORCE
Samples, Get a Baseline for Free!", ICLR workshop 2019.
"""

from rewardlab.agents.parts import advantage, penalty, ratio, surrogate
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def rloo(group: Group, *, low: float = 0.2, high: float = 0.2, beta: float = 0.0) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: at least two responses of each prompt.
        low, high: ε, how far the ratio of a whole response is followed; ours.
        beta: β, what a nat of divergence from the reference costs.

    Raises:
        BadBatch: for fields that do not fit together, or one response alone.
        BadOption: for a negative number.
    """
    checked(group, "rloo", responses=2)
    a = advantage.leave_one_out(penalty.charged(group, beta))
    return surrogate.clip(ratio.product(group), a, low, high)[..., 0].mean(-1)
