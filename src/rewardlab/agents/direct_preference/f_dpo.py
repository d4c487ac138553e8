"""Direct preference optimisation under any f-divergence.

    L = −log σ(β f′(u_w) − β f′(u_l)),    u = π(y | x) / π_ref(y | x)
    optimum: π(y) = π_ref(y) (f′)⁻¹((r(y) − λ) / β), λ such that it sums to 1

The policy is held near its reference by D_f(π ‖ π_ref) = E_ref f(u) in place of the reverse KL: forward KL and α near 1
keep more of the reference's variety at less reward, Jensen-Shannon stands between. f′ must not exist at u = 0.

Source: Wang, Jiang, Yang, Liu, Chen, "Beyond Reverse KL: Generalizing Direct Preference Optimization with Diverse
Divergence Constraints", ICLR 2024, Table 1.
"""

from collections.abc import Callable

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import log_ratio, reverse_kl
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def f_dpo(group: Group, *, derivative: Callable[[Array], Array] = reverse_kl, beta: float = 0.1) -> Array:
    """−log σ of the difference of β f′, [P].

    Args:
        group: of each prompt at least two responses; the one with the largest reward against that with the smallest.
        derivative: f′(e^h) as a function of h, increasing: `parts.score.reverse_kl` (then it is DPO), `forward_kl`,
            `jensen_shannon`, `functools.partial(alpha_divergence, alpha=0.3)`, `chi_squared`.
        beta: β > 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
    """
    above_0("f_dpo", beta=beta)
    h = log_ratio(checked(group, "f_dpo", responses=2))
    return link.logistic(beta * pair(group, derivative(h)))
